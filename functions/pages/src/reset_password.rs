//! `GET` and `POST /reset-password`: the page behind the link of the password-reset mail; `GET /password-changed`: what
//! it leads to.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use latchkey::accounts::reset_password::{ResetPasswordError, reset_by_link};
use latchkey::accounts::{Password, ResetLink};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::form::{self, LinkQuery, link_token};
use crate::page::{Frame, page, say};
use crate::refusals::{FormRefusals, LinkRefusals, VisitRefusals};

/// The form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetForm {
    /// The token in the mailed link.
    token: String,
    /// The new password.
    new_password: String,
}

#[derive(Template)]
#[template(path = "reset_password.html")]
struct ResetPage<'a> {
    frame: Frame<'a>,
    token: &'a str,
    error: Option<&'a str>,
}

/// Where a person is sent once the password is set, so that loading the page again sends no form again.
const CHANGED: &str = "/password-changed";

/// The page behind the link of the password-reset mail
///
/// Shows a form and changes nothing.
#[utoipa::path(
    get, path = "/reset-password", tag = "pages", operation_id = "reset_password_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The form.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, request: Request) -> Response {
    let token = link_token(&request);
    match ResetLink::parse(&token) {
        Ok(_) => form(&app, StatusCode::OK, &token, None),
        Err(_) => broken_link(&app),
    }
}

/// Set a new password with the mailed link
///
/// Ends all sessions and signs nobody in.
#[utoipa::path(
    post, path = "/reset-password", tag = "pages", operation_id = "reset_password_by_link",
    request_body(content = ResetForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "The password is set; `Location` is `/password-changed`."),
        (status = 422, description = "The password is too weak; the link stays good.", content_type = "text/html"),
        FormRefusals,
    ),
)]
pub(crate) async fn reset(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let body: ResetForm = form::read(request).await?;
    let Ok(link) = ResetLink::parse(&body.token) else { return Ok(broken_link(&app)) };
    let again = |error: &str| form(&app, StatusCode::UNPROCESSABLE_ENTITY, &body.token, Some(error));
    let password = match Password::parse(&body.new_password) {
        Ok(password) => password,
        Err(invalid) => return Ok(again(&invalid.to_string())),
    };
    Ok(match reset_by_link(&app, &client, &link, password).await {
        Ok(()) => Redirect::to(CHANGED).into_response(),
        Err(ResetPasswordError::CodeInvalid) => broken_link(&app),
        Err(ResetPasswordError::PasswordTooWeak(weakness)) => {
            let reasons: Vec<String> = weakness.reasons().into_iter().map(|(_, detail)| detail).collect();
            again(&reasons.join(" "))
        }
        Err(ResetPasswordError::Refused(refused)) => return Err(refused.into()),
        Err(ResetPasswordError::Hashing(error)) => return Err(error.into()),
        Err(ResetPasswordError::Secret(error)) => return Err(error.into()),
        Err(ResetPasswordError::Store(error)) => return Err(error.into()),
    })
}

/// The page after a password was set
#[utoipa::path(
    get, path = "/password-changed", tag = "pages", operation_id = "password_changed_page",
    responses((status = 200, description = "What happened, and what to do next.", content_type = "text/html"), VisitRefusals),
)]
pub(crate) async fn changed(State(app): State<App>) -> Response {
    say(
        &app,
        StatusCode::OK,
        "Your password is changed",
        "Every device that was signed in has been signed out. You can close this page and sign in with the new password.",
    )
}

fn form(app: &App, status: StatusCode, token: &str, error: Option<&str>) -> Response {
    page(app, status, &ResetPage { frame: Frame::of(app), token, error })
}

fn broken_link(app: &App) -> Response {
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        "It may have been used, replaced by a newer one, or be older than ten minutes. If you have set a new password already, sign in with it. If not, ask for a new mail where you sign in.",
    )
}
