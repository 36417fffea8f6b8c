//! `GET` and `POST /confirm-email`: the page behind the link of the verification mail.

use askama::Template;
use axum::extract::{Request, State};
use axum::response::Response;
use http::StatusCode;
use latchkey_identity::accounts::confirm_by_link::{ConfirmError, confirm_by_link};
use latchkey_identity::accounts::look_at_link::address_to_confirm;
use latchkey_identity::accounts::{ConfirmLink, Password};
use latchkey_identity::app::App;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Problem, rate};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::form::{self, LinkQuery, Visit};
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
    /// Tells password managers whose password is asked for.
    address: &'a str,
    error: Option<&'a str>,
}

const WRONG: &str = "This is not the password that was chosen at registration.";

/// The page behind the link of the verification mail
///
/// Shows a form while the link is good, and changes nothing.
#[utoipa::path(
    get, path = "/confirm-email", tag = "pages", operation_id = "confirm_email_page",
    params(LinkQuery),
    responses(
        (status = 200, description = "The form, or what it did.", content_type = "text/html"),
        LinkRefusals,
    ),
)]
pub(crate) async fn show(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    match Visit::of(&request) {
        Visit::Link(link) => show_form(&app, &client, &link, None).await,
        Visit::Done => Ok(confirmed(&app)),
        Visit::Broken => Ok(broken_link(&app)),
    }
}

/// Confirm a registration by its mailed link
///
/// Asks for the password chosen at registration, creates the account, and signs nobody in.
#[utoipa::path(
    post, path = "/confirm-email", tag = "pages", operation_id = "confirm_email",
    request_body(content = ConfirmForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 303, description = "The account exists; `Location` is the page that says so."),
        (status = 409, description = "The username is taken by now.", content_type = "text/html"),
        (status = 422, description = "The password is wrong; the link stays good.", content_type = "text/html"),
        FormRefusals,
    ),
)]
pub(crate) async fn confirm(State(app): State<App>, client: Client, request: Request) -> Result<Response, Problem> {
    let body: ConfirmForm = form::read(request).await?;
    let Ok(link) = ConfirmLink::parse(&body.token) else { return Ok(broken_link(&app)) };
    let Ok(password) = Password::parse(&body.password) else { return refuse(&app, &client, &link).await };
    Ok(match confirm_by_link(&app, &client, &link, password).await {
        Ok(()) => form::done("/confirm-email"),
        Err(ConfirmError::LinkInvalid) => broken_link(&app),
        Err(ConfirmError::PasswordWrong) => return refuse(&app, &client, &link).await,
        Err(ConfirmError::UsernameTaken) => say(
            &app,
            StatusCode::CONFLICT,
            "The username is taken by now",
            "Somebody has chosen your username meanwhile. Enter the code from the mail where you registered: there you can choose another.",
        ),
        Err(ConfirmError::Refused(refused)) => return Err(refused.into()),
        Err(ConfirmError::Failed(fault)) => return Err(fault.into()),
    })
}

/// The form once more, unless that was the last try. Counts the request if nothing has counted it yet.
async fn refuse(app: &App, client: &Client, link: &ConfirmLink) -> Result<Response, Problem> {
    rate::admit_visit(app, client).await?;
    show_form(app, client, link, Some(WRONG)).await
}

/// The form, while the link is good: 1 `GetItem`.
async fn show_form(app: &App, client: &Client, link: &ConfirmLink, error: Option<&str>) -> Result<Response, Problem> {
    let Some(address) = address_to_confirm(app, client, link).await? else { return Ok(broken_link(app)) };
    let status = if error.is_none() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let form = ConfirmPage { frame: Frame::of(app), token: &link.reveal(), address: address.as_str(), error };
    Ok(page(app, status, &form))
}

fn confirmed(app: &App) -> Response {
    say(app, StatusCode::OK, "Your address is confirmed", "Your account is ready. You can close this page and sign in.")
}

fn broken_link(app: &App) -> Response {
    say(
        app,
        StatusCode::BAD_REQUEST,
        "This link is not valid any more",
        "It may have been used, replaced by a newer one, tried with too many wrong passwords, or be older than a day. If you have confirmed your address already, sign in. If not, ask for a new mail where you registered, or register again.",
    )
}
