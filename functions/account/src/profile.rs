//! `GET /api/auth/profile`

use axum::extract::State;
use latchkey_identity::accounts::Account;
use latchkey_identity::accounts::codes::NO_PROFILE;
use latchkey_identity::accounts::profile::{Field, Profile, profile_of};
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// What a person tells of themself.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
pub(crate) struct ProfileAnswer {
    /// Whether marketing mail is welcome.
    marketing_consent: bool,
    /// When that last changed; null if it was never given.
    marketing_consent_updated_at: Option<Timestamp>,
    /// The telephone number, in international form.
    #[schema(example = "+49 170 1234567")]
    phone: Option<String>,
    /// Where the person works, or for whom they act.
    #[schema(example = "Analytical Engines Ltd")]
    organisation: Option<String>,
    /// The postal address; its lines end in line feeds.
    #[schema(example = "12 St James's Square\nLondon")]
    address: Option<String>,
    /// The name of the person's bank.
    #[schema(example = "Bank of England")]
    bank_name: Option<String>,
    /// The number of the account there.
    #[schema(example = "GB33BUKB20201555555555")]
    bank_account: Option<String>,
    /// Where a picture of the person is; it is not stored here.
    #[schema(example = "https://img.example.com/ada.png", format = "uri")]
    avatar_url: Option<String>,
    /// The language that the person wants to read (BCP 47).
    #[schema(example = "en-GB")]
    locale: Option<String>,
    /// Where the person's clock is (IANA).
    #[schema(example = "Europe/London")]
    time_zone: Option<String>,
    /// When the profile was last changed; null if it never was.
    updated_at: Option<Timestamp>,
}

impl ProfileAnswer {
    pub(crate) fn new(account: &Account, profile: &Profile) -> Self {
        let of = |field| profile.get(field).map(str::to_owned);
        Self {
            marketing_consent: account.marketing_consent,
            marketing_consent_updated_at: account.marketing_consent_updated_at,
            phone: of(Field::Phone),
            organisation: of(Field::Organisation),
            address: of(Field::Address),
            bank_name: of(Field::BankName),
            bank_account: of(Field::BankAccount),
            avatar_url: of(Field::AvatarUrl),
            locale: of(Field::Locale),
            time_zone: of(Field::TimeZone),
            updated_at: profile.updated_at,
        }
    }
}

problems!(ProfileProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, NO_PROFILE);

/// My profile
///
/// There from the account's first moment, empty until it is filled. Staff and superusers have none.
#[utoipa::path(
    get, path = "/api/auth/profile", tag = "account", operation_id = "profile",
    security(("bearer" = [])),
    responses((status = 200, description = "The profile.", body = ProfileAnswer), ProfileProblems),
)]
pub(crate) async fn profile(
    State(app): State<App>,
    SignedIn { account, .. }: SignedIn,
) -> Result<Json<ProfileAnswer>, Problem> {
    if !account.has_profile() {
        return Err(Problem::new(NO_PROFILE));
    }
    let profile = profile_of(&app.store, account.id).await?;
    Ok(Json(ProfileAnswer::new(&account, &profile)))
}
