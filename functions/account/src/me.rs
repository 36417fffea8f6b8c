//! `GET /api/auth/me`

use latchkey_identity::accounts::{Account, User};
use latchkey_identity::sessions::codes::{TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::{EvenLeaving, SignedIn};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::Json;
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// The signed-in person.
#[derive(Serialize, ToSchema)]
pub(crate) struct Me {
    #[serde(flatten)]
    user: User,
    /// How often the person has signed in.
    login_count: u32,
    /// The last sign-in.
    last_login_at: Option<Timestamp>,
    /// The address it came from.
    #[schema(value_type = Option<String>, example = "203.0.113.9")]
    last_login_ip: Option<std::net::IpAddr>,
}

impl From<&Account> for Me {
    fn from(account: &Account) -> Self {
        Self {
            user: User::from(account),
            login_count: account.login_count,
            last_login_at: account.last_login_at,
            last_login_ip: account.last_login_ip,
        }
    }
}

problems!(MeProblems: TOKEN_INVALID, TOKEN_MISSING);

/// Who am I
#[utoipa::path(
    get, path = "/api/auth/me", tag = "account", operation_id = "me",
    security(("bearer" = [])),
    responses((status = 200, description = "The signed-in person.", body = Me), MeProblems),
)]
pub(crate) async fn me(EvenLeaving(SignedIn { account, .. }): EvenLeaving) -> Json<Me> {
    Json(Me::from(&account))
}
