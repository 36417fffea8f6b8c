//! `GET` and `POST /reset-password`: the page behind the link of the password-reset mail; `GET /password-changed`: what
//! it leads to.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use latchkey_identity::accounts::look_at_link::address_to_reset;
use latchkey_identity::accounts::reset_password::{ResetPasswordError, reset_by_link};
use latchkey_identity::accounts::{Password, ResetLink};
use latchkey_identity::app::App;
use latchkey_identity::sessions::known_device_cookie;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Problem, rate};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::form::{self, LinkQuery, Visit};
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
    /// Tells password managers whose password is set.
    address: &'a str,
    rule: String,
    error: Option<&'a str>,
}

/// Where a person is sent once the password is set, so that loading the page again sends no form again.
const CHANGED: &str = "/password-changed";

/// The page behind the link of the password-reset mail
///
/// Shows a form while the link is good, and changes nothing.
#[utoipa::path(
    get, path = "/reset-password", tag = "pages", operation_id = "reset_password_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The form.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    match Visit::of(&request) {
        Visit::Link(link) => show_form(&app, &client, &link, None).await,
        Visit::Done => Ok(changed(State(app)).await),
        Visit::Broken => Ok(broken_link(&app)),
    }
}

/// Set a new password with the mailed link
///
/// Ends all sessions and signs nobody in. The browser is known at its next sign-in in cookie mode.
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
    let password = match Password::parse(&body.new_password) {
        Ok(password) => password,
        Err(invalid) => return refuse(&app, &client, &link, &invalid.to_string()).await,
    };
    Ok(match reset_by_link(&app, &client, &link, password).await {
        // The page lies at the API's own host, so a front end in cookie mode signs in with this.
        Ok(device) => (known_device_cookie(&app, &device), Redirect::to(CHANGED)).into_response(),
        Err(ResetPasswordError::CodeInvalid) => broken_link(&app),
        Err(ResetPasswordError::PasswordTooWeak(weakness)) => {
            let reasons: Vec<String> = weakness.reasons().into_iter().map(|(_, detail)| detail).collect();
            return refuse(&app, &client, &link, &reasons.join(" ")).await;
        }
        Err(ResetPasswordError::Refused(refused)) => return Err(refused.into()),
        Err(ResetPasswordError::Failed(fault)) => return Err(fault.into()),
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

/// The form once more. Counts the request if nothing has counted it yet.
async fn refuse(app: &App, client: &Client, link: &ResetLink, error: &str) -> Result<Response, Problem> {
    rate::admit_visit(app, client).await?;
    show_form(app, client, link, Some(error)).await
}

/// The form, while the link is good: 1 `GetItem`.
async fn show_form(app: &App, client: &Client, link: &ResetLink, error: Option<&str>) -> Result<Response, Problem> {
    let Some(address) = address_to_reset(app, client, link).await? else { return Ok(broken_link(app)) };
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let (token, rule) = (link.reveal(), app.password_policy.rule());
    let form = ResetPage { frame: Frame::of(app), token: &token, address: address.as_str(), rule, error };
    Ok(page(app, status, &form))
}

fn broken_link(app: &App) -> Response {
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        "It may have been used, replaced by a newer one, or be older than an hour. If you have set a new password already, sign in with it. If not, ask for a new mail where you sign in.",
    )
}
