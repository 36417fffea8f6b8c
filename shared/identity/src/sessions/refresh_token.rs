//! Refresh tokens: opaque, used once, each the parent of the next.
//!
//! A token names its account and session, counts its generation, and carries 256 secret bits and a MAC. The store
//! keeps only the digest of the one that is good. The successor's secret is derived from the old one with a key of
//! the server's: two requests that race with one token get the same successor, while whoever stole a token cannot
//! tell later ones. The MAC lets a forged token be refused without asking the store, and tells an older token of
//! ours (which means that somebody kept a copy) from an invented one (which must not end anybody's session).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize as _, Zeroizing};

use super::SessionId;
use crate::accounts::AccountId;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::secret::{Digest, TagKeys, mac};

/// What secret scanners look for.
pub const PREFIX: &str = "lkr_";
/// Account, session, generation, secret, and half of the MAC: 128 bits, which nobody guesses online.
const LENGTH: usize = 16 + 16 + 4 + 32 + 16;

/// A refresh token.
pub struct RefreshToken {
    account_id: AccountId,
    session_id: SessionId,
    generation: u32,
    secret: [u8; 32],
    tag: [u8; 16],
}

impl RefreshToken {
    /// Whose it is.
    pub fn account_id(&self) -> AccountId {
        self.account_id
    }

    /// The session that it refreshes.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// How many rotations of its session came before it.
    pub(super) fn generation(&self) -> u32 {
        self.generation
    }

    /// The token's text, for the one answer that hands it out.
    pub fn reveal(&self) -> String {
        let mut bytes = Zeroizing::new(self.body());
        bytes.extend_from_slice(&self.tag);
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes.as_slice()))
    }

    /// What the store keeps.
    pub fn digest(&self) -> Digest {
        Digest::of(self.reveal().as_bytes())
    }

    fn body(&self) -> Vec<u8> {
        [
            self.account_id.as_bytes().as_slice(),
            self.session_id.as_bytes(),
            &self.generation.to_be_bytes(),
            &self.secret,
        ]
        .concat()
    }
}

impl Drop for RefreshToken {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Makes and reads refresh tokens.
pub struct RefreshTokens {
    /// The one for new tokens first: tokens outlive a rotation of the keys.
    keys: Vec<Zeroizing<[u8; 32]>>,
}

impl RefreshTokens {
    /// Tokens under the keys that the ring derives for them.
    pub fn new(keys: &TagKeys) -> Self {
        Self { keys: keys.derive("refresh/v1") }
    }

    /// The first token of a session.
    pub fn first(&self, account_id: AccountId, session_id: SessionId, entropy: &Entropy) -> RefreshToken {
        Self::signed(account_id, session_id, 0, entropy.bytes(), self.keys.first())
    }

    /// The token that follows this one, under the newest key.
    pub fn successor(&self, token: &RefreshToken) -> RefreshToken {
        Self::successor_under(token, self.keys.first())
    }

    /// The tokens that may have followed this one: two environments may hold different keys while they rotate.
    pub fn successors<'a>(&'a self, token: &'a RefreshToken) -> impl Iterator<Item = RefreshToken> + 'a {
        self.keys.iter().map(move |key| Self::successor_under(token, Some(key)))
    }

    /// Reads a token; none when it is not one of ours.
    pub fn parse(&self, text: &str) -> Option<RefreshToken> {
        let bytes = Zeroizing::new(URL_SAFE_NO_PAD.decode(text.strip_prefix(PREFIX)?).ok()?);
        let bytes: &[u8; LENGTH] = bytes.as_slice().try_into().ok()?;
        let (account, rest) = bytes.split_first_chunk::<16>()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (generation, rest) = rest.split_first_chunk::<4>()?;
        let (secret, tag) = rest.split_first_chunk::<32>()?;
        let token = RefreshToken {
            account_id: AccountId::from_bytes(*account),
            session_id: SessionId::from_bytes(*session),
            generation: u32::from_be_bytes(*generation),
            secret: *secret,
            tag: tag.try_into().ok()?,
        };
        let body = Zeroizing::new(token.body());
        let ours = self.keys.iter().any(|key| tag_of(key, &body).ct_eq(&token.tag).into());
        ours.then_some(token)
    }

    fn successor_under(token: &RefreshToken, key: Option<&Zeroizing<[u8; 32]>>) -> RefreshToken {
        let generation = token.generation.saturating_add(1);
        let secret = key.map_or([0; 32], |key| {
            mac(key, &[b"successor", token.session_id.as_bytes(), &generation.to_be_bytes(), &token.secret])
        });
        Self::signed(token.account_id, token.session_id, generation, secret, key)
    }

    fn signed(
        account_id: AccountId,
        session_id: SessionId,
        generation: u32,
        secret: [u8; 32],
        key: Option<&Zeroizing<[u8; 32]>>,
    ) -> RefreshToken {
        let mut token = RefreshToken { account_id, session_id, generation, secret, tag: [0; 16] };
        if let Some(key) = key {
            token.tag = tag_of(key, &Zeroizing::new(token.body()));
        }
        token
    }
}

fn tag_of(key: &[u8; 32], body: &[u8]) -> [u8; 16] {
    let mac = mac(key, &[b"tag", body]);
    let mut tag = [0; 16];
    tag.iter_mut().zip(mac).for_each(|(to, from)| *to = from);
    tag
}
