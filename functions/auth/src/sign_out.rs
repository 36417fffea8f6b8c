//! `POST /api/auth/logout`

use axum::extract::State;
use http::StatusCode;
use http::request::Parts;
use latchkey::app::App;
use latchkey::client::Client;
use latchkey::http::body::OptionalJson;
use latchkey::http::{Code, Problem};
use latchkey::problems;
use latchkey::sessions::authenticate::{authenticate, bearer_token};
use latchkey::sessions::sign_out::{Holder, SignOutError, sign_out as end};
use serde::Deserialize;
use utoipa::ToSchema;

/// Which session ends, if the request does not show it by its access token, and what stays of it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignOutBody {
    /// The session's refresh token. Enough by itself, when the access token has expired.
    refresh: Option<String>,
    /// Whether the session stays in the person's list, as signed out.
    #[serde(default = "yes")]
    #[schema(default = true)]
    remember_session: bool,
}

fn yes() -> bool {
    true
}

problems!(SignOutProblems: MalformedBody, TokenInvalid, TokenMissing, BodyTooLarge, UnsupportedMediaType, InvalidBody);

/// Sign out
///
/// Ends the session of the access token, or, without one, of the refresh token. Both kinds of tokens are refused
/// from then on. An access token is judged by itself: a refresh token that comes with it must be of the same session.
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
) -> Result<StatusCode, Problem> {
    let invalid = || Problem::new(Code::TokenInvalid);
    let refresh = match body.refresh.as_deref() {
        Some(token) => Some(app.refresh_tokens().await?.parse(token).ok_or_else(invalid)?),
        None => None,
    };
    let holder = match (bearer_token(&parts)?, refresh) {
        (Some(access), refresh) => {
            let signed_in = authenticate(&app, &client, access).await?;
            if refresh.is_some_and(|refresh| refresh.session_id() != signed_in.session.id) {
                return Err(invalid());
            }
            Holder::Access(signed_in.account.id, signed_in.session.id)
        }
        (None, Some(refresh)) => Holder::Refresh(refresh),
        (None, None) => return Err(Problem::new(Code::TokenMissing)),
    };
    end(&app, &client, &holder, body.remember_session).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

fn problem(error: SignOutError) -> Problem {
    match error {
        SignOutError::TokenInvalid => Problem::new(Code::TokenInvalid),
        SignOutError::Store(error) => error.into(),
    }
}
