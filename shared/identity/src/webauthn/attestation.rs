//! The attestation object that comes with a new passkey (section 6.5), of which we want the passkey alone.
//!
//! We ask for no attestation, and then a browser sends `none`. Or it passes on `packed` with the new key's own signature,
//! which tells nothing of a maker (section 5.4.7): that one is verified, since a wrong one shows that somebody was at
//! it. Some browsers and password managers send a maker's statement all the same. Nothing here rests on who made an
//! authenticator, so such a statement is dropped and the passkey is taken, as if its format were `none`.

use ciborium::Value;

use super::authenticator_data::take_cbor;
use super::{PublicKey, Refused};

/// An attestation object, read.
pub(super) struct Attestation {
    pub(super) authenticator_data: Vec<u8>,
    format: String,
    statement: Vec<(Value, Value)>,
}

impl Attestation {
    pub(super) fn parse(mut bytes: &[u8]) -> Result<Self, Refused> {
        let object = take_cbor(&mut bytes)?.into_map().map_err(|_| Refused::Malformed)?;
        let (mut data, mut format, mut statement) = (None, None, None);
        for (name, value) in object {
            // A name that stands twice has two readers who see different things.
            let again = match (name.as_text().unwrap_or_default(), value) {
                ("authData", Value::Bytes(value)) => data.replace(value).is_some(),
                ("fmt", Value::Text(value)) => format.replace(value).is_some(),
                ("attStmt", Value::Map(value)) => statement.replace(value).is_some(),
                ("authData" | "fmt" | "attStmt", _) => true,
                // Later versions of the standard may add some.
                _ => false,
            };
            if again {
                return Err(Refused::Malformed);
            }
        }
        match (data, format, statement) {
            (Some(authenticator_data), Some(format), Some(statement)) if bytes.is_empty() => {
                Ok(Self { authenticator_data, format, statement })
            }
            _ => Err(Refused::Malformed),
        }
    }

    /// Steps 21 to 24 of section 7.1: there is no statement, or it is the passkey's own word and true, or it is a maker's.
    pub(super) fn check(&self, key: &PublicKey, client_data_hash: &[u8; 32]) -> Result<(), Refused> {
        let fits = match self.format.as_str() {
            "none" => self.statement.is_empty(),
            "packed" if self.named("x5c").is_none() => self.is_own_word_of(key, client_data_hash),
            _ => true,
        };
        if fits { Ok(()) } else { Err(Refused::Attestation) }
    }

    /// Whether the statement is the algorithm and the signature of this very key, and no more (section 8.2).
    fn is_own_word_of(&self, key: &PublicKey, client_data_hash: &[u8; 32]) -> bool {
        let signature = self.named("sig").and_then(Value::as_bytes);
        let (Some(algorithm), Some(signature)) = (self.named("alg"), signature) else { return false };
        let algorithm = algorithm.as_integer().and_then(|number| i64::try_from(number).ok());
        let signed = [self.authenticator_data.as_slice(), client_data_hash].concat();
        self.statement.len() == 2 && algorithm == Some(key.algorithm()) && key.verifies(&signed, signature)
    }

    /// What the statement has under this name.
    fn named(&self, wanted: &str) -> Option<&Value> {
        self.statement.iter().find(|(name, _)| name.as_text() == Some(wanted)).map(|(_, value)| value)
    }
}
