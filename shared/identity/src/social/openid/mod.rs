//! Any issuer of OpenID Connect, Google among them: the authorization code flow of OpenID Connect Core 1.0, and tokens
//! that a client got by itself. Why no library does it: docs/decisions/own-openid-client.md.

mod id_token;
mod issuer;
mod keys;

use std::sync::Arc;

use serde::Deserialize;

pub(super) use id_token::{Expected, Person};
pub(super) use issuer::IssuerCache;

use super::ask::{ProviderError, ask, get, post_form};
use super::authority::Authority;
use super::google;
use super::identity::{Identity, Standing, Subject, VouchedEmail, web_address};
use super::provider::{Authorize, CodeGrant, OurClient, basic, with_query};
use crate::accounts::ProviderName;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::outbound::Outbound;

/// An issuer, and what it knows us by.
#[derive(Clone)]
pub(super) struct OpenId {
    pub(super) name: ProviderName,
    pub(super) issuer: String,
    pub(super) client: OurClient,
    pub(super) authority: Authority,
    pub(super) cache: Arc<IssuerCache>,
}

#[derive(Deserialize)]
struct TokenAnswer {
    error: Option<String>,
    token_type: Option<String>,
    id_token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    person: Person,
}

impl OpenId {
    /// Whether it is Google.
    pub(super) fn is_google(&self) -> bool {
        matches!(self.authority, Authority::Google)
    }

    /// Where a browser is sent: at most 1 request.
    pub(super) async fn authorize(
        &self,
        outbound: &Outbound,
        visit: &Authorize<'_>,
        now: Timestamp,
    ) -> Result<String, ProviderError> {
        let description = self.cache.description(outbound, &self.issuer, now).await?;
        let mut fields = vec![("scope", "openid email profile"), ("nonce", visit.nonce)];
        if self.is_google() {
            fields.push(("access_type", "online"));
        }
        Ok(with_query(&description.authorization_endpoint, &visit.fields(&self.client.id, &fields)))
    }

    /// Who came back with a code: 1 request, at most 3 more.
    pub(super) async fn by_code(
        &self,
        outbound: &Outbound,
        grant: &CodeGrant<'_>,
        now: Timestamp,
    ) -> Result<Identity, ProviderError> {
        let description = self.cache.description(outbound, &self.issuer, now).await?;
        // An answer that another issuer gave, or that hides who gave it, is a mix-up (RFC 9207, section 2.4).
        match grant.issuer {
            Some(issuer) if issuer != self.issuer => return Err(ProviderError::Distrusted("another issuer answers")),
            None if grant.redirected && description.authorization_response_iss_parameter_supported => {
                return Err(ProviderError::Distrusted("the issuer does not say who it is"));
            }
            _ => {}
        }
        let mut fields = grant.fields();
        let authorization = description.takes_basic().then(|| basic(&self.client));
        if authorization.is_none() {
            fields.extend([("client_id", self.client.id.as_str()), ("client_secret", self.client.secret.reveal())]);
        }
        let request = post_form(&description.token_endpoint, &fields, authorization.as_deref())?;
        let tokens: TokenAnswer = ask(outbound, request).await?.success()?;
        if tokens.error.is_some() {
            return Err(ProviderError::Refused("an error with a status of success"));
        }
        let is_bearer = tokens.token_type.as_deref().is_none_or(|kind| kind.eq_ignore_ascii_case("bearer"));
        let id_token =
            tokens.id_token.filter(|_| is_bearer).ok_or(ProviderError::Distrusted("there is no id_token"))?;
        let claims = self.claims(outbound, &id_token, grant.nonce, now).await?;
        let subject = Subject::parse(&claims.sub).ok_or(ProviderError::Distrusted("the subject says nothing"))?;
        let told = match (claims.person.email.is_some(), &description.userinfo_endpoint, &tokens.access_token) {
            // An id_token need not say who somebody is besides the subject (section 5.4).
            (false, Some(endpoint), Some(token)) => userinfo(outbound, endpoint, token, &subject).await?,
            _ => claims.person,
        };
        Ok(self.identity(subject, &told))
    }

    /// Who a client's `id_token` is about, and when it expires: at most 3 requests.
    pub(super) async fn by_id_token(
        &self,
        outbound: &Outbound,
        token: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<(Identity, Timestamp), ProviderError> {
        let claims = self.claims(outbound, token, nonce, now).await?;
        let subject = Subject::parse(&claims.sub).ok_or(ProviderError::Distrusted("the subject says nothing"))?;
        Ok((self.identity(subject, &claims.person), claims.expires_at(now)))
    }

    /// Who a client's access token is about. Only Google tells for whom an access token was made.
    pub(super) async fn by_access_token(
        &self,
        outbound: &Outbound,
        token: &str,
        now: Timestamp,
    ) -> Result<Identity, ProviderError> {
        if !self.is_google() {
            return Err(ProviderError::Unsupported);
        }
        let subject = google::subject_of(outbound, &self.client, token).await?;
        let description = self.cache.description(outbound, &self.issuer, now).await?;
        let endpoint = description.userinfo_endpoint.as_deref();
        let endpoint = endpoint.ok_or(ProviderError::Distrusted("there is no userinfo"))?;
        let told = userinfo(outbound, endpoint, token, &subject).await?;
        Ok(self.identity(subject, &told))
    }

    async fn claims(
        &self,
        outbound: &Outbound,
        token: &str,
        nonce: Option<&str>,
        now: Timestamp,
    ) -> Result<id_token::Claims, ProviderError> {
        let description = self.cache.description(outbound, &self.issuer, now).await?;
        let mut issuers = vec![self.issuer.as_str()];
        if self.is_google() {
            issuers.push(google::OTHER_NAME);
        }
        let expected = Expected { issuers: &issuers, clients: self.client.ids(), nonce, now };
        self.cache.claims(outbound, &description, token, &expected).await
    }

    fn identity(&self, subject: Subject, told: &Person) -> Identity {
        // What the issuer itself has not seen to be the user's may be a victim's address: a mailed code must prove it.
        let email = told.email.as_deref().and_then(|email| {
            let vouched = || self.authority.vouches(email, told.hd.as_deref());
            if told.email_verified { vouched() } else { VouchedEmail::parse(email, Standing::Claimed) }
        });
        let both = match (&told.given_name, &told.family_name) {
            (Some(given), Some(family)) => Some(format!("{given} {family}")),
            (given, family) => given.clone().or(family.clone()),
        };
        let names = [told.name.as_deref(), both.as_deref(), told.preferred_username.as_deref()];
        Identity {
            email,
            avatar_url: web_address(told.picture.as_deref()),
            profile_url: web_address(told.profile.as_deref()),
            ..Identity::bare(&self.name, &self.issuer, subject).named(&names)
        }
    }
}

/// What the userinfo endpoint tells; it must be about the same person (section 5.3.2).
async fn userinfo(
    outbound: &Outbound,
    endpoint: &str,
    token: &str,
    subject: &Subject,
) -> Result<Person, ProviderError> {
    let told: UserInfo = ask(outbound, get(endpoint, Some(token))?).await?.success()?;
    if told.sub != subject.as_str() {
        return Err(ProviderError::Distrusted("userinfo is about somebody else"));
    }
    Ok(told.person)
}
