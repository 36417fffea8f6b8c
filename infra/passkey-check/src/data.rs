//! Authenticator data (section 6.1), taken apart and put together without asking whether it makes sense.

use crate::cbor;

/// The user was present.
pub const USER_PRESENT: u8 = 0x01;
/// The user was verified.
pub const USER_VERIFIED: u8 = 0x04;
/// The passkey can be copied.
pub const BACKUP_ELIGIBLE: u8 = 0x08;
/// It was.
pub const BACKED_UP: u8 = 0x10;
/// A passkey is in it.
pub const ATTESTED: u8 = 0x40;
/// Extensions are in it.
pub const EXTENSIONS: u8 = 0x80;
/// The flags that mean nothing yet.
pub const RESERVED: u8 = 0x22;

/// Authenticator data.
#[derive(Clone)]
pub struct Data {
    /// The digest of the relying party's id.
    pub relying_party: Vec<u8>,
    /// The flags.
    pub flags: u8,
    /// The signature counter.
    pub count: u32,
    /// The model, the id's length, the id and the key.
    pub attested: Vec<u8>,
    /// Extensions, and whatever stands behind them.
    pub rest: Vec<u8>,
}

impl Data {
    /// Takes honest data apart.
    pub fn read(bytes: &[u8]) -> Self {
        let (head, rest) = bytes.split_at(37);
        let attested = if head[32] & ATTESTED == 0 {
            0
        } else {
            let key = 18 + usize::from(u16::from_be_bytes([rest[16], rest[17]]));
            key + cbor::first_item(&rest[key..])
        };
        let (attested, rest) = rest.split_at(attested);
        let count = u32::from_be_bytes([head[33], head[34], head[35], head[36]]);
        Self {
            relying_party: head[..32].to_vec(),
            flags: head[32],
            count,
            attested: attested.to_vec(),
            rest: rest.to_vec(),
        }
    }

    /// Whether there are bytes behind all that the flags announce.
    pub fn has_more(bytes: &[u8]) -> bool {
        let end = || {
            let flags = *bytes.get(32)?;
            let mut end = 37;
            if flags & ATTESTED != 0 {
                let length = bytes.get(53..55)?;
                end = 55 + usize::from(u16::from_be_bytes([length[0], length[1]]));
                end += cbor::first_item(bytes.get(end..)?);
            }
            Some(if flags & EXTENSIONS == 0 { end } else { end + cbor::first_item(bytes.get(end..)?) })
        };
        end().is_some_and(|end| end < bytes.len())
    }

    /// Puts them together.
    pub fn bytes(&self) -> Vec<u8> {
        [&self.relying_party, [self.flags].as_slice(), &self.count.to_be_bytes(), &self.attested, &self.rest].concat()
    }

    /// The passkey's id.
    pub fn id(&self) -> &[u8] {
        &self.attested[18..18 + usize::from(u16::from_be_bytes([self.attested[16], self.attested[17]]))]
    }

    /// The passkey's key, in CBOR.
    pub fn key(&self) -> &[u8] {
        &self.attested[18 + self.id().len()..]
    }

    /// Puts another id in, with its length.
    pub fn set_id(&mut self, id: &[u8]) {
        let length = u16::try_from(id.len()).expect("a short id").to_be_bytes();
        self.attested = [&self.attested[..16], &length, id, self.key()].concat();
    }

    /// Puts another key in.
    pub fn set_key(&mut self, key: &[u8]) {
        self.attested = [&self.attested[..18 + self.id().len()], key].concat();
    }
}
