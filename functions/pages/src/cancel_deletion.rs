//! `GET` and `POST /cancel-deletion`: the page behind the link of the mail that announces a deletion.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use latchkey_identity::app::App;
use latchkey_identity::privacy::cancel_deletion::{CancelDeletionError, CancelLink, by_link, can_cancel};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;

use crate::form::{self, LinkForm, LinkQuery, Visit};
use crate::page::{Frame, page, say};
use crate::refusals::{FormRefusals, LinkRefusals};

#[derive(Template)]
#[template(path = "cancel_deletion.html")]
struct CancelPage<'a> {
    frame: Frame<'a>,
    token: &'a str,
}

/// The page behind the link of the mail that announces a deletion
///
/// Shows a button while the link is good, and changes nothing.
#[utoipa::path(
    get, path = "/cancel-deletion", tag = "pages", operation_id = "cancel_deletion_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The button, or what it did.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let link: CancelLink = match Visit::of(&request) {
        Visit::Link(link) => link,
        Visit::Done => return Ok(cancelled(&app)),
        Visit::Broken => return Ok(broken_link(&app)),
    };
    if !can_cancel(&app, &client, &link).await? {
        return Ok(broken_link(&app));
    }
    Ok(page(&app, StatusCode::OK, &CancelPage { frame: Frame::of(&app), token: &link.reveal() }))
}

/// Cancel a deletion by its mailed link
///
/// The account is at once what it was before. Nobody is signed in by it, and sessions that began meanwhile end.
#[utoipa::path(
    post, path = "/cancel-deletion", tag = "pages", operation_id = "cancel_deletion",
    request_body(content = LinkForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "The account stays; `Location` is the page that says so."),
        FormRefusals,
    ),
)]
pub(crate) async fn cancel(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let sent: LinkForm = form::read(request).await?;
    let Ok(link) = CancelLink::parse(&sent.token) else { return Ok(broken_link(&app)) };
    Ok(match by_link(&app, &client, &link).await {
        Ok(()) => form::done("/cancel-deletion"),
        Err(CancelDeletionError::LinkInvalid | CancelDeletionError::NotFound | CancelDeletionError::NotCancellable) => {
            broken_link(&app)
        }
        Err(CancelDeletionError::Refused(refused)) => return Err(refused.into()),
        Err(CancelDeletionError::Failed(fault)) => return Err(fault.into()),
    })
}

fn cancelled(app: &App) -> Response {
    say(
        app,
        StatusCode::OK,
        "Your account stays",
        "The deletion is cancelled, and everything is as it was before. Sign in as usual.\n\nIf it was not you who asked for the deletion, change your password after that: somebody else may know it.",
    )
}

fn broken_link(app: &App) -> Response {
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        "It may have been used, or the account may be deleted by now. Try to sign in: if you can, the account is still there, and if its deletion is still planned, you can cancel it there.",
    )
}
