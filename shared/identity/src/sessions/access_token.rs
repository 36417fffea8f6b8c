//! Access tokens: JWTs of the profile of RFC 9068, checked by the rules of RFC 8725.
//!
//! Signed with RS256, since API Gateway's JWT authorizer verifies only RSA. Everything that a library might take
//! on trust is checked here: the header's `alg`, `typ`, `crit` and `kid`, and every claim against the request's
//! own time.

use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::{Deserialize, Serialize};

use super::config::{Lifetimes, Tokens};
use super::jwk::{KeySet, TokenVerifiers};
use super::signing::TokenSigner;
use super::{Session, SessionId};
use crate::accounts::{Account, AccountId};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::config::Section;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::{Held, Secrets};

/// What a token says. Unknown and repeated claims are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who issued it: the public URL.
    pub iss: String,
    /// For whom: the configured audience.
    pub aud: String,
    /// To which client it was issued: the configured one.
    pub client_id: String,
    /// Whose it is.
    pub sub: AccountId,
    /// The same, under the name that the source systems use.
    pub user_id: AccountId,
    /// The session it belongs to.
    pub sid: SessionId,
    /// Its own id.
    pub jti: String,
    /// When it was issued, in seconds.
    pub iat: i64,
    /// From when it is good, in seconds.
    pub nbf: i64,
    /// Until when it is good, in seconds.
    pub exp: i64,
    /// The roles that the account held when it was issued.
    pub roles: Vec<String>,
    /// Always `access`.
    pub token_type: String,
}

/// How far the clocks of two gateways may be apart.
const LEEWAY_SECONDS: i64 = 5;
/// After how long an unknown key is looked for again.
const LOOK_AGAIN_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// Longer tokens than any that we issue are not looked at.
const LONGEST: usize = 4096;

/// Issues and verifies access tokens.
pub struct AccessTokens {
    signing: Held<TokenSigner>,
    verifying: Held<TokenVerifiers>,
    looked_for_keys_at: Mutex<Option<Timestamp>>,
    said: Section<Tokens>,
    lifetimes: Section<Lifetimes>,
    entropy: Entropy,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
    crit: Option<serde::de::IgnoredAny>,
}

/// What issues access tokens; had before anything is written that a token should show.
pub struct TokenIssuer<'a> {
    tokens: &'a AccessTokens,
    signer: Arc<TokenSigner>,
}

impl AccessTokens {
    /// Tokens under the keys of these secrets, as these sections of the configuration say.
    pub fn new(secrets: &Secrets, said: Section<Tokens>, lifetimes: Section<Lifetimes>, entropy: Entropy) -> Self {
        Self {
            signing: secrets.hold(),
            verifying: secrets.hold(),
            looked_for_keys_at: Mutex::default(),
            said,
            lifetimes,
            entropy,
        }
    }

    /// The public keys.
    pub async fn key_set(&self) -> Result<KeySet, Fault> {
        Ok(self.verifying.get().await?.key_set.clone())
    }

    /// What issues tokens.
    pub async fn issuer(&self) -> Result<TokenIssuer<'_>, Fault> {
        Ok(TokenIssuer { tokens: self, signer: self.signing.get().await? })
    }

    /// The claims of a token that is good at `now`. Why another is not is nobody's business.
    pub async fn verify(&self, token: &str, now: Timestamp) -> Result<Option<Claims>, Fault> {
        let Some(kid) = key_of(token) else { return Ok(None) };
        let mut keys = self.verifying.get().await?;
        if keys.get(&kid).is_none() && self.may_look_for_newer_keys(now) {
            keys = self.verifying.read().await?;
        }
        Ok(keys.get(&kid).and_then(|key| self.check(token, key, now)))
    }

    /// Whether an unknown key is worth a request: once in half a minute, since anybody can invent one.
    fn may_look_for_newer_keys(&self, now: Timestamp) -> bool {
        let mut last = self.looked_for_keys_at.lock().unwrap_or_else(PoisonError::into_inner);
        let may = last.is_none_or(|last| now.since(last) >= LOOK_AGAIN_AFTER);
        if may {
            *last = Some(now);
        }
        may
    }

    fn check(&self, token: &str, key: &DecodingKey, now: Timestamp) -> Option<Claims> {
        let claims = jsonwebtoken::decode::<Claims>(token, key, &signature_only()).ok()?.claims;
        let seconds = now.as_second();
        let good = claims.iss == self.said.issuer
            && claims.aud == self.said.audience
            && claims.client_id == self.said.client_id
            && claims.sub == claims.user_id
            && claims.token_type == "access"
            && claims.iat <= seconds.saturating_add(LEEWAY_SECONDS)
            && claims.nbf <= seconds.saturating_add(LEEWAY_SECONDS)
            && claims.exp > seconds
            && claims.exp.saturating_sub(claims.iat) <= self.lifetimes.access_token.as_secs();
        good.then_some(claims)
    }
}

impl TokenIssuer<'_> {
    /// A token that shows this session. None when the key cannot sign.
    pub fn issue(&self, account: &Account, session: &Session, now: Timestamp) -> Option<String> {
        let tokens = self.tokens;
        let claims = Claims {
            iss: tokens.said.issuer.clone(),
            aud: tokens.said.audience.clone(),
            client_id: tokens.said.client_id.clone(),
            sub: account.id,
            user_id: account.id,
            sid: session.id,
            jti: tokens.entropy.uuid_v7(now).to_string(),
            iat: now.as_second(),
            nbf: now.as_second(),
            exp: now.plus(tokens.lifetimes.access_token).as_second(),
            roles: account.roles.clone(),
            token_type: "access".to_owned(),
        };
        sign(&self.signer, &claims)
    }

    /// How long a token is good.
    pub fn life(&self) -> SignedDuration {
        self.tokens.lifetimes.access_token
    }
}

/// The header of every token under this key, in base64url.
pub(super) fn header(kid: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}}"#))
}

fn sign(signer: &TokenSigner, claims: &Claims) -> Option<String> {
    let mut token = signer.header.clone();
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(serde_json::to_vec(claims).ok()?, &mut token);
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Some(token)
}

/// The key that a token's header names, if the header is one of ours.
fn key_of(token: &str) -> Option<String> {
    if token.len() > LONGEST {
        return None;
    }
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: Header = serde_json::from_slice(&header).ok()?;
    let ours = header.alg == "RS256" && header.typ.eq_ignore_ascii_case("at+jwt") && header.crit.is_none();
    ours.then_some(header.kid)
}

/// The library checks the signature; the claims are ours to check, because it would ask the machine's clock.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}
