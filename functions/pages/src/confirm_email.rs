//! `GET` and `POST /confirm-email`: the page behind the link of the verification mail.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use latchkey::accounts::confirm_by_link::{ConfirmError, confirm_by_link};
use latchkey::accounts::{ConfirmLink, Password};
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::form::{LinkQuery, link_token};
use crate::page::{Frame, page, say};
use crate::refusals::{FormRefusals, LinkRefusals};

/// The form.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmForm {
    /// The token in the mailed link.
    token: String,
    /// The password chosen at registration.
    password: String,
}

#[derive(Template)]
#[template(path = "confirm_email.html")]
struct ConfirmPage<'a> {
    frame: Frame<'a>,
    token: &'a str,
    error: Option<&'a str>,
}

const WRONG: &str = "This is not the password that was chosen at registration.";

/// The page behind the link of the verification mail
///
/// Shows a form and changes nothing.
#[utoipa::path(
    get, path = "/confirm-email", tag = "pages", operation_id = "confirm_email_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The form.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, request: Request) -> Response {
    let token = link_token(&request);
    match ConfirmLink::parse(&token) {
        Ok(_) => form(&app, StatusCode::OK, &token, None),
        Err(_) => broken_link(&app),
    }
}

/// Confirm a registration by its mailed link
///
/// Asks for the password chosen at registration, creates the account, and signs nobody in.
#[utoipa::path(
    post, path = "/confirm-email", tag = "pages", operation_id = "confirm_email",
    request_body(content = ConfirmForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "The account exists.", content_type = "text/html"),
        (status = 409, description = "The username is taken by now.", content_type = "text/html"),
        (status = 422, description = "The password is wrong; the link stays good.", content_type = "text/html"),
        FormRefusals,
    ),
)]
pub(crate) async fn confirm(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let form_body = crate::form::read::<ConfirmForm>(request).await?;
    let Ok(link) = ConfirmLink::parse(&form_body.token) else { return Ok(broken_link(&app)) };
    let Ok(password) = Password::parse(&form_body.password) else {
        return Ok(form(&app, StatusCode::UNPROCESSABLE_ENTITY, &form_body.token, Some(WRONG)));
    };
    Ok(match confirm_by_link(&app, &client, &link, password).await {
        Ok(()) => say(
            &app,
            StatusCode::OK,
            "Your address is confirmed",
            "Your account is ready. You can close this page and sign in.",
        ),
        Err(ConfirmError::LinkInvalid) => broken_link(&app),
        Err(ConfirmError::PasswordWrong) => form(&app, StatusCode::UNPROCESSABLE_ENTITY, &form_body.token, Some(WRONG)),
        Err(ConfirmError::UsernameTaken) => say(
            &app,
            StatusCode::CONFLICT,
            "The username is taken by now",
            "Somebody has chosen your username meanwhile. Enter the code from the mail where you registered: there you can choose another.",
        ),
        Err(ConfirmError::Refused(refused)) => return Err(refused.into()),
        Err(ConfirmError::Hashing(error)) => return Err(error.into()),
        Err(ConfirmError::Secret(error)) => return Err(error.into()),
        Err(ConfirmError::Store(error)) => return Err(error.into()),
    })
}

fn form(app: &App, status: StatusCode, token: &str, error: Option<&str>) -> Response {
    page(app, status, &ConfirmPage { frame: Frame::of(app), token, error })
}

fn broken_link(app: &App) -> Response {
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        "It may have been used, replaced by a newer one, or be older than a day. If you have confirmed your address already, sign in. If not, ask for a new mail where you registered, or register again.",
    )
}
