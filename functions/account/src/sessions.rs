//! `GET /api/auth/sessions`

use std::net::IpAddr;

use axum::extract::State;
use latchkey_identity::accounts::Factor;
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::list::{Listed, list};
use latchkey_identity::sessions::{SessionId, SignedIn};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::geo::AddressKind;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::page::{List, Page, PageQuery};
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Serialize;
use utoipa::ToSchema;

/// A sign-in on one device.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionView {
    /// Its id.
    id: SessionId,
    /// The address it began from.
    #[schema(value_type = String, example = "203.0.113.9")]
    ip_address: IpAddr,
    /// Whether that address can be routed on the internet.
    ip_kind: AddressKind,
    /// What the person calls the device, or what its user agent claims.
    #[schema(example = "Firefox on Windows")]
    device: String,
    /// The user agent it began with.
    user_agent: Option<String>,
    /// Where the address was when it began, if that was known.
    #[schema(example = "Linköping, Östergötland County (SE)")]
    location: Option<String>,
    /// The second factor that its person showed last, at sign-in or step-up; null where there was none.
    factor: Option<Factor>,
    /// When it began.
    created_at: Timestamp,
    /// When it was last refreshed.
    last_activity: Timestamp,
    /// When it ended, by signing out or otherwise; null while it is alive.
    logged_out_at: Option<Timestamp>,
    /// Whether it is the one that asks.
    current: bool,
}

impl From<Listed> for SessionView {
    fn from(Listed { session, ended_at, current }: Listed) -> Self {
        Self {
            id: session.id,
            ip_address: session.address,
            ip_kind: session.address_kind,
            device: session.device_label(),
            user_agent: session.user_agent,
            location: session.place,
            factor: session.shown.and_then(|shown| shown.factor),
            created_at: session.created_at,
            last_activity: session.last_used_at,
            logged_out_at: ended_at,
            current,
        }
    }
}

problems!(SessionsProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, VALIDATION_FAILED);

/// My sessions
///
/// Newest first, with those that have ended: they are remembered for a month after they would have ended anyway.
#[utoipa::path(
    get, path = "/api/auth/sessions", tag = "account", operation_id = "sessions",
    security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of them.", body = Page<SessionView>), SessionsProblems),
)]
pub(crate) async fn sessions(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    page: PageQuery,
) -> Result<Json<Page<SessionView>>, Problem> {
    let keys = app.tag_keys(client.now).await?;
    let cursors = List { name: "sessions", owner: signed_in.account.id.as_bytes() };
    let after = page.place(&cursors, &keys)?.map(SessionId::from_bytes);
    let found = list(&app, &client, &signed_in, after, page.limit()).await?;
    Ok(Json(Page {
        next_cursor: found.next.and_then(|next| cursors.cursor(next.as_bytes(), &keys)),
        items: found.listed.into_iter().map(SessionView::from).collect(),
    }))
}
