//! Facebook: OAuth of its own kind. What it tells of a mail address is the person's word.
//! <https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow>
//!
//! Its documents put tokens into addresses. A batch holds the same requests in its body, so that no log of an address
//! has one: <https://developers.facebook.com/docs/graph-api/batch-requests>

use aws_lc_rs::hmac;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::ask::{ProviderError, ask, post_form};
use super::identity::{Identity, Standing, Subject, VouchedEmail, web_address};
use super::provider::{Authorize, CodeGrant, OurClient, with_query};
use crate::accounts::ProviderName;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::outbound::Outbound;

/// The issuer of its ids: they are different ones for each app, and the app is named in their claim.
const ISSUER: &str = "https://www.facebook.com";
/// What is asked of a person.
const FIELDS: &str = "id,first_name,last_name,middle_name,name,name_format,picture,short_name,email";

/// Facebook, and what it knows us by.
#[derive(Clone)]
pub(super) struct Facebook {
    pub(super) name: ProviderName,
    pub(super) client: OurClient,
    pub(super) url: String,
    pub(super) api_url: String,
    /// The version of the Graph API.
    pub(super) version: String,
}

#[derive(Deserialize)]
struct TokenAnswer {
    error: Option<Value>,
    access_token: Option<String>,
}

/// One answer of a batch; its body is a text that holds JSON.
#[derive(Deserialize)]
struct Part {
    code: u16,
    body: String,
}

#[derive(Deserialize)]
struct Inspected {
    data: Token,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    is_valid: bool,
    app_id: Option<String>,
    user_id: Option<String>,
    /// 0: never.
    #[serde(default)]
    expires_at: i64,
}

#[derive(Deserialize)]
struct Me {
    id: String,
    name: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    email: Option<String>,
    picture: Option<Picture>,
}

#[derive(Deserialize)]
struct Picture {
    data: PictureData,
}

#[derive(Deserialize)]
struct PictureData {
    url: Option<String>,
}

impl Facebook {
    /// Where a browser is sent. The person shows who they are, even if the browser is signed in there.
    pub(super) fn authorize(&self, visit: &Authorize<'_>) -> String {
        let own = [("scope", "email,public_profile"), ("auth_type", "reauthenticate"), ("auth_nonce", visit.nonce)];
        with_query(&format!("{}/{}/dialog/oauth", self.url, self.version), &visit.fields(&self.client.id, &own))
    }

    /// Who came back with a code: 2 requests.
    pub(super) async fn by_code(
        &self,
        outbound: &Outbound,
        grant: &CodeGrant<'_>,
        now: Timestamp,
    ) -> Result<Identity, ProviderError> {
        let mut fields = grant.fields();
        fields.extend([("client_id", self.client.id.as_str()), ("client_secret", self.client.secret.reveal())]);
        let request = post_form(&format!("{}/{}/oauth/access_token", self.api_url, self.version), &fields, None)?;
        let answer: TokenAnswer = ask(outbound, request).await?.success()?;
        if answer.error.is_some() {
            return Err(ProviderError::Refused("an error with a status of success"));
        }
        let token = answer.access_token.filter(|token| !token.is_empty());
        self.by_access_token(outbound, &token.ok_or(ProviderError::Distrusted("there is no token"))?, now).await
    }

    /// Who an access token is about, if it was made for us: 1 request with two in it.
    pub(super) async fn by_access_token(
        &self,
        outbound: &Outbound,
        token: &str,
        now: Timestamp,
    ) -> Result<Identity, ProviderError> {
        let (app, secret) = (self.client.id.as_str(), self.client.secret.reveal());
        let inspect = with_query("debug_token", &[("input_token", token)]);
        let proof = proof(secret, token);
        let ask_me = [("fields", FIELDS), ("locale", "en_US"), ("access_token", token), ("appsecret_proof", &proof)];
        let batch = json!([
            { "method": "GET", "relative_url": inspect },
            { "method": "GET", "relative_url": with_query("me", &ask_me) },
        ])
        .to_string();
        let own_token = format!("{app}|{secret}");
        let fields = [("access_token", own_token.as_str()), ("include_headers", "false"), ("batch", &batch)];
        let request = post_form(&format!("{}/{}/", self.api_url, self.version), &fields, None)?;
        let parts: Vec<Option<Part>> = ask(outbound, request).await?.success()?;
        let [Some(inspected), Some(me)] = parts.as_slice() else {
            return Err(ProviderError::Distrusted("the batch was not answered"));
        };
        let token = part::<Inspected>(inspected)?.data;
        if !token.is_valid || (token.expires_at != 0 && token.expires_at <= now.as_second()) {
            return Err(ProviderError::Refused("the access token is not good"));
        }
        if token.app_id.as_deref() != Some(app) {
            return Err(ProviderError::Refused("the access token is for another client"));
        }
        let me: Me = part(me)?;
        let subject = Subject::parse(&me.id).ok_or(ProviderError::Distrusted("the id says nothing"))?;
        if token.user_id.as_deref() != Some(subject.as_str()) {
            return Err(ProviderError::Distrusted("the token is about somebody else"));
        }
        let both = me.first_name.as_ref().zip(me.last_name.as_ref()).map(|(first, last)| format!("{first} {last}"));
        let picture = me.picture.and_then(|picture| picture.data.url);
        // Ids belong to an app: the same number at another one is somebody else.
        let issuer = format!("{ISSUER}/{app}");
        Ok(Identity {
            email: me.email.as_deref().and_then(|email| VouchedEmail::parse(email, Standing::Claimed)),
            avatar_url: web_address(picture.as_deref()),
            ..Identity::bare(&self.name, &issuer, subject).named(&[me.name.as_deref(), both.as_deref()])
        })
    }
}

fn part<T: DeserializeOwned>(part: &Part) -> Result<T, ProviderError> {
    if part.code != 200 {
        return Err(ProviderError::Refused("it answers with an error"));
    }
    serde_json::from_str(&part.body).map_err(|_| ProviderError::Distrusted("its answer has another form"))
}

/// Shows that the request comes from who has the app's secret, not from who found the token.
fn proof(secret: &str, token: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    let tag = hmac::sign(&key, token.as_bytes());
    tag.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proof_is_the_hmac_of_the_token_under_the_secret() {
        // RFC 4231, test case 2.
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(proof("Jefe", "what do ya want for nothing?"), expected);
    }
}
