//! `POST /api/auth/social/accounts/{provider}/connect`

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use latchkey_identity::app::App;
use latchkey_identity::sessions::codes::{DELETION_PENDING, STEP_UP_REQUIRED, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_identity::sessions::step_up::Fresh;
use latchkey_identity::social::codes::{PROVIDER_CONNECTED, PROVIDER_TOKEN_INVALID, SOCIAL_ACCOUNT_TAKEN};
use latchkey_identity::social::{self, ConnectError, ConnectedProvider, begin_connecting};
use latchkey_kernel::http::body::OptionalJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::browser::{held, holding};
use crate::credential::Shown;
use crate::refusals::{of_provider, of_redirect};

/// What a client got from the provider by itself, or nothing.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectBody {
    /// An access token of Google, GitHub or Facebook.
    access_token: Option<String>,
    /// An `id_token` of Google or another issuer of OpenID Connect.
    id_token: Option<String>,
    /// An authorization code.
    code: Option<String>,
    /// The nonce that the `id_token` or the code was asked for with.
    nonce: Option<String>,
    /// Where the provider handed the code out, if not to our callback.
    redirect_uri: Option<String>,
    /// The PKCE verifier of the code.
    code_verifier: Option<String>,
    /// Without any of the three: the page to come back to, one of those that the owner allows.
    redirect_to: Option<String>,
}

/// The provider is connected, or where the browser goes to connect it.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(crate) enum ConnectAnswer {
    /// It is connected.
    Connected(ConnectedProvider),
    /// The browser that got this answer goes there.
    Authorize {
        /// The provider's page. The browser comes back to `redirect_to` with `connected`, or with an `error_code`.
        authorize_url: String,
    },
}

problems!(
    ConnectProblems: PROVIDER_TOKEN_INVALID, TOKEN_INVALID, TOKEN_MISSING, CSRF_FAILED, DELETION_PENDING,
    STEP_UP_REQUIRED, NOT_FOUND, PROVIDER_CONNECTED, SOCIAL_ACCOUNT_TAKEN, VALIDATION_FAILED
);

/// Connect a provider to my account
///
/// At once with what the client got from the provider; or, with an empty body, by sending the browser there: the answer's
/// cookie must reach it, and the session must still be there when it comes back. Needs a fresh session. All other
/// sessions end, and the person is mailed.
#[utoipa::path(
    post, path = "/api/auth/social/accounts/{provider}/connect", tag = "social", operation_id = "connect_provider",
    security(("bearer" = [])),
    params(("provider" = String, Path, description = "The provider.")),
    request_body = ConnectBody,
    responses((status = 200, description = "Connected, or where to go.", body = ConnectAnswer), ConnectProblems),
)]
pub(crate) async fn connect(
    State(app): State<App>,
    client: Client,
    Fresh(signed_in): Fresh,
    Path(provider): Path<String>,
    headers: HeaderMap,
    OptionalJson(body): OptionalJson<ConnectBody>,
) -> Result<Response, Problem> {
    let ConnectBody { access_token, id_token, code, nonce, redirect_uri, code_verifier, redirect_to } = body;
    let shown = Shown { access_token, code, id_token, nonce, redirect_uri, code_verifier };
    if let Some(credential) = shown.read()? {
        let connected = social::connect(&app, &client, &signed_in, &provider, &credential).await;
        let connected = connected.map_err(|error| problem(error, "/redirect_uri"))?;
        return Ok(Json(ConnectAnswer::Connected(connected)).into_response());
    }
    let (asked, browser) = (redirect_to.as_deref(), held(&app, &headers));
    let departed = begin_connecting(&app, &client, &signed_in, &provider, asked, browser).await;
    let departed = departed.map_err(|error| match error {
        ConnectError::Provider(error) => Problem::unavailable(error),
        other => problem(other, "/redirect_to"),
    })?;
    let answer = ConnectAnswer::Authorize { authorize_url: departed.authorize_url };
    Ok((holding(&app, &departed.browser), Json(answer)).into_response())
}

fn problem(error: ConnectError, redirect: &str) -> Problem {
    match error {
        ConnectError::Refused(refused) => refused.into(),
        ConnectError::UnknownProvider => Problem::new(NOT_FOUND),
        ConnectError::RedirectRefused => of_redirect(redirect),
        ConnectError::Provider(error) => of_provider(&error),
        ConnectError::Taken => Problem::new(SOCIAL_ACCOUNT_TAKEN),
        ConnectError::ConnectedAlready => Problem::new(PROVIDER_CONNECTED),
        ConnectError::SessionEnded | ConnectError::Spent => Problem::new(TOKEN_INVALID),
        ConnectError::Failed(fault) => fault.into(),
    }
}
