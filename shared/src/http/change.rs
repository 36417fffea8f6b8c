//! A field of a PATCH body: left out, cleared, or set (RFC 7396).

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

impl<T> Change<T> {
    /// The field of a body that replaces the whole: what is left out is removed.
    pub fn replacing(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::replacing)
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
