//! The fields in which a client shows what it got from a provider.

use latchkey_identity::social::Credential;
use latchkey_kernel::http::{Fields, Problem};

/// The longest token or code that is passed on, in bytes.
const LONGEST: usize = 16 * 1024;

/// What a body holds of it.
pub(crate) struct Shown {
    pub(crate) access_token: Option<String>,
    pub(crate) code: Option<String>,
    pub(crate) id_token: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) redirect_uri: Option<String>,
    pub(crate) code_verifier: Option<String>,
}

impl Shown {
    /// The one credential; none if there is none.
    pub(crate) fn read(self) -> Result<Option<Credential>, Problem> {
        let mut fields = Fields::default();
        for (pointer, value) in
            [("/access_token", &self.access_token), ("/code", &self.code), ("/id_token", &self.id_token)]
        {
            let fits = value.as_ref().is_none_or(|text| is_plain(text));
            if !fits {
                fields.refuse(pointer, "invalid", &"A token has visible ASCII characters, at most 16384 of them.");
                return Err(fields.into());
            }
        }
        match (self.access_token, self.id_token, self.code) {
            (None, None, None) => Ok(None),
            // An access token tells of no nonce. To pass it over would be to say that it was compared.
            (Some(_), None, None) if self.nonce.is_some() => {
                fields.refuse("/nonce", "not_allowed", &"An access token is not asked for with a nonce.");
                Err(fields.into())
            }
            (Some(token), None, None) => Ok(Some(Credential::AccessToken(token))),
            (None, Some(token), None) => Ok(Some(Credential::IdToken { token, nonce: self.nonce })),
            (None, None, Some(code)) => {
                let (redirect_uri, verifier) = (self.redirect_uri, self.code_verifier);
                Ok(Some(Credential::Code { code, redirect_uri, verifier, nonce: self.nonce }))
            }
            _ => {
                fields.refuse("", "too_many", &"Give one of access_token, id_token and code.");
                Err(fields.into())
            }
        }
    }
}

fn is_plain(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}
