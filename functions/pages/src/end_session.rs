//! `GET` and `POST /end-session`: the page behind the link of the mail about a sign-in on a new device.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use latchkey_identity::app::App;
use latchkey_identity::sessions::EndLink;
use latchkey_identity::sessions::end_by_link::{EndByLinkError, can_end, end_by_link};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;

use crate::form::{self, LinkForm, LinkQuery, Visit};
use crate::page::{Frame, page, say};
use crate::refusals::{FormRefusals, LinkRefusals};

#[derive(Template)]
#[template(path = "end_session.html")]
struct EndSessionPage<'a> {
    frame: Frame<'a>,
    token: &'a str,
}

/// The page behind the link of the mail about a new device
///
/// Shows a button while the link is good, and changes nothing.
#[utoipa::path(
    get, path = "/end-session", tag = "pages", operation_id = "end_session_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The button, or what it did.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, request: Request) -> Result<Response, Problem> {
    let link: EndLink = match Visit::of(&request) {
        Visit::Link(link) => link,
        Visit::Done => return Ok(signed_out(&app)),
        Visit::Broken => return Ok(broken_link(&app)),
    };
    if !can_end(&app, &link).await? {
        return Ok(broken_link(&app));
    }
    Ok(page(&app, StatusCode::OK, &EndSessionPage { frame: Frame::of(&app), token: &link.reveal() }))
}

/// Sign a device out by the mailed link
///
/// Ends the session that the mail was about, and every later one of the same device, which is not known any more. Exports
/// that were asked for until now do not open any more; a deletion and a change of the address that were asked for since are
/// taken back. The link works once.
#[utoipa::path(
    post, path = "/end-session", tag = "pages", operation_id = "end_session_by_link",
    request_body(content = LinkForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "The device is signed out; `Location` is the page that says so."),
        FormRefusals,
    ),
)]
pub(crate) async fn end(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let given = form::read::<LinkForm>(request).await?;
    let Ok(link) = EndLink::parse(&given.token) else { return Ok(broken_link(&app)) };
    Ok(match end_by_link(&app, &client, &link).await {
        Ok(()) => form::done("/end-session"),
        Err(EndByLinkError::LinkInvalid) => broken_link(&app),
        Err(EndByLinkError::Refused(refused)) => return Err(refused.into()),
        Err(EndByLinkError::Failed(fault)) => return Err(fault.into()),
    })
}

fn signed_out(app: &App) -> Response {
    say(
        app,
        StatusCode::OK,
        "The device is signed out",
        "If it signs in once more, we will write to you again.\n\nWhoever signed in knows your password. Change it now, and do not use the old one anywhere else.",
    )
}

fn broken_link(app: &App) -> Response {
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        "It may have been used already: then the device is signed out. Sign in and look at your sessions to see which devices are signed in, and change your password if you do not know one of them.",
    )
}
