//! `GET` and `POST /undo-email-change`: the page behind the link that an old address gets.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use latchkey_identity::accounts::email_change::UndoLink;
use latchkey_identity::accounts::email_change::undo::{self, UndoError, can_undo};
use latchkey_identity::app::App;
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;

use crate::form::{self, LinkForm, LinkQuery, Visit};
use crate::page::{Frame, page, say};
use crate::refusals::{FormRefusals, LinkRefusals};

#[derive(Template)]
#[template(path = "undo_email_change.html")]
struct UndoPage<'a> {
    frame: Frame<'a>,
    token: &'a str,
}

/// The page behind the link that undoes a change of address
///
/// Shows a button while the link is good, and changes nothing.
#[utoipa::path(
    get, path = "/undo-email-change", tag = "pages", operation_id = "undo_email_change_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The button, or what it did.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let link: UndoLink = match Visit::of(&request) {
        Visit::Link(link) => link,
        Visit::Done => return Ok(restored(&app)),
        Visit::Broken => return Ok(broken_link(&app)),
    };
    if !can_undo(&app, &client, &link).await? {
        return Ok(broken_link(&app));
    }
    Ok(page(&app, StatusCode::OK, &UndoPage { frame: Frame::of(&app), token: &link.reveal() }))
}

/// Undo a change of address
///
/// Restores the address that the link was mailed to, ends all sessions, makes the password void, and mails a link with
/// which a new one is chosen.
#[utoipa::path(
    post, path = "/undo-email-change", tag = "pages", operation_id = "undo_email_change",
    request_body(content = LinkForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "The address is restored; `Location` is the page that says so."),
        FormRefusals,
    ),
)]
pub(crate) async fn undo(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let body: LinkForm = form::read(request).await?;
    let Ok(link) = UndoLink::parse(&body.token) else { return Ok(broken_link(&app)) };
    Ok(match undo::undo(&app, &client, &link).await {
        Ok(()) => form::done("/undo-email-change"),
        Err(UndoError::LinkInvalid) => broken_link(&app),
        Err(UndoError::Refused(refused)) => return Err(refused.into()),
        Err(UndoError::Failed(fault)) => return Err(fault.into()),
    })
}

/// The form for a new password would need a token in the URL of this page, or be posted again with it. The link is in a
/// mail, and who is here has that mailbox open.
fn restored(app: &App) -> Response {
    say(
        app,
        StatusCode::OK,
        "Your address is restored",
        "Every device has been signed out, and the old password does not work any more.\n\nChoose a new one now: we have just sent you a mail with a link for it, to the address that is restored.",
    )
}

fn broken_link(app: &App) -> Response {
    let support = match &app.config.links.support {
        Some(address) => format!("write to {address}"),
        None => format!("write to the support of {}", app.config.app_name),
    };
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        &format!(
            "It may have been used, be older than seven days, or belong to a change that was undone together with an earlier one.\n\nIf your address is restored already, ask for a new password where you sign in. If it is not and you can still sign in, change the address there. Otherwise {support}."
        ),
    )
}
