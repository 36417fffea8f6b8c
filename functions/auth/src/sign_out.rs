//! `POST /api/auth/logout`

use axum::extract::State;
use http::StatusCode;
use http::request::Parts;
use latchkey_identity::app::App;
use latchkey_identity::sessions::authenticate::{
    AuthenticateError, authenticate, authenticate_by_cookie, bearer_token, refresh_cookie,
};
use latchkey_identity::sessions::codes::{TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::sign_out::{self, Holder, SignOutError};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::body::OptionalJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::CSRF_FAILED;
use latchkey_kernel::http::cookies::SetCookies;
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

/// Which session ends, if the request does not show it by its access token, and what stays of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutBody {
    /// The session's refresh token. Enough by itself, whatever the header says.
    refresh: Option<String>,
    /// Whether the session stays in the person's list, as signed out.
    #[serde(default = "yes")]
    #[schema(default = true)]
    remember_session: bool,
}

fn yes() -> bool {
    true
}

problems!(SignOutProblems: TOKEN_INVALID, TOKEN_MISSING, CSRF_FAILED);

/// An answer to a browser also tells it to forget its cookies, when the session is over.
type Answer<T> = (Option<SetCookies>, T);

/// Sign out
///
/// Ends the session of the refresh token in the body, whatever the header says, an expired access token included; without
/// one, the session of the access token. Both kinds of tokens are refused from then on. Without either, the cookies say
/// which session ends, and are cleared.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "auth", operation_id = "sign_out",
    security((), ("bearer" = [])),
    request_body = Option<SignOutBody>,
    responses((status = 204, description = "Signed out."), SignOutProblems),
)]
pub(crate) async fn sign_out(
    State(app): State<App>,
    client: Client,
    parts: Parts,
    OptionalJson(body): OptionalJson<SignOutBody>,
) -> Result<Answer<StatusCode>, Answer<Problem>> {
    let shown = by_tokens(&app, &client, &parts, body.refresh.as_deref()).await.map_err(|problem| (None, problem))?;
    let in_cookies = shown.is_none();
    let over = || in_cookies.then(|| app.config.browsers.cookies.cleared());
    let holder = match shown {
        Some(holder) => holder,
        None => by_cookies(&app, &client, &parts).await.map_err(|error| {
            let cookies = if matches!(error, AuthenticateError::TokenInvalid) { over() } else { None };
            (cookies, error.into())
        })?,
    };
    match sign_out::sign_out(&app, &client, &holder, body.remember_session).await {
        Ok(()) => Ok((over(), StatusCode::NO_CONTENT)),
        Err(SignOutError::Refused(refused)) => Err((None, refused.into())),
        Err(SignOutError::TokenInvalid) => Err((over(), Problem::new(TOKEN_INVALID))),
        Err(SignOutError::Failed(fault)) => Err((None, fault.into())),
    }
}

/// The session of the tokens in header and body; none when there are none.
async fn by_tokens(
    app: &App,
    client: &Client,
    parts: &Parts,
    refresh: Option<&str>,
) -> Result<Option<Holder>, Problem> {
    let invalid = || Problem::new(TOKEN_INVALID);
    let refresh = match refresh {
        Some(token) => Some(app.refresh_tokens(client.now).await?.parse(token).ok_or_else(invalid)?),
        None => None,
    };
    let Some(refresh) = refresh else {
        let Some(access) = bearer_token(&parts.headers)? else { return Ok(None) };
        let signed_in = authenticate(app, client, access).await?;
        return Ok(Some(Holder::Access(signed_in.account.id, signed_in.session.id)));
    };
    // An access token of the same session also serves when the refresh token has been rotated since.
    if let Ok(Some(access)) = bearer_token(&parts.headers)
        && let Ok(signed_in) = authenticate(app, client, access).await
        && signed_in.session.id == refresh.session_id()
    {
        return Ok(Some(Holder::Access(signed_in.account.id, signed_in.session.id)));
    }
    Ok(Some(Holder::Refresh(refresh)))
}

/// The session of the cookies. That of the access token is gone when it has expired; then the other one serves.
async fn by_cookies(app: &App, client: &Client, parts: &Parts) -> Result<Holder, AuthenticateError> {
    let error = match authenticate_by_cookie(app, client, parts).await {
        Ok(signed_in) => return Ok(Holder::Access(signed_in.account.id, signed_in.session.id)),
        Err(error @ (AuthenticateError::TokenMissing | AuthenticateError::TokenInvalid)) => error,
        Err(error) => return Err(error),
    };
    match refresh_cookie(app, client, &parts.headers).await {
        Err(AuthenticateError::TokenMissing) => Err(error),
        found => found.map(Holder::Refresh),
    }
}
