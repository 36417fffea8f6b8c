//! GitHub, and Enterprise Servers of it: OAuth without OpenID, so that who somebody is must be asked of the API.
//! <https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps>

use serde::Deserialize;
use serde_json::json;

use super::ask::{ProviderError, ask, get, post_form, post_json};
use super::authority::Authority;
use super::identity::{Identity, Standing, Subject, VouchedEmail, web_address};
use super::provider::{Authorize, CodeGrant, OurClient, basic, with_query};
use crate::accounts::ProviderName;
use latchkey_kernel::outbound::Outbound;

/// GitHub, and what it knows us by.
#[derive(Clone)]
pub(super) struct GitHub {
    pub(super) name: ProviderName,
    pub(super) client: OurClient,
    /// `https://github.com`, or an Enterprise Server; also the issuer of its ids.
    pub(super) url: String,
    pub(super) api_url: String,
    /// GitHub gives out no mailboxes; who runs an Enterprise Server may.
    pub(super) authority: Authority,
}

/// GitHub answers refusals with the status of a success.
#[derive(Deserialize)]
struct TokenAnswer {
    error: Option<String>,
    access_token: Option<String>,
    token_type: Option<String>,
}

#[derive(Deserialize)]
struct User {
    id: u64,
    login: String,
    name: Option<String>,
    avatar_url: Option<String>,
    html_url: Option<String>,
}

#[derive(Deserialize)]
struct Listed {
    email: String,
    primary: bool,
    verified: bool,
}

#[derive(Deserialize)]
struct Checked {
    app: CheckedApp,
    user: CheckedUser,
}

#[derive(Deserialize)]
struct CheckedApp {
    client_id: String,
}

#[derive(Deserialize)]
struct CheckedUser {
    id: u64,
}

impl GitHub {
    /// Where a browser is sent.
    pub(super) fn authorize(&self, visit: &Authorize<'_>) -> String {
        let fields = visit.fields(&self.client.id, &[("scope", "user:email"), ("allow_signup", "true")]);
        with_query(&format!("{}/login/oauth/authorize", self.url), &fields)
    }

    /// Who came back with a code: 3 requests.
    pub(super) async fn by_code(&self, outbound: &Outbound, grant: &CodeGrant<'_>) -> Result<Identity, ProviderError> {
        let mut fields = grant.fields();
        fields.extend([("client_id", self.client.id.as_str()), ("client_secret", self.client.secret.reveal())]);
        let request = post_form(&format!("{}/login/oauth/access_token", self.url), &fields, None)?;
        let answer: TokenAnswer = ask(outbound, request).await?.success()?;
        if answer.error.is_some() {
            return Err(ProviderError::Refused("an error with a status of success"));
        }
        let is_bearer = answer.token_type.as_deref().is_some_and(|kind| kind.eq_ignore_ascii_case("bearer"));
        let token = answer.access_token.filter(|token| is_bearer && !token.is_empty());
        // GitHub gave it to us, for a code that it gave to nobody else.
        self.owner_of(outbound, &token.ok_or(ProviderError::Distrusted("there is no token"))?, None).await
    }

    /// Who a client's access token is about, if it was made for us: 3 requests.
    pub(super) async fn by_access_token(&self, outbound: &Outbound, token: &str) -> Result<Identity, ProviderError> {
        let address = format!("{}/applications/{}/token", self.api_url, self.client.id);
        let request = post_json(&address, &json!({ "access_token": token }), &basic(&self.client))?;
        let checked: Checked = ask(outbound, request).await?.success()?;
        if checked.app.client_id != self.client.id {
            return Err(ProviderError::Refused("the access token is for another client"));
        }
        self.owner_of(outbound, token, Some(checked.user.id)).await
    }

    async fn owner_of(&self, outbound: &Outbound, token: &str, known: Option<u64>) -> Result<Identity, ProviderError> {
        let user: User = ask(outbound, get(&format!("{}/user", self.api_url), Some(token))?).await?.success()?;
        let subject = Subject::parse(&user.id.to_string()).ok_or(ProviderError::Distrusted("the id says nothing"))?;
        if known.is_some_and(|id| id != user.id) {
            return Err(ProviderError::Distrusted("the token is about somebody else"));
        }
        let address = format!("{}/user/emails?per_page=100", self.api_url);
        let emails: Vec<Listed> = ask(outbound, get(&address, Some(token))?).await?.success()?;
        // The address of the profile is whatever the person wrote there; of these one is the account's own. It was verified
        // when it was added, perhaps years ago.
        let email = emails.iter().find(|email| email.primary).and_then(|primary| {
            let Listed { email, verified, .. } = primary;
            let vouched = || self.authority.vouches(email, None);
            if *verified { vouched() } else { VouchedEmail::parse(email, Standing::Claimed) }
        });
        Ok(Identity {
            email,
            avatar_url: web_address(user.avatar_url.as_deref()),
            profile_url: web_address(user.html_url.as_deref()),
            handle: Some(user.login.clone()),
            ..Identity::bare(&self.name, &self.url, subject).named(&[user.name.as_deref(), Some(&user.login)])
        })
    }
}
