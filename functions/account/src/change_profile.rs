//! `PUT` and `PATCH /api/auth/profile`

use axum::extract::State;
use latchkey_identity::accounts::codes::{NO_PROFILE, PHONE_TAKEN};
use latchkey_identity::accounts::profile::Field;
use latchkey_identity::accounts::profile::change::{ChangeProfileError, ProfileChanges, change_profile};
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::{Change, Fields, Json, Problem, ReadOnly};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::profile::ProfileAnswer;

/// What changes of the profile: a field that is left out stays, and `null` clears one. What `GET` answers can be sent
/// back: read-only fields are taken and ignored.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeProfileBody {
    /// Whether marketing mail is welcome. Silence, `null` included, is neither consent nor its withdrawal.
    marketing_consent: Option<bool>,
    /// Read-only.
    #[serde(default, rename = "marketing_consent_updated_at")]
    #[schema(value_type = Option<String>, required = false, format = DateTime)]
    _marketing_consent_updated_at: ReadOnly,
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
    /// Read-only.
    #[serde(default, rename = "updated_at")]
    #[schema(value_type = Option<String>, required = false, format = DateTime)]
    _updated_at: ReadOnly,
    /// Read-only.
    #[serde(default, rename = "licence")]
    #[schema(ignore)]
    _licence: ReadOnly,
}

problems!(
    ChangeProfileProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, NO_PROFILE, PHONE_TAKEN, VALIDATION_FAILED
);

/// Change my profile
///
/// The same as `PATCH`: what is left out stays.
#[utoipa::path(
    put, path = "/api/auth/profile", tag = "account", operation_id = "replace_profile",
    security(("bearer" = [])),
    request_body = ChangeProfileBody,
    responses((status = 200, description = "The profile as it is now.", body = ProfileAnswer), ChangeProfileProblems),
)]
pub(crate) async fn replace(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<ChangeProfileBody>,
) -> Result<Json<ProfileAnswer>, Problem> {
    change(&app, &client, signed_in, &body).await
}

/// Change some of my profile
#[utoipa::path(
    patch, path = "/api/auth/profile", tag = "account", operation_id = "change_profile",
    security(("bearer" = [])),
    request_body = ChangeProfileBody,
    responses((status = 200, description = "The profile as it is now.", body = ProfileAnswer), ChangeProfileProblems),
)]
pub(crate) async fn patch(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Json(body): Json<ChangeProfileBody>,
) -> Result<Json<ProfileAnswer>, Problem> {
    change(&app, &client, signed_in, &body).await
}

async fn change(
    app: &App,
    client: &Client,
    SignedIn { account, .. }: SignedIn,
    body: &ChangeProfileBody,
) -> Result<Json<ProfileAnswer>, Problem> {
    let changes = read(body)?;
    let (account, profile) = change_profile(app, client, account, &changes).await.map_err(problem)?;
    Ok(Json(ProfileAnswer::new(&account, &profile)))
}

fn read(body: &ChangeProfileBody) -> Result<ProfileChanges, Problem> {
    let mut fields = Fields::default();
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
    match mentioned {
        Some(mut fields) => {
            fields.retain(|(_, change)| *change != Change::Keep);
            Ok(ProfileChanges { marketing_consent: body.marketing_consent, fields })
        }
        None => Err(fields.into()),
    }
}

fn problem(error: ChangeProfileError) -> Problem {
    match error {
        ChangeProfileError::Refused(refused) => refused.into(),
        ChangeProfileError::NoProfile => Problem::new(NO_PROFILE),
        ChangeProfileError::PhoneTaken => Problem::new(PHONE_TAKEN),
        ChangeProfileError::SessionEnded => Problem::new(TOKEN_INVALID),
        ChangeProfileError::Failed(fault) => fault.into(),
    }
}
