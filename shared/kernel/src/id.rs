//! Ids: UUIDv7 in a type per thing, so that a session's id cannot stand where an account's is due. Each domain declares
//! its own with [`ids!`](crate::ids).

use std::fmt;

#[doc(hidden)]
pub use uuid;
use uuid::Uuid;

/// Any typed id, where the kernel is given one of a domain's.
pub trait Id: Copy + fmt::Display + fmt::Debug + Eq {
    /// The id without its type.
    fn uuid(self) -> Uuid;
}

/// Declares types of ids. The crate that calls it needs serde and utoipa, whose derives name them.
///
/// ```ignore
/// ids! {
///     /// One parcel.
///     ParcelId,
/// }
/// ```
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash,
            serde::Serialize, serde::Deserialize, utoipa::ToSchema,
        )]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name($crate::id::uuid::Uuid);

        impl $name {
            /// A new id, ordered by `now`.
            pub fn new(entropy: &$crate::entropy::Entropy, now: $crate::clock::Timestamp) -> Self {
                Self(entropy.uuid_v7(now))
            }

            /// When it was made: the first 48 bits, in milliseconds (RFC 9562, section 5.7).
            pub fn created_at(&self) -> Option<$crate::clock::Timestamp> {
                let [a, b, c, d, e, f, ..] = *self.as_bytes();
                $crate::clock::Timestamp::from_millisecond(i64::from_be_bytes([0, 0, a, b, c, d, e, f]))
            }

            /// The sixteen bytes, as opaque tokens carry them.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id with these sixteen bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self($crate::id::uuid::Uuid::from_bytes(bytes))
            }
        }

        impl From<$crate::id::uuid::Uuid> for $name {
            fn from(id: $crate::id::uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for $crate::id::uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl $crate::id::Id for $name {
            fn uuid(self) -> $crate::id::uuid::Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::id::uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}
