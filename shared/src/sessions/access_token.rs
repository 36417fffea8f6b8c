//! Access tokens: JWTs of the profile of RFC 9068, checked by the rules of RFC 8725.
//!
//! Signed with RS256, since API Gateway's JWT authorizer verifies only RSA. Everything that a library might take
//! on trust is checked here: the header's `alg`, `typ`, `crit` and `kid`, and every claim against the request's
//! own time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, Validation};
use serde::{Deserialize, Serialize};

use super::Session;
use super::signing::{KeySet, SigningKeys};
use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::entropy::Entropy;
use crate::id::{AccountId, SessionId};
use crate::secret::{MaterialError, SigningMaterial};

/// What a token says. Unknown and repeated claims are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    /// Who issued it: the public URL.
    pub iss: String,
    /// For whom: the configured audience.
    pub aud: String,
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
/// Longer tokens than any that we issue are not looked at.
const LONGEST: usize = 4096;

/// Issues and verifies access tokens.
pub struct AccessTokens {
    keys: SigningKeys,
    issuer: String,
    audience: String,
    life: SignedDuration,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
    crit: Option<serde::de::IgnoredAny>,
}

impl AccessTokens {
    /// Tokens under these keys, as the configuration says.
    pub fn new(material: &SigningMaterial, config: &Config) -> Result<Self, MaterialError> {
        Ok(Self {
            keys: SigningKeys::new(material)?,
            issuer: config.public_url.to_string(),
            audience: config.token_audience.clone(),
            life: config.lifetimes.access_token,
        })
    }

    /// How long a token is good.
    pub fn life(&self) -> SignedDuration {
        self.life
    }

    /// The public keys.
    pub fn key_set(&self) -> &KeySet {
        &self.keys.key_set
    }

    /// A token that shows this session. None when the key cannot sign.
    pub fn issue(&self, account: &Account, session: &Session, now: Timestamp, entropy: &Entropy) -> Option<String> {
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: account.id,
            user_id: account.id,
            sid: session.id,
            jti: entropy.uuid_v7(now).to_string(),
            iat: now.as_second(),
            nbf: now.as_second(),
            exp: now.plus(self.life).as_second(),
            roles: account.roles.clone(),
            token_type: "access".to_owned(),
        };
        self.sign(&claims)
    }

    fn sign(&self, claims: &Claims) -> Option<String> {
        let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{}"}}"#, self.keys.current_kid());
        let claims = serde_json::to_vec(claims).ok()?;
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.keys.sign(message.as_bytes())?;
        Some(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token that is good at `now`. Why another is not is nobody's business.
    pub fn verify(&self, token: &str, now: Timestamp) -> Option<Claims> {
        if token.len() > LONGEST {
            return None;
        }
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
        let header: Header = serde_json::from_slice(&header).ok()?;
        if header.alg != "RS256" || !header.typ.eq_ignore_ascii_case("at+jwt") || header.crit.is_some() {
            return None;
        }
        let key = self.keys.verifier(&header.kid)?;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &signature_only()).ok()?.claims;
        let seconds = now.as_second();
        let good = claims.iss == self.issuer
            && claims.aud == self.audience
            && claims.sub == claims.user_id
            && claims.token_type == "access"
            && claims.iat <= seconds.saturating_add(LEEWAY_SECONDS)
            && claims.nbf <= seconds.saturating_add(LEEWAY_SECONDS)
            && claims.exp > seconds
            && claims.exp.saturating_sub(claims.iat) <= self.life.as_secs();
        good.then_some(claims)
    }
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
