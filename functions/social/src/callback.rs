//! `GET /api/oauth/{provider}/callback`

use axum::extract::{Path, State};
use axum::response::Response;
use http::{HeaderMap, Uri};
use latchkey_identity::accounts::codes::CODE_INVALID;
use latchkey_identity::app::App;
use latchkey_identity::social::{self, Arrival, Returned, StateToken};
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::problems;

use crate::browser::{field, has_field, held, led_to};

problems!(CallbackProblems: CODE_INVALID);

/// Come back from a provider
///
/// For a browser that the provider leads here. It is led on to the page that it set out for, with an `exchange_code` that
/// is good for a minute (after connecting: `connected`), or with an `error_code`: `oauth_callback` when the provider named
/// nobody, `oauth_account_create` when it tells no name for a new account, `oauth_account_not_linked` when the person
/// must sign in and connect the provider first. 400 only where nobody knows where to lead it.
#[utoipa::path(
    get, path = "/api/oauth/{provider}/callback", tag = "social", operation_id = "oauth_callback",
    params(
        ("provider" = String, Path, description = "The provider."),
        ("state" = Option<String>, Query, description = "What the browser set out with."),
        ("code" = Option<String>, Query, description = "What the provider gives."),
        ("error" = Option<String>, Query, description = "Why it gives nothing."),
        ("iss" = Option<String>, Query, description = "Who the provider says it is (RFC 9207)."),
    ),
    responses((status = 303, description = "To the page."), CallbackProblems),
)]
pub(crate) async fn callback(
    State(app): State<App>,
    client: Client,
    Path(provider): Path<String>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let returned = Returned {
        state: field(&uri, "state").and_then(|state| StateToken::parse(&state).ok()),
        browser: held(&app, &headers),
        code: field(&uri, "code").filter(|_| !has_field(&uri, "error")),
        // Said twice, it names nobody.
        issuer: field(&uri, "iss").or_else(|| has_field(&uri, "iss").then(String::new)),
    };
    match social::callback(&app, &client, &provider, returned).await? {
        Arrival::At(address) => Ok(led_to(address)),
        Arrival::Lost => Err(Problem::new(CODE_INVALID)),
    }
}
