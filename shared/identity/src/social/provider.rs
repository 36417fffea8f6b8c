//! The port to the providers: where a person is sent, and who comes back.
//!
//! What a provider hands us (codes, access tokens, `id_token`s) is used for the one question and dropped. Nothing of it is
//! stored, logged, or told on.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};

use super::ask::ProviderError;
use super::facebook::Facebook;
use super::github::GitHub;
use super::identity::Identity;
use super::openid::OpenId;
use super::spending::{Spending, UsedIdToken};
use crate::accounts::ProviderName;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::outbound::Outbound;
use latchkey_kernel::secret::SecretText;

/// A provider that the owner has configured.
#[derive(Clone)]
pub struct Provider {
    pub(super) name: ProviderName,
    pub(super) display: String,
    pub(super) kind: Kind,
    pub(super) outbound: Outbound,
}

/// How a provider is asked.
#[derive(Clone)]
pub(super) enum Kind {
    OpenId(OpenId),
    GitHub(GitHub),
    Facebook(Facebook),
}

/// What a provider knows us by.
#[derive(Clone)]
pub(super) struct OurClient {
    pub(super) id: String,
    pub(super) secret: SecretText,
    pub(super) also_for: Vec<String>,
}

/// What a client holds that shows who its person is.
pub enum Credential {
    /// An access token of the provider's.
    AccessToken(String),
    /// An `id_token`, and the nonce that the client asked for it with.
    IdToken {
        /// The token.
        token: String,
        /// The nonce.
        nonce: Option<String>,
    },
    /// An authorization code.
    Code {
        /// The code.
        code: String,
        /// Where the provider handed it out; our own callback if the client does not say.
        redirect_uri: Option<String>,
        /// The client's PKCE verifier.
        verifier: Option<String>,
        /// The nonce that the client asked for the code with.
        nonce: Option<String>,
    },
}

/// One visit to a provider, on the way there.
pub(super) struct Authorize<'a> {
    pub(super) redirect_uri: &'a str,
    pub(super) state: &'a str,
    pub(super) nonce: &'a str,
    pub(super) verifier: &'a str,
}

/// The same, on the way back.
pub(super) struct CodeGrant<'a> {
    pub(super) code: &'a str,
    pub(super) redirect_uri: &'a str,
    pub(super) verifier: Option<&'a str>,
    pub(super) nonce: Option<&'a str>,
    /// Who says that it answers (RFC 9207).
    pub(super) issuer: Option<&'a str>,
    /// Whether the browser brought it from there itself.
    pub(super) redirected: bool,
}

impl Provider {
    /// Its name.
    pub fn name(&self) -> &ProviderName {
        &self.name
    }

    /// Its name for people.
    pub fn display(&self) -> &str {
        &self.display
    }

    /// Where a browser is sent: at most 1 request.
    pub(super) async fn authorize(&self, visit: &Authorize<'_>, now: Timestamp) -> Result<String, ProviderError> {
        match &self.kind {
            Kind::OpenId(issuer) => issuer.authorize(&self.outbound, visit, now).await,
            Kind::GitHub(github) => Ok(github.authorize(visit)),
            Kind::Facebook(facebook) => Ok(facebook.authorize(visit)),
        }
    }

    /// Who came back with a code: 1 to 4 requests.
    pub(super) async fn by_code(&self, grant: &CodeGrant<'_>, now: Timestamp) -> Result<Identity, ProviderError> {
        match &self.kind {
            Kind::OpenId(issuer) => issuer.by_code(&self.outbound, grant, now).await,
            Kind::GitHub(github) => github.by_code(&self.outbound, grant).await,
            Kind::Facebook(facebook) => facebook.by_code(&self.outbound, grant, now).await,
        }
    }

    /// Whether this is the word that a client of this provider sends in place of an address: the script of Google's button
    /// opens a window, and hands the code to the page itself.
    pub(super) fn hands_codes_to_pages(&self, redirect_uri: &str) -> bool {
        let is_google = matches!(&self.kind, Kind::OpenId(issuer) if issuer.is_google());
        is_google && redirect_uri == "postmessage"
    }

    /// Who a client's own credential is about, and what of it must be spent: 1 to 4 requests. `callback` is where codes are
    /// handed out, unless the client says otherwise. A nonce that the provider does not know is not passed over: the client
    /// would take it for compared.
    pub(super) async fn by_credential(
        &self,
        credential: &Credential,
        callback: &str,
        now: Timestamp,
    ) -> Result<(Identity, Spending), ProviderError> {
        let identity = match (credential, &self.kind) {
            (
                Credential::Code { nonce: Some(_), .. } | Credential::IdToken { .. },
                Kind::GitHub(_) | Kind::Facebook(_),
            ) => return Err(ProviderError::Unsupported),
            (Credential::Code { code, redirect_uri, verifier, nonce }, _) => {
                let grant = CodeGrant {
                    code,
                    redirect_uri: redirect_uri.as_deref().unwrap_or(callback),
                    verifier: verifier.as_deref(),
                    nonce: nonce.as_deref(),
                    issuer: None,
                    redirected: false,
                };
                self.by_code(&grant, now).await?
            }
            (Credential::IdToken { token, nonce }, Kind::OpenId(issuer)) => {
                let (identity, until) = issuer.by_id_token(&self.outbound, token, nonce.as_deref(), now).await?;
                return Ok((identity, Spending::IdToken(UsedIdToken::of(token, until))));
            }
            (Credential::AccessToken(token), Kind::OpenId(issuer)) => {
                issuer.by_access_token(&self.outbound, token, now).await?
            }
            (Credential::AccessToken(token), Kind::GitHub(github)) => {
                github.by_access_token(&self.outbound, token).await?
            }
            (Credential::AccessToken(token), Kind::Facebook(facebook)) => {
                facebook.by_access_token(&self.outbound, token, now).await?
            }
        };
        Ok((identity, Spending::Nothing))
    }
}

impl OurClient {
    /// Every client that a token may be for.
    pub(super) fn ids(&self) -> Vec<&str> {
        std::iter::once(&self.id).chain(&self.also_for).map(String::as_str).collect()
    }
}

impl Authorize<'_> {
    /// The fields that every provider takes, PKCE (RFC 7636) among them, and these.
    pub(super) fn fields<'a>(&'a self, client: &'a str, own: &[(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier));
        let shared = [
            ("response_type", "code"),
            ("client_id", client),
            ("redirect_uri", self.redirect_uri),
            ("state", self.state),
            ("code_challenge_method", "S256"),
        ];
        let all = shared.into_iter().chain(own.iter().copied()).map(|(name, value)| (name, value.to_owned()));
        all.chain([("code_challenge", challenge)]).collect()
    }
}

impl<'a> CodeGrant<'a> {
    /// The fields of the request for tokens.
    pub(super) fn fields(&self) -> Vec<(&'a str, &'a str)> {
        let mut fields =
            vec![("grant_type", "authorization_code"), ("code", self.code), ("redirect_uri", self.redirect_uri)];
        fields.extend(self.verifier.map(|verifier| ("code_verifier", verifier)));
        fields
    }
}

/// Id and secret as RFC 6749, section 2.3.1, has them: each as in a form, joined, in Base64.
pub(super) fn basic(client: &OurClient) -> String {
    let escaped = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", escaped(&client.id), escaped(client.secret.reveal()))))
}

/// An address with these fields at the end of its query.
pub(super) fn with_query<V: AsRef<str>>(address: &str, fields: &[(&str, V)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_added_to_whatever_is_there() {
        assert_eq!(with_query("https://a.example/x", &[("a", "1 2"), ("b", "&")]), "https://a.example/x?a=1+2&b=%26");
        assert_eq!(with_query("https://a.example/x?y=1", &[("a", "1")]), "https://a.example/x?y=1&a=1");
    }

    #[test]
    fn the_challenge_is_the_digest_of_the_verifier() {
        // RFC 7636, appendix B.
        let visit = Authorize {
            redirect_uri: "https://id.example.com/cb",
            state: "s",
            nonce: "n",
            verifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
        };
        let fields = visit.fields("us", &[]);
        assert!(fields.contains(&("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned())));
    }
}
