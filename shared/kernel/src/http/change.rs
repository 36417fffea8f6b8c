//! Fields of bodies that change something: left out, cleared, or set (RFC 7396); and those that cannot be changed.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// What a PATCH says of one field. Its place in the body's type needs `#[serde(default)]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// The field is not there: it stays as it is.
    #[default]
    Keep,
    /// `null`: what was there is removed.
    Clear,
    /// It gets this value.
    Set(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Clear, Self::Set))
    }
}

/// A field that an answer shows and no request can change: whatever stands there is taken and ignored, so that what was
/// read can be sent back. Its place in the body's type needs `#[serde(default)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReadOnly;

impl<'de> Deserialize<'de> for ReadOnly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|IgnoredAny| Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Body {
        #[serde(default)]
        name: Change<String>,
    }

    #[test]
    fn what_is_left_out_is_not_what_is_null() {
        for (text, expected) in [
            ("{}", Change::Keep),
            (r#"{"name":null}"#, Change::Clear),
            (r#"{"name":"a"}"#, Change::Set("a".to_owned())),
        ] {
            assert_eq!(serde_json::from_str::<Body>(text).unwrap().name, expected);
        }
    }
}
