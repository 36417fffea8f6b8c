//! `GET /api/auth/social/accounts`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::social::{ConnectedProvider, list};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// The providers that a person has connected.
#[derive(Serialize, ToSchema)]
pub(crate) struct SocialAccounts {
    /// Each of them, by name.
    items: Vec<ConnectedProvider>,
    /// Always null: there are never more than one for each provider.
    next_cursor: Option<String>,
}

problems!(AccountsProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING);

/// The providers that I have connected
#[utoipa::path(
    get, path = "/api/auth/social/accounts", tag = "social", operation_id = "social_accounts",
    security(("bearer" = [])),
    responses((status = 200, description = "They.", body = SocialAccounts), AccountsProblems),
)]
pub(crate) async fn accounts(
    State(app): State<App>,
    client: Client,
    SignedIn { account, .. }: SignedIn,
) -> Result<Json<SocialAccounts>, Problem> {
    let items = list(&app, &client, &account).await?;
    Ok(Json(SocialAccounts { items, next_cursor: None }))
}
