//! `GET /api/auth/security-log`

use std::net::IpAddr;

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::audit::list::list;
use latchkey_identity::audit::{AuditId, Entry, EventName, Factor, Outcome};
use latchkey_identity::registry;
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::geo::AddressKind;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::device::Device;
use latchkey_kernel::http::page::{List, Page, PageQuery};
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use latchkey_kernel::telemetry::EventKinds;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened to an account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LogEntryView {
    /// Its id.
    id: AuditId,
    /// What happened.
    event: EventName,
    /// The same for people.
    #[schema(example = "A sign-in failed")]
    description: String,
    /// Whether what was tried came about.
    outcome: Outcome,
    /// What was shown, where the event is about showing something.
    factor: Option<Factor>,
    /// Whether the account's person did it. Who else it was is not known.
    by_me: bool,
    /// When.
    created_at: Timestamp,
    /// From which address.
    #[schema(value_type = Option<String>, example = "203.0.113.9")]
    ip_address: Option<IpAddr>,
    /// Whether that address can be routed on the internet.
    ip_kind: Option<AddressKind>,
    /// What the user agent claims.
    #[schema(example = "Firefox on Windows")]
    device: String,
    /// The user agent.
    user_agent: Option<String>,
    /// Where the address was, if that was known.
    #[schema(example = "Linköping, Östergötland County (SE)")]
    location: Option<String>,
    /// The request that did it, as its answer named it.
    request_id: Option<String>,
    /// What else there is to say, by the event: the session, what was changed, the reason.
    #[schema(value_type = Object)]
    details: serde_json::Value,
}

impl LogEntryView {
    /// A line of the log, described as these kinds of events do.
    fn of(entry: Entry, kinds: EventKinds) -> Self {
        Self {
            id: entry.id,
            description: entry.description(kinds),
            outcome: entry.outcome,
            factor: entry.factor,
            by_me: entry.is_by_its_user(),
            event: entry.event,
            created_at: entry.at,
            ip_address: entry.address,
            ip_kind: entry.address.map(AddressKind::of),
            device: Device::of(entry.user_agent.as_deref()).to_string(),
            user_agent: entry.user_agent,
            location: entry.place,
            request_id: entry.request_id,
            details: entry.details,
        }
    }
}

problems!(SecurityLogProblems: TOKEN_INVALID, TOKEN_MISSING, DELETION_PENDING, VALIDATION_FAILED);

/// My security log
///
/// What happened to the account, newest first: sign-ins and failed ones, new passwords, changes, and what was suspicious.
/// A page may hold fewer than asked for, or nothing, and still have a next one, where months were quiet.
#[utoipa::path(
    get, path = "/api/auth/security-log", tag = "account", operation_id = "security_log",
    security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of it.", body = Page<LogEntryView>), SecurityLogProblems),
)]
pub(crate) async fn security_log(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    page: PageQuery,
) -> Result<Json<Page<LogEntryView>>, Problem> {
    let account = &signed_in.account;
    let keys = app.tag_keys(client.now).await?;
    let cursors = List { name: "security_log", owner: account.id.as_bytes() };
    let after = page.place(&cursors, &keys)?.map(AuditId::from_bytes);
    let found = list(&app, &client, account.id, account.created_at, after, page.limit()).await?;
    Ok(Json(Page {
        next_cursor: found.next.and_then(|next| cursors.cursor(next.as_bytes(), &keys)),
        items: found.entries.into_iter().map(|entry| LogEntryView::of(entry, registry::events())).collect(),
    }))
}
