//! Recovery codes: written down on the day when a factor is enrolled, for the day when it is lost.
//!
//! Ten of eighty random bits, shown once. Each works once, in the place of any factor, and its owner is mailed. They lie
//! as a set of MACs in one item: spending one takes it out of the set, if it is still there, and new ones replace the
//! whole.

pub mod renew;
mod store;

use super::proof::{ProofError, Proven};
use super::{lockout, mails};
use crate::accounts::{Account, AccountId, Factor};
use crate::app::App;
use latchkey_kernel::dynamo::{Row as _, Update, holds, present};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::mac_text;
use latchkey_kernel::typed;

pub(crate) use store::RecoveryCodesRow;
pub(super) use store::find;

/// How many there are.
const COUNT: usize = 10;
/// How many symbols each has, of five bits.
const LENGTH: usize = 16;
/// The symbols: base32 without the letters that are taken for digits or for each other (Crockford's).
const SYMBOLS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A recovery code.
pub struct RecoveryCode(String);

impl RecoveryCode {
    fn generate(entropy: &Entropy) -> Self {
        let symbol = |byte: u8| SYMBOLS.get(usize::from(byte % 32)).map_or('0', |symbol| char::from(*symbol));
        Self(entropy.bytes::<LENGTH>().into_iter().map(symbol).collect())
    }

    /// A code as a user types it ([`typed::symbols`]): in either case, and with O, I and L for what they look like. None
    /// when it is no recovery code.
    pub fn parse(typed: &str) -> Option<Self> {
        let read = |c: char| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        };
        let code: String = typed::symbols(typed, LENGTH)?.chars().map(read).collect();
        code.bytes().all(|byte| SYMBOLS.contains(&byte)).then_some(Self(code))
    }

    /// The code as it is written down: four groups of four.
    pub fn reveal(&self) -> String {
        let groups: Vec<&str> = [0..4, 4..8, 8..12, 12..16].into_iter().filter_map(|group| self.0.get(group)).collect();
        groups.join("-")
    }

    /// What the store keeps. Bound to the account, so that nobody's code stands for another's.
    fn digest(&self, account: AccountId, lookup_key: &[u8; 32]) -> String {
        mac_text(lookup_key, &[b"recovery/v1", account.as_bytes(), self.0.as_bytes()])
    }
}

/// Judges a code of this account: 1 `GetItem`, 1 read unit.
pub(super) async fn judge(
    app: &App,
    client: &Client,
    account: &Account,
    code: &RecoveryCode,
) -> Result<Proven, ProofError> {
    let macs = app.macs().await?;
    let row = find(&app.store, account.id).await?.filter(|_| account.factors.has(Factor::RecoveryCode));
    let row = row.ok_or(ProofError::Wrong)?;
    let digest = code.digest(account.id, macs.lookup_key());
    if !row.has(&digest) {
        return Err(ProofError::Wrong);
    }
    let left = row.left().saturating_sub(1);
    Ok(Proven {
        factor: Factor::RecoveryCode,
        key: row.key(),
        unspent: present().and(holds("digests", &digest)),
        spending: Update::of(row.key()).take("digests", &digest),
        challenge: None,
        notice: Some(mails::recovery_code_used(app, client, account, left).await?),
        warnings: Vec::new(),
        given_back: lockout::give_back(app, client, account.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode::generate(&Entropy::operating_system());
        let shown = code.reveal();
        assert_eq!((shown.len(), shown.matches('-').count()), (19, 3));
        for typed in
            [shown.to_uppercase(), shown.replace('-', " "), shown.replace('-', "\u{2013}"), format!("\u{feff}{shown}")]
        {
            assert_eq!(RecoveryCode::parse(&typed).unwrap().0, code.0, "{typed}");
        }
        assert_eq!(RecoveryCode::parse("OIL0-0000-0000-0000").unwrap().0, "0110000000000000");
        for wrong in ["", "0000-0000-0000-000", "0000-0000-0000-00000", "u000-0000-0000-0000", "é000000000000000"] {
            assert!(RecoveryCode::parse(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_digest_is_of_one_account_and_one_code() {
        let entropy = Entropy::operating_system();
        let (one, two) = (RecoveryCode::generate(&entropy), RecoveryCode::generate(&entropy));
        let (ada, bea) = (AccountId::from_bytes([1; 16]), AccountId::from_bytes([2; 16]));
        assert_ne!(one.digest(ada, &[0; 32]), one.digest(bea, &[0; 32]));
        assert_ne!(one.digest(ada, &[0; 32]), two.digest(ada, &[0; 32]));
    }
}
