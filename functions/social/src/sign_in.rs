//! `POST /api/auth/social/{provider}`

use axum::extract::{Path, State};
use http::HeaderMap;
use latchkey_identity::accounts::codes::SUSPENDED;
use latchkey_identity::app::App;
use latchkey_identity::sessions::{DeviceName, TokensIn, shown_by_device};
use latchkey_identity::social::codes::{ACCOUNT_NOT_LINKED, PROVIDER_TELLS_TOO_LITTLE, PROVIDER_TOKEN_INVALID};
use latchkey_identity::social::{SignInByCredentialError, sign_in_by_credential};
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::codes::{CSRF_FAILED, NOT_FOUND, VALIDATION_FAILED};
use latchkey_kernel::http::{Fields, Json, Problem};
use latchkey_kernel::problems;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::credential::Shown;
use crate::entered::EnteredAnswer;
use crate::refusals::{of_entering, of_provider, of_redirect};

/// What a client got from the provider by itself: exactly one of `access_token`, `id_token` and `code`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SocialSignInBody {
    /// An access token of Google, GitHub or Facebook. It must have been made for the owner's client.
    access_token: Option<String>,
    /// An `id_token` of Google or another issuer of OpenID Connect. It signs in once.
    id_token: Option<String>,
    /// An authorization code.
    code: Option<String>,
    /// The nonce that the `id_token` or the code was asked for with. It is compared if it is given; give it. GitHub and
    /// Facebook know none.
    nonce: Option<String>,
    /// Where the provider handed the code out, if not to our callback: one of the pages that people may be led back to, or,
    /// of Google alone, `postmessage`.
    redirect_uri: Option<String>,
    /// The PKCE verifier of the code.
    code_verifier: Option<String>,
    /// What the person calls the device.
    #[schema(example = "Ada's telephone", max_length = 64)]
    device_name: Option<String>,
    /// The `device_token` that the last sign-in on this device answered. Keep it after signing out as well: without a good
    /// one the device counts as unknown, and the owner gets a mail about it.
    device_token: Option<String>,
    /// Whether the tokens go into cookies, for a page in a browser. Its origin must be configured.
    #[serde(default)]
    cookie: bool,
}

problems!(
    SocialSignInProblems: PROVIDER_TOKEN_INVALID, CSRF_FAILED, SUSPENDED, NOT_FOUND, ACCOUNT_NOT_LINKED,
    PROVIDER_TELLS_TOO_LITTLE, VALIDATION_FAILED
);

/// Sign in with a provider's token
///
/// For clients that talk to the provider themselves, such as an app on a telephone. For whom the token was made is checked;
/// it is used once and not kept. An account with a second factor is asked for it all the same. Somebody new whose provider
/// does not vouch for an email address (Facebook never does) gets `email_verification_required` in the place of tokens: a
/// code is mailed, and `POST /api/auth/verify-email` opens the account.
#[utoipa::path(
    post, path = "/api/auth/social/{provider}", tag = "social", operation_id = "sign_in_by_provider",
    params(("provider" = String, Path, description = "`google`, `github`, `facebook`, or the name of another issuer.")),
    request_body = SocialSignInBody,
    responses(
        (status = 200, description = "Signed in, or what to do first.", body = EnteredAnswer),
        SocialSignInProblems,
    ),
)]
pub(crate) async fn sign_in(
    State(app): State<App>,
    client: Client,
    Path(provider): Path<String>,
    headers: HeaderMap,
    Json(body): Json<SocialSignInBody>,
) -> Result<EnteredAnswer, Problem> {
    let tokens_in = TokensIn::asked(&app, &headers, body.cookie)?;
    let mut fields = Fields::default();
    let device_name = fields.read_optional("/device_name", body.device_name.as_deref(), DeviceName::parse);
    let Some(device_name) = device_name else { return Err(fields.into()) };
    let SocialSignInBody { access_token, id_token, code, nonce, redirect_uri, code_verifier, device_token, .. } = body;
    let shown = Shown { access_token, code, id_token, nonce, redirect_uri, code_verifier };
    let Some(credential) = shown.read()? else {
        fields.refuse("", "missing", &"Give one of access_token, id_token and code.");
        return Err(fields.into());
    };
    let device_token = shown_by_device(&app, &headers, device_token.as_deref(), tokens_in);
    let device_name = device_name.map(String::from);
    let issuer = app.access_tokens.issuer().await?;
    let entering = sign_in_by_credential(&app, &client, &provider, &credential, device_name, device_token);
    let entered = Box::pin(entering).await.map_err(problem)?;
    EnteredAnswer::of(&app, &issuer, &client, entered, tokens_in).await
}

fn problem(error: SignInByCredentialError) -> Problem {
    match error {
        SignInByCredentialError::UnknownProvider => Problem::new(NOT_FOUND),
        SignInByCredentialError::Provider(error) => of_provider(&error),
        SignInByCredentialError::RedirectRefused => of_redirect("/redirect_uri"),
        SignInByCredentialError::Enter(error) => of_entering(error),
    }
}
