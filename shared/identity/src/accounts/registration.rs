//! Registrations that wait for their address to be proven.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::{EmailAddress, HashedPassword, Name, RegistrationId, Username, keys};
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Entity, Key, Row};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::{Code, CodeDigest, Digest, OpaqueToken, TokenKind, mac_text};

/// How long a registration and its link wait.
pub(super) const LIFE: SignedDuration = SignedDuration::from_hours(24);
/// How many passwords may be tried with a link. More than for a code: the password is the person's own, and
/// who holds the link has read the mail.
pub(super) const LINK_TRIES: u32 = 10;
/// What the codes of registrations are bound to.
const PURPOSE: &str = "registration";

/// The kind of [`RegistrationToken`].
pub struct RegistrationTokenKind;

impl TokenKind for RegistrationTokenKind {
    const PREFIX: &'static str = "lkg_";
}

/// Held by whoever registered; a mailed code opens only the registration whose token comes with it.
pub type RegistrationToken = OpaqueToken<RegistrationTokenKind>;

/// The kind of [`ConfirmLink`].
pub struct ConfirmLinkKind;

impl TokenKind for ConfirmLinkKind {
    const PREFIX: &'static str = "lkc_";
}

/// The token in the mailed link.
pub type ConfirmLink = OpaqueToken<ConfirmLinkKind>;

/// A registration whose address is not proven yet.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct PendingRegistration {
    pub(super) id: RegistrationId,
    pub(super) email: EmailAddress,
    pub(super) name: Name,
    pub(super) username: Option<Username>,
    /// None where a provider told who registers.
    pub(super) password: Option<HashedPassword>,
    /// What users call the provider that told who registers. The account that comes into being is connected to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) provider: Option<String>,
    pub(super) marketing_consent: bool,
    pub(super) token_digest: Digest,
    pub(super) code_digest: CodeDigest,
    pub(super) code_expires_at: Timestamp,
    pub(super) code_tries: u32,
    pub(super) link_digest: Digest,
    pub(super) link_tries: u32,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) ttl: i64,
}

impl Row for PendingRegistration {
    const ENTITY: Entity = keys::PENDING_REGISTRATION;

    fn key(&self) -> Key {
        keys::pending_registration(self.id)
    }
}

/// Lets a sign-in find the registration that waits for an address: what it reads in place of an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct PendingLogin {
    mac: String,
    /// The latest registration of the address; none if it ended before another one was confirmed.
    pub(super) registration: Option<RegistrationId>,
    /// The password chosen at the latest registration of the address.
    pub password: Option<HashedPassword>,
    /// When that registration ends.
    pub expires_at: Option<Timestamp>,
    /// The registration of the address that was confirmed last, which may be the latest or another one.
    confirmed: Option<RegistrationId>,
    ttl: i64,
}

impl Row for PendingLogin {
    const ENTITY: Entity = keys::PENDING_LOGIN;

    fn key(&self) -> Key {
        keys::pending_login(&self.mac)
    }
}

impl PendingLogin {
    /// Whether the latest registration still waits to be confirmed. Only then does its password mean anything.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.registration.is_some() && self.registration != self.confirmed
    }

    pub(super) fn of(registration: &PendingRegistration, lookup_key: &[u8; 32]) -> Self {
        Self {
            mac: address_mac(lookup_key, &registration.email.normalised()),
            registration: Some(registration.id),
            password: registration.password.clone(),
            expires_at: Some(registration.expires_at),
            confirmed: None,
            ttl: registration.ttl,
        }
    }
}

/// The MAC under which something about an address is kept where the address itself should not stand.
pub(crate) fn address_mac(lookup_key: &[u8; 32], normalised: &str) -> String {
    mac_text(lookup_key, &[b"address/v1", normalised.as_bytes()])
}

/// The code and the link that one mail carries.
pub(super) struct Proofs {
    pub(super) code: Code,
    pub(super) link: ConfirmLink,
}

impl Proofs {
    pub(super) fn generate(id: RegistrationId, entropy: &Entropy) -> Self {
        Self { code: Code::generate(entropy), link: OpaqueToken::generate(*id.as_bytes(), entropy) }
    }

    /// The stored form of the code: bound to its purpose, its registration and its address.
    pub(super) fn code_digest(code: &Code, lookup_key: &[u8; 32], id: RegistrationId, normalised: &str) -> CodeDigest {
        code.digest(lookup_key, PURPOSE, &[id.as_bytes().as_slice(), normalised.as_bytes()].concat())
    }
}
