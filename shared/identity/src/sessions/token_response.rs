//! The answer of everything that signs a person in: two tokens, in the body or, for browsers that ask for it, in
//! cookies that no script can read.

use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use jiff::SignedDuration;
use serde::Serialize;
use utoipa::ToSchema;

use super::known_device::KNOWN_FOR;
use super::{DeviceToken, NewSession, RefreshToken, Session, TokenIssuer};
use crate::accounts::{Account, User};
use crate::app::App;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::cookies::{ACCESS, DEVICE, REFRESH, SetCookies, XSRF};
use latchkey_kernel::http::csrf::{self, CsrfFailed};
use latchkey_kernel::http::{Json, Problem};

/// Where a caller keeps its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokensIn {
    /// In its own hands.
    Body,
    /// In a browser's cookies.
    Cookies,
}

impl TokensIn {
    /// Where the tokens of a person who signs in go. Who asks for cookies must be a page that may: otherwise any page
    /// could sign its visitors in to an account of its own choice.
    pub fn asked(app: &App, headers: &HeaderMap, cookie: bool) -> Result<Self, CsrfFailed> {
        if !cookie {
            return Ok(Self::Body);
        }
        csrf::check_origin(&app.config, headers).map(|()| Self::Cookies)
    }
}

/// What the device shows to be known: in the body, or, by a browser that asks for cookies, in its own. What is no such
/// token makes it a stranger, and nothing worse.
pub fn shown_by_device(
    app: &App,
    headers: &HeaderMap,
    in_body: Option<&str>,
    tokens_in: TokensIn,
) -> Option<DeviceToken> {
    let kept = || app.config.browsers.cookies.one(headers, DEVICE).ok().flatten();
    let in_cookie = || kept().filter(|_| tokens_in == TokensIn::Cookies);
    DeviceToken::parse(in_body.or_else(in_cookie)?).ok()
}

/// The cookie that a browser's device is known by, for an answer that begins no session.
pub fn known_device_cookie(app: &App, device: &DeviceToken) -> SetCookies {
    app.config.browsers.cookies.set().keep(DEVICE, &device.reveal(), KNOWN_FOR)
}

/// A pair of tokens, and whose it is.
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    /// The access token: a JWT, to be sent as `Authorization: Bearer`. Absent in cookie mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<String>,
    /// The refresh token: opaque, good for one refresh. Absent in cookie mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh: Option<String>,
    /// What to send with the next sign-in on this device, so that it is known: good for 180 days. Only in the answer to a
    /// sign-in, and absent in cookie mode.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: i64,
    /// Seconds until the refresh token expires unless it is used.
    #[schema(example = 2_592_000)]
    refresh_expires_in: i64,
    /// In cookie mode: what to send as `X-XSRF-TOKEN` with everything but `GET`, until the person signs out.
    #[serde(skip_serializing_if = "Option::is_none")]
    csrf_token: Option<String>,
    /// The person.
    user: User,
    #[serde(skip)]
    cookies: Option<SetCookies>,
}

impl TokenResponse {
    /// The answer to a sign-in: the tokens, and what its device is known by.
    pub async fn of_sign_in(
        app: &App,
        issuer: &TokenIssuer<'_>,
        client: &Client,
        account: &Account,
        new: &NewSession,
        tokens_in: TokensIn,
    ) -> Result<Self, Problem> {
        let response = Self::new(app, issuer, client, account, &new.session, &new.refresh_token, tokens_in).await?;
        let device_token = new.device_token.reveal();
        Ok(match response.cookies {
            Some(cookies) => Self { cookies: Some(cookies.keep(DEVICE, &device_token, KNOWN_FOR)), ..response },
            None => Self { device_token: Some(device_token), ..response },
        })
    }

    /// The tokens of a session, with a fresh access token, for a caller that keeps them there.
    pub async fn new(
        app: &App,
        issuer: &TokenIssuer<'_>,
        client: &Client,
        account: &Account,
        session: &Session,
        refresh: &RefreshToken,
        tokens_in: TokensIn,
    ) -> Result<Self, Problem> {
        let access = issuer.issue(account, session, client.now);
        let access = access.ok_or_else(|| Problem::internal("the signing key cannot sign"))?;
        let refresh_life = session.idle_expires_at.min(session.expires_at).since(client.now);
        let response = Self {
            access: None,
            refresh: None,
            device_token: None,
            token_type: "Bearer",
            expires_in: issuer.life().as_secs(),
            refresh_expires_in: refresh_life.as_secs(),
            csrf_token: None,
            user: User::from(account),
            cookies: None,
        };
        match tokens_in {
            TokensIn::Body => Ok(Self { access: Some(access), refresh: Some(refresh.reveal()), ..response }),
            TokensIn::Cookies => {
                let csrf_token = csrf::token(&app.tag_keys(client.now).await?, session.id);
                let csrf_token = csrf_token.ok_or_else(|| Problem::internal("no key of tags is in use"))?;
                let cookies = cookies(app, issuer.life(), refresh_life, &access, refresh, &csrf_token);
                Ok(Self { csrf_token: Some(csrf_token), cookies: Some(cookies), ..response })
            }
        }
    }
}

impl TokenResponse {
    /// The cookies, for an answer that says more than this.
    pub fn take_cookies(&mut self) -> Option<SetCookies> {
        self.cookies.take()
    }
}

fn cookies(
    app: &App,
    access_life: SignedDuration,
    refresh_life: SignedDuration,
    access: &str,
    refresh: &RefreshToken,
    csrf_token: &str,
) -> SetCookies {
    let cookies = app.config.browsers.cookies.set();
    cookies.keep(ACCESS, access, access_life).keep(REFRESH, &refresh.reveal(), refresh_life).show_scripts(
        XSRF,
        csrf_token,
        refresh_life,
    )
}

impl IntoResponse for TokenResponse {
    fn into_response(mut self) -> Response {
        match self.take_cookies() {
            Some(cookies) => (cookies, Json(self)).into_response(),
            None => Json(self).into_response(),
        }
    }
}
