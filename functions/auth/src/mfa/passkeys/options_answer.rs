//! What a browser is handed: the arguments of `navigator.credentials`, as JSON (Web Authentication, Level 3, sections
//! 5.4 and 5.5), under the names that the standard gives them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey_identity::app::Config;
use latchkey_identity::mfa::passkeys::ask::{Descriptor, LIFE, ToEnrol, ToShow};
use latchkey_identity::webauthn::{ALGORITHMS, UserVerification};
use serde::Serialize;
use utoipa::ToSchema;

/// For `navigator.credentials.create`: read `publicKey` with `PublicKeyCredential.parseCreationOptionsFromJSON`.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreationAnswer {
    /// `PublicKeyCredentialCreationOptionsJSON`.
    #[serde(rename = "publicKey")]
    public_key: CreationOptions,
}

/// For `navigator.credentials.get`: read `publicKey` with `PublicKeyCredential.parseRequestOptionsFromJSON`.
#[derive(Serialize, ToSchema)]
pub(crate) struct RequestAnswer {
    /// `PublicKeyCredentialRequestOptionsJSON`.
    #[serde(rename = "publicKey")]
    public_key: RequestOptions,
}

/// How a passkey is to be made.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreationOptions {
    rp: RelyingPartyEntity,
    user: UserEntity,
    /// 32 random bytes in base64url, good once and for five minutes.
    challenge: String,
    /// The algorithms that are taken, best first.
    pub_key_cred_params: Vec<Algorithm>,
    /// Milliseconds that the person may take.
    #[schema(example = 300_000)]
    timeout: i64,
    /// The passkeys that the account has already.
    exclude_credentials: Vec<CredentialDescriptor>,
    authenticator_selection: AuthenticatorSelection,
    /// Always `none`: nobody is asked who made the authenticator.
    #[schema(example = "none")]
    attestation: &'static str,
}

/// How a passkey is to be used.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestOptions {
    /// 32 random bytes in base64url, good once and for five minutes.
    challenge: String,
    /// Milliseconds that the person may take.
    #[schema(example = 300_000)]
    timeout: i64,
    /// The domain that the passkey is bound to.
    #[schema(example = "example.com")]
    rp_id: String,
    /// The passkeys that will do; none means any that the person chooses.
    allow_credentials: Vec<CredentialDescriptor>,
    /// `required`, or after a password `preferred`.
    #[schema(example = "required")]
    user_verification: &'static str,
}

/// What passkeys are bound to.
#[derive(Serialize, ToSchema)]
pub(crate) struct RelyingPartyEntity {
    /// The domain.
    #[schema(example = "example.com")]
    id: String,
    /// What people know it as.
    #[schema(example = "Acme")]
    name: String,
}

/// Whose the passkey will be.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserEntity {
    /// The account, in base64url.
    id: String,
    /// The person's address.
    name: String,
    /// The person's name.
    display_name: String,
}

/// An algorithm.
#[derive(Serialize, ToSchema)]
pub(crate) struct Algorithm {
    /// Always `public-key`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// Its number in COSE.
    #[schema(example = -7)]
    alg: i64,
}

/// A passkey, as a browser finds it again.
#[derive(Serialize, ToSchema)]
pub(crate) struct CredentialDescriptor {
    /// Always `public-key`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What its authenticator calls it, in base64url.
    id: String,
    /// How its authenticator is reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    transports: Vec<String>,
}

/// What the authenticator must do.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthenticatorSelection {
    /// Always `required`: it must find the passkey without being told whose it is.
    resident_key: &'static str,
    /// The same for older browsers.
    require_resident_key: bool,
    /// Always `required`: it must verify who uses it.
    user_verification: &'static str,
}

/// What every passkey is called among credentials.
const KIND: &str = "public-key";

impl CreationAnswer {
    pub(crate) fn of(config: &Config, asked: ToEnrol) -> Self {
        let party = &config.passkeys.relying_party;
        let required = UserVerification::Required.word();
        Self {
            public_key: CreationOptions {
                rp: RelyingPartyEntity { id: party.id.clone(), name: config.app_name.to_string() },
                user: UserEntity {
                    id: URL_SAFE_NO_PAD.encode(asked.user_handle),
                    name: asked.email,
                    display_name: asked.name,
                },
                challenge: asked.challenge.encoded(),
                pub_key_cred_params: ALGORITHMS.into_iter().map(|alg| Algorithm { kind: KIND, alg }).collect(),
                timeout: timeout(),
                exclude_credentials: asked.known.into_iter().map(CredentialDescriptor::from).collect(),
                authenticator_selection: AuthenticatorSelection {
                    resident_key: required,
                    require_resident_key: true,
                    user_verification: required,
                },
                attestation: "none",
            },
        }
    }
}

impl RequestAnswer {
    pub(crate) fn of(config: &Config, asked: ToShow) -> Self {
        Self {
            public_key: RequestOptions {
                challenge: asked.challenge.encoded(),
                timeout: timeout(),
                rp_id: config.passkeys.relying_party.id.clone(),
                allow_credentials: asked.allowed.into_iter().map(CredentialDescriptor::from).collect(),
                user_verification: asked.verification.word(),
            },
        }
    }
}

impl From<Descriptor> for CredentialDescriptor {
    fn from(known: Descriptor) -> Self {
        Self { kind: KIND, id: known.credential_id, transports: known.transports }
    }
}

fn timeout() -> i64 {
    LIFE.as_secs().saturating_mul(1000)
}
