//! `GET /api/auth/data-requests`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::privacy;
use latchkey_identity::privacy::DataRequestId;
use latchkey_identity::sessions::codes::{TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::{EvenLeaving, SignedIn};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::VALIDATION_FAILED;
use latchkey_kernel::http::page::{List, Page, PageQuery};
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;

use crate::data_request::DataRequestAnswer;

problems!(DataRequestsProblems: TOKEN_INVALID, TOKEN_MISSING, VALIDATION_FAILED);

/// My requests
///
/// What I asked to be done with my data, newest first.
#[utoipa::path(
    get, path = "/api/auth/data-requests", tag = "privacy", operation_id = "data_requests",
    security(("bearer" = [])),
    params(PageQuery),
    responses((status = 200, description = "A page of them.", body = Page<DataRequestAnswer>), DataRequestsProblems),
)]
pub(crate) async fn list(
    State(app): State<App>,
    client: Client,
    EvenLeaving(SignedIn { account, .. }): EvenLeaving,
    page: PageQuery,
) -> Result<Json<Page<DataRequestAnswer>>, Problem> {
    let keys = app.tag_keys(client.now).await?;
    let cursors = List { name: "data-requests", owner: account.id.as_bytes() };
    let after = page.place(&cursors, &keys)?.map(DataRequestId::from_bytes);
    let found = privacy::page(&app.store, account.id, after, page.limit()).await?;
    let last = found.rows.last().filter(|_| found.more).map(|last| *last.id.as_bytes());
    Ok(Json(Page {
        next_cursor: last.and_then(|last| cursors.cursor(&last, &keys)),
        items: found.rows.into_iter().map(|request| DataRequestAnswer::of_person(request, &account)).collect(),
    }))
}
