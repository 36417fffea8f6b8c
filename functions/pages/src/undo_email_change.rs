//! `GET` and `POST /undo-email-change`: the page behind the link that an old address gets.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use latchkey::accounts::email_change::UndoLink;
use latchkey::accounts::email_change::undo::{UndoError, undo as take_back};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::Problem;

use crate::form::{self, LinkForm, LinkQuery, link_token};
use crate::page::{Frame, page, say};
use crate::refusals::{FormRefusals, LinkRefusals};

#[derive(Template)]
#[template(path = "undo_email_change.html")]
struct UndoPage<'a> {
    frame: Frame<'a>,
    token: &'a str,
}

/// What the page becomes once the change is undone: the form in which a new password is chosen.
#[derive(Template)]
#[template(path = "email_restored.html")]
struct RestoredPage<'a> {
    frame: Frame<'a>,
    token: &'a str,
}

/// The page behind the link that undoes a change of address
///
/// Shows a form and changes nothing.
#[utoipa::path(
    get, path = "/undo-email-change", tag = "pages", operation_id = "undo_email_change_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The form.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, request: Request) -> Response {
    let token = link_token(&request);
    match UndoLink::parse(&token) {
        Ok(_) => page(&app, StatusCode::OK, &UndoPage { frame: Frame::of(&app), token: &token }),
        Err(_) => broken_link(&app),
    }
}

/// Undo a change of address
///
/// Restores the address that the link was mailed to, ends all sessions, makes the password void, and shows the form of
/// `/reset-password`, whose link is mailed as well.
#[utoipa::path(
    post, path = "/undo-email-change", tag = "pages", operation_id = "undo_email_change",
    request_body(content = LinkForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The address is restored; the form for a new password.", content_type = "text/html"),
        FormRefusals,
    ),
)]
pub(crate) async fn undo(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let body: LinkForm = form::read(request).await?;
    let Ok(link) = UndoLink::parse(&body.token) else { return Ok(broken_link(&app)) };
    Ok(match take_back(&app, &client, &link).await {
        Ok(reset) => page(&app, StatusCode::OK, &RestoredPage { frame: Frame::of(&app), token: &reset.reveal() }),
        Err(UndoError::LinkInvalid) => broken_link(&app),
        Err(UndoError::Refused(refused)) => return Err(refused.into()),
        Err(UndoError::Secret(error)) => return Err(error.into()),
        Err(UndoError::Store(error)) => return Err(error.into()),
    })
}

fn broken_link(app: &App) -> Response {
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        "It may have been used, be older than seven days, or belong to a change that was undone together with an earlier one.\n\nIf your address is restored already, ask for a new password where you sign in. If it is not and you can still sign in, change the address there. Otherwise write to whoever runs this service.",
    )
}
