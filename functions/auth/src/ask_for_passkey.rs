//! `POST /api/auth/passkey/options`

use axum::extract::State;
use latchkey_identity::app::App;
use latchkey_identity::mfa::SecondStepToken;
use latchkey_identity::mfa::codes::PASSKEY_MISSING;
use latchkey_identity::mfa::passkeys::ask::{to_finish, to_sign_in};
use latchkey_identity::sessions::codes::TOKEN_INVALID;
use latchkey_kernel::http::body::OptionalJson;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::{Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::mfa::passkeys::options::ask_problem;
use crate::mfa::passkeys::options_answer::RequestAnswer;

/// Which sign-in the passkey is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskForPasskeyBody {
    /// The token of a sign-in that was answered with `mfa_required`. Without it the passkey is all that is shown.
    mfa_token: Option<String>,
}

problems!(AskForPasskeyProblems: TOKEN_INVALID, PASSKEY_MISSING);

/// Ask for a passkey to sign in with
///
/// The options for the browser. Without a token they are the same for everybody, and the authenticator knows whose its
/// passkey is: send what it signs to `POST /api/auth/passkey`. With the `mfa_token` of a sign-in they name the account's
/// passkeys: send it to `POST /api/auth/token/mfa`. The challenge is good once, for five minutes, for this sign-in.
#[utoipa::path(
    post, path = "/api/auth/passkey/options", tag = "auth", operation_id = "ask_for_passkey",
    request_body = Option<AskForPasskeyBody>,
    responses((status = 200, description = "The options.", body = RequestAnswer), AskForPasskeyProblems),
)]
pub(crate) async fn ask_for_passkey(
    State(app): State<App>,
    client: Client,
    OptionalJson(body): OptionalJson<AskForPasskeyBody>,
) -> Result<Json<RequestAnswer>, Problem> {
    let asked = match body.mfa_token {
        None => to_sign_in(&app, &client).await,
        Some(token) => {
            let token = SecondStepToken::parse(&token).map_err(|_| Problem::new(TOKEN_INVALID))?;
            to_finish(&app, &client, &token).await
        }
    };
    Ok(Json(RequestAnswer::of(&app.config, asked.map_err(ask_problem)?)))
}
