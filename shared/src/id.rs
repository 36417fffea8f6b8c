//! The registry of ids: UUIDv7 in a type per thing, so that a session's id cannot stand where an account's is due. One is
//! not drawn but computed: that of a passkey.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::entropy::Entropy;
use crate::secret::Digest;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id, ordered by `now`.
            pub fn new(entropy: &Entropy, now: Timestamp) -> Self {
                Self(entropy.uuid_v7(now))
            }

            /// When it was made: the first 48 bits, in milliseconds (RFC 9562, section 5.7).
            pub fn created_at(&self) -> Option<Timestamp> {
                let [a, b, c, d, e, f, ..] = *self.as_bytes();
                Timestamp::from_millisecond(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
            }

            /// The sixteen bytes, as opaque tokens carry them.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these sixteen bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(Uuid::from_bytes(bytes))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A person's account.
    AccountId,
    /// One row of the audit log.
    AuditId,
    /// One sign-in that waits for a second factor.
    ChallengeId,
    /// One time that a person agreed to something, or took it back.
    ConsentId,
    /// What a person asked us to do with their data.
    DataRequestId,
    /// One side effect that waits to be carried out.
    OutboxId,
    /// One passkey of a person.
    PasskeyId,
    /// One visit of a browser to a provider.
    ProviderVisitId,
    /// A registration whose address is not proven yet.
    RegistrationId,
    /// One sign-in on one device, until it ends.
    SessionId,
    /// A person's account with a provider.
    SocialLinkId,
    /// One secret that was shown for an authenticator app and is no factor yet.
    TotpEnrolmentId,
}

impl PasskeyId {
    /// The id of the passkey that its authenticator calls so: a `UUIDv8` (RFC 9562, section 5.8) of a SHA-256 digest. What a
    /// browser shows leads to the passkey without a further item, and whoever registers the same one anywhere meets its
    /// claim.
    pub fn of(credential_id: &[u8]) -> Self {
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(Digest::of(credential_id).as_bytes()).for_each(|(byte, drawn)| *byte = *drawn);
        Self(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }
}
