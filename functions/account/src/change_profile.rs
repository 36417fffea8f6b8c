//! `PUT` and `PATCH /api/auth/profile`

use axum::extract::State;
use latchkey::accounts::profile::Field;
use latchkey::accounts::profile::change::{ChangeProfileError, ProfileChanges, change_profile};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::{Change, Code, Fields, Json, Problem};
use latchkey::problems;
use latchkey::sessions::SignedIn;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::profile::ProfileAnswer;

/// The whole profile; a field that is left out is emptied.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplaceProfileBody {
    /// Whether marketing mail is welcome. Always said: silence is neither consent nor its withdrawal.
    marketing_consent: bool,
    /// A plus and 7 to 15 digits, with single blanks at most 17 characters. No two accounts have the same.
    #[schema(example = "+49 170 1234567", max_length = 17)]
    phone: Option<String>,
    /// Where the person works, or for whom they act.
    #[schema(max_length = 255)]
    organisation: Option<String>,
    /// The postal address, on several lines.
    #[schema(max_length = 1000)]
    address: Option<String>,
    /// The name of the person's bank.
    #[schema(max_length = 512)]
    bank_name: Option<String>,
    /// The number of the account there.
    #[schema(max_length = 24)]
    bank_account: Option<String>,
    /// An `https` URL of a picture.
    #[schema(max_length = 2048, format = "uri")]
    avatar_url: Option<String>,
    /// A language tag (BCP 47).
    #[schema(example = "en-GB")]
    locale: Option<String>,
    /// A name of the IANA time zone database.
    #[schema(example = "Europe/London")]
    time_zone: Option<String>,
}

/// Some fields of the profile; `null` empties one, and one that is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchProfileBody {
    /// Whether marketing mail is welcome.
    #[serde(default)]
    #[schema(value_type = bool, required = false)]
    marketing_consent: Change<bool>,
    /// A plus and 7 to 15 digits, with single blanks at most 17 characters. No two accounts have the same.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, example = "+49 170 1234567", max_length = 17)]
    phone: Change<String>,
    /// Where the person works, or for whom they act.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, max_length = 255)]
    organisation: Change<String>,
    /// The postal address, on several lines.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, max_length = 1000)]
    address: Change<String>,
    /// The name of the person's bank.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, max_length = 512)]
    bank_name: Change<String>,
    /// The number of the account there.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, max_length = 24)]
    bank_account: Change<String>,
    /// An `https` URL of a picture.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, max_length = 2048, format = "uri")]
    avatar_url: Change<String>,
    /// A language tag (BCP 47).
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, example = "en-GB")]
    locale: Change<String>,
    /// A name of the IANA time zone database.
    #[serde(default)]
    #[schema(value_type = Option<String>, required = false, example = "Europe/London")]
    time_zone: Change<String>,
}

impl From<ReplaceProfileBody> for PatchProfileBody {
    fn from(body: ReplaceProfileBody) -> Self {
        Self {
            marketing_consent: Change::Set(body.marketing_consent),
            phone: Change::replacing(body.phone),
            organisation: Change::replacing(body.organisation),
            address: Change::replacing(body.address),
            bank_name: Change::replacing(body.bank_name),
            bank_account: Change::replacing(body.bank_account),
            avatar_url: Change::replacing(body.avatar_url),
            locale: Change::replacing(body.locale),
            time_zone: Change::replacing(body.time_zone),
        }
    }
}

problems!(ChangeProfileProblems: MalformedBody, TokenInvalid, TokenMissing, DeletionPending, NoProfile, PhoneTaken, BodyTooLarge, UnsupportedMediaType, InvalidBody, ValidationFailed, RateLimited);

/// Replace my profile
#[utoipa::path(
    put, path = "/api/auth/profile", tag = "account", operation_id = "replace_profile",
    security(("bearer" = [])),
    request_body = ReplaceProfileBody,
    responses((status = 200, description = "The profile as it is now.", body = ProfileAnswer), ChangeProfileProblems),
)]
pub(crate) async fn replace(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<ReplaceProfileBody>,
) -> Result<Json<ProfileAnswer>, Problem> {
    change(&app, &client, signed_in, &body.into()).await
}

/// Change some of my profile
#[utoipa::path(
    patch, path = "/api/auth/profile", tag = "account", operation_id = "change_profile",
    security(("bearer" = [])),
    request_body = PatchProfileBody,
    responses((status = 200, description = "The profile as it is now.", body = ProfileAnswer), ChangeProfileProblems),
)]
pub(crate) async fn patch(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<PatchProfileBody>,
) -> Result<Json<ProfileAnswer>, Problem> {
    change(&app, &client, signed_in, &body).await
}

async fn change(
    app: &App,
    client: &Client,
    SignedIn { account, .. }: SignedIn,
    body: &PatchProfileBody,
) -> Result<Json<ProfileAnswer>, Problem> {
    let changes = read(body)?;
    let (account, profile) = change_profile(app, client, account, &changes).await.map_err(problem)?;
    Ok(Json(ProfileAnswer::new(&account, &profile)))
}

fn read(body: &PatchProfileBody) -> Result<ProfileChanges, Problem> {
    let mut fields = Fields::default();
    let consent = match body.marketing_consent {
        Change::Keep => Some(None),
        Change::Clear => fields.read("/marketing_consent", Err("Say true or false.")),
        Change::Set(consent) => Some(Some(consent)),
    };
    let mut changes = Vec::new();
    for field in Field::ALL {
        let mentioned = match field {
            Field::Phone => &body.phone,
            Field::Organisation => &body.organisation,
            Field::Address => &body.address,
            Field::BankName => &body.bank_name,
            Field::BankAccount => &body.bank_account,
            Field::AvatarUrl => &body.avatar_url,
            Field::Locale => &body.locale,
            Field::TimeZone => &body.time_zone,
        };
        let pointer = format!("/{}", field.name());
        changes.push(fields.read_change(&pointer, mentioned, |text| field.parse(text)).map(|change| (field, change)));
    }
    let mentioned: Option<Vec<_>> = changes.into_iter().collect();
    match (consent, mentioned) {
        (Some(marketing_consent), Some(mut fields)) => {
            fields.retain(|(_, change)| *change != Change::Keep);
            Ok(ProfileChanges { marketing_consent, fields })
        }
        _ => Err(fields.into()),
    }
}

fn problem(error: ChangeProfileError) -> Problem {
    match error {
        ChangeProfileError::Refused(refused) => refused.into(),
        ChangeProfileError::NoProfile => Problem::new(Code::NoProfile),
        ChangeProfileError::PhoneTaken => Problem::new(Code::PhoneTaken),
        ChangeProfileError::SessionEnded => Problem::new(Code::TokenInvalid),
        ChangeProfileError::Store(error) => error.into(),
    }
}
