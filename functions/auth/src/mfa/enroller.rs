//! Who enrols: the token of a sign-in in the body says it, or, where there is none, the access token, as everywhere.

use axum::extract::{FromRequestParts as _, Request};
use http::request::Parts;
use latchkey_identity::app::App;
use latchkey_identity::mfa::{Enroller, EnrollerError, EnrolmentToken};
use latchkey_identity::sessions::SignedIn;
use latchkey_identity::sessions::codes::TOKEN_INVALID;
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::body::OptionalJson;
use latchkey_kernel::http::client::Client;
use serde::de::DeserializeOwned;

/// A body that may carry the token of a sign-in.
pub(super) trait MayCarryToken: DeserializeOwned {
    /// The token.
    fn mfa_token(&self) -> Option<&str>;
}

/// The person, and the body. Who is nobody hears that and not what is wrong with the body.
pub(super) async fn enroller<B: MayCarryToken>(
    app: &App,
    client: &Client,
    request: Request,
) -> Result<(Enroller, B, Parts), Problem> {
    use axum::extract::FromRequest as _;
    let (mut parts, body) = request.into_parts();
    let read = OptionalJson::<B>::from_request(Request::from_parts(parts.clone(), body), app).await;
    let token = read.as_ref().ok().and_then(|OptionalJson(body)| body.mfa_token());
    let enroller = match token {
        Some(token) => {
            let token = EnrolmentToken::parse(token).map_err(|_| Problem::new(TOKEN_INVALID))?;
            Enroller::signing_in(app, client, &token).await.map_err(problem)?
        }
        None => Enroller::SignedIn(Box::new(SignedIn::from_request_parts(&mut parts, app).await?)),
    };
    let OptionalJson(body) = read?;
    Ok((enroller, body, parts))
}

fn problem(error: EnrollerError) -> Problem {
    match error {
        EnrollerError::Refused(refused) => refused.into(),
        EnrollerError::TokenInvalid => Problem::new(TOKEN_INVALID),
        EnrollerError::Failed(fault) => fault.into(),
    }
}
