//! Who is asking: the access token says it, the store confirms it, on every request.
//!
//! A request with an `Authorization` header is judged by it alone. Without one, a browser's cookies say who asks; then
//! whatever changes something must show that it is the person's own will ([`csrf`]).
//!
//! The token alone would stay good for minutes after its session was ended. So the account and the session are
//! read, consistently and in one batch, and a revocation acts on the very next request.

use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, header};

use super::{Claims, RefreshToken, Session, TokensIn, store};
use crate::accounts::Account;
use crate::app::App;
use crate::sessions::codes::{DELETION_PENDING, TOKEN_INVALID, TOKEN_MISSING};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::Problem;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::conditional::Own;
use latchkey_kernel::http::cookies::{ACCESS, REFRESH, SentTwice};
use latchkey_kernel::http::csrf::{self, CsrfFailed};
use latchkey_kernel::http::idempotency::Caller;
use latchkey_kernel::http::rate::{self, Refused, Subject};

/// A person who is signed in: what every route with a person in it takes as an argument. One whose account is going to
/// be deleted is refused; the few routes that are open to that person take [`EvenLeaving`] instead.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person's account.
    pub account: Account,
    /// The session that asks.
    pub session: Session,
    /// Where the caller keeps its tokens.
    pub tokens_in: TokensIn,
}

/// Why nobody is.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// The request shows no token.
    #[error("a token is needed")]
    TokenMissing,
    /// The token is not good, or its session has ended.
    #[error("the token is not valid")]
    TokenInvalid,
    /// A browser sent it, perhaps without the person's will.
    #[error(transparent)]
    Csrf(#[from] CsrfFailed),
    /// The person asks too much.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A dependency failed.
    #[error(transparent)]
    Failed(#[from] Fault),
}

/// The person behind an access token: 1 `BatchGetItem`, 2 read units, then 1 limiter update, unless a lease covers it.
pub async fn authenticate(app: &App, client: &Client, token: &str) -> Result<SignedIn, AuthenticateError> {
    let claims = app.access_tokens.verify(token, client.now).await?.ok_or(AuthenticateError::TokenInvalid)?;
    admit(app, client, &claims).await
}

/// Counts a request of a user whose session was found alive, and not before: counted together with the read, a token that
/// was revoked would use up what its owner may ask, if only until it was given back. One that is dead is counted for the
/// address, by the layer that counts what nothing else did.
async fn admit(app: &App, client: &Client, claims: &Claims) -> Result<SignedIn, AuthenticateError> {
    let signed_in = confirm(app, client, claims).await?;
    rate::admit(app, client, Subject::person(claims.sub), []).await?;
    Ok(signed_in)
}

/// The person of whom verified claims speak, if the session is still alive: 1 `BatchGetItem`, 2 read units.
pub(super) async fn confirm(app: &App, client: &Client, claims: &Claims) -> Result<SignedIn, AuthenticateError> {
    let found = store::with_account(&app.store, claims.sub, claims.sid).await?;
    let (account, session) = found.ok_or(AuthenticateError::TokenInvalid)?;
    client.trail.about(account.id);
    if !session.is_alive(account.session_epoch, client.now) || account.is_closed(client.now) {
        return Err(AuthenticateError::TokenInvalid);
    }
    Ok(SignedIn { account, session, tokens_in: TokensIn::Body })
}

/// The person behind the cookie that holds an access token: what [`authenticate`] costs.
pub async fn authenticate_by_cookie(app: &App, client: &Client, parts: &Parts) -> Result<SignedIn, AuthenticateError> {
    let token = app.config.browsers.cookies.one(&parts.headers, ACCESS)?.ok_or(AuthenticateError::TokenMissing)?;
    if !parts.method.is_safe() {
        csrf::check_origin(&app.config, &parts.headers)?;
    }
    let claims = app.access_tokens.verify(token, client.now).await?.ok_or(AuthenticateError::TokenInvalid)?;
    if !parts.method.is_safe() {
        csrf::check(&app.config, &app.tag_keys(client.now).await?, &parts.headers, claims.sid)?;
    }
    Ok(SignedIn { tokens_in: TokensIn::Cookies, ..admit(app, client, &claims).await? })
}

/// The refresh token in a browser's cookies, if the request is the person's own will. With an `Authorization` header
/// there is none, since no such header refreshes anything.
pub async fn refresh_cookie(
    app: &App,
    client: &Client,
    headers: &HeaderMap,
) -> Result<RefreshToken, AuthenticateError> {
    if headers.contains_key(header::AUTHORIZATION) {
        return Err(AuthenticateError::TokenMissing);
    }
    let token = app.config.browsers.cookies.one(headers, REFRESH)?.ok_or(AuthenticateError::TokenMissing)?;
    csrf::check_origin(&app.config, headers)?;
    let token = app.refresh_tokens(client.now).await?.parse(token).ok_or(AuthenticateError::TokenInvalid)?;
    csrf::check(&app.config, &app.tag_keys(client.now).await?, headers, token.session_id())?;
    Ok(token)
}

/// The token of an `Authorization: Bearer` header (RFC 6750, section 2.1). Two such headers are one too many.
pub fn bearer_token(headers: &HeaderMap) -> Result<Option<&str>, AuthenticateError> {
    let mut headers = headers.get_all(header::AUTHORIZATION).iter();
    let Some(header) = headers.next() else { return Ok(None) };
    let text = header.to_str().map_err(|_| AuthenticateError::TokenInvalid)?;
    let (scheme, token) = text.split_once(' ').ok_or(AuthenticateError::TokenInvalid)?;
    if headers.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") {
        return Err(AuthenticateError::TokenInvalid);
    }
    Ok(Some(token.trim()))
}

/// The same, also when the account is going to be deleted: for looking at that and for taking it back.
#[derive(Debug, Clone)]
pub struct EvenLeaving(pub SignedIn);

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let EvenLeaving(signed_in) = EvenLeaving::from_request_parts(parts, app).await?;
        match signed_in.account.deletion {
            Some(_) => Err(Problem::new(DELETION_PENDING)),
            None => Ok(signed_in),
        }
    }
}

impl FromRequestParts<App> for EvenLeaving {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // A layer before the handler has asked already.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let client = Client::from_request_parts(parts, app).await?;
        let signed_in = match bearer_token(&parts.headers)? {
            Some(token) => authenticate(app, &client, token).await?,
            None => authenticate_by_cookie(app, &client, parts).await?,
        };
        if let Some(own) = parts.extensions.get::<Own>() {
            own.mark();
        }
        Ok(Self(signed_in))
    }
}

/// The idempotency keys of a signed-in user are the account's, whichever session asks. The handler finds the user here and
/// need not ask the store again. An account's id is no IP address, so it is told apart from every [`Anybody`].
///
/// [`Anybody`]: latchkey_kernel::http::idempotency::Anybody
impl Caller<App> for EvenLeaving {
    const ACCEPTED: &'static str = "accepted of a person";

    async fn identify(parts: &mut Parts, _: &Client, app: &App) -> Result<String, Problem> {
        let caller = Self::from_request_parts(parts, app).await?;
        let id = caller.0.account.id.to_string();
        parts.extensions.insert(caller);
        Ok(id)
    }
}

impl From<SentTwice> for AuthenticateError {
    fn from(_: SentTwice) -> Self {
        Self::TokenInvalid
    }
}

impl From<AuthenticateError> for Problem {
    fn from(error: AuthenticateError) -> Self {
        match error {
            AuthenticateError::TokenMissing => Self::new(TOKEN_MISSING),
            AuthenticateError::TokenInvalid => Self::new(TOKEN_INVALID),
            AuthenticateError::Csrf(error) => error.into(),
            AuthenticateError::Refused(refused) => refused.into(),
            AuthenticateError::Failed(fault) => fault.into(),
        }
    }
}
