//! Authenticator apps: time-based one-time passwords (RFC 6238), with SHA-1, six digits and thirty seconds, since many
//! apps silently take everything else for that.
//!
//! A code is good in its own step and in the one before and after it, for clocks that differ. It is good once: the row
//! keeps the last step that was used, and no code of that step or of an earlier one is taken again. Secret and step are
//! compared and stored by one conditional write, so that of fifty who show one code at once one succeeds.

pub mod confirm;
pub mod disable;
pub mod enrol;
mod key_uri;
mod qr_code;
mod store;

pub(crate) use store::TotpRow;
use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::lockout;
use super::proof::{ProofError, Proven};
use crate::accounts::{Account, AccountId, Factor};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::dynamo::{Row as _, Update};
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::secret::{Sealed, Sealer, SealingError};
use latchkey_kernel::typed;

/// What a sealed secret is bound to besides its account, so that nothing else that is sealed for a person opens as one.
const SEALED_FOR: &[u8] = b"totp/v1";

/// The secret that an app and we share: 160 bits, as many as the HMAC takes (RFC 4226, section 4).
pub(crate) struct TotpSecret(Zeroizing<[u8; 20]>);

impl TotpSecret {
    fn generate(entropy: &Entropy) -> Self {
        Self(Zeroizing::new(entropy.bytes()))
    }

    /// As apps take it: base32 (RFC 4648) without padding.
    fn reveal(&self) -> Zeroizing<String> {
        Zeroizing::new(self.totp().secret().to_base32())
    }

    fn seal(&self, sealer: &Sealer, account: AccountId, entropy: &Entropy) -> Sealed {
        sealer.seal(self.0.as_slice(), &holder(account), entropy)
    }

    fn open(secret: &Sealed, sealer: &Sealer, account: AccountId) -> Result<Self, Fault> {
        let plain = sealer.open(secret, &holder(account))?;
        let bytes: [u8; 20] = plain.as_slice().try_into().map_err(|_| SealingError::Damaged)?;
        Ok(Self(Zeroizing::new(bytes)))
    }

    /// The step of this code, if it is that of the moment, the one before or the one after.
    fn step_of(&self, code: &TotpCode, now: Timestamp) -> Option<u64> {
        self.totp().check(&code.0, u64::try_from(now.as_second()).ok()?)
    }

    fn totp(&self) -> Totp {
        // The defaults are those of RFC 6238, with a step to either side; nothing is left to be out of line with it.
        Builder::new().with_secret(*self.0).build_noncompliant()
    }
}

/// The associated data of a sealed secret.
fn holder(account: AccountId) -> Vec<u8> {
    [SEALED_FOR, account.as_bytes().as_slice()].concat()
}

/// Six digits, as an app shows them.
pub struct TotpCode(String);

impl TotpCode {
    /// A code as a user types it ([`typed::symbols`]). None when it is not six digits.
    pub fn parse(typed: &str) -> Option<Self> {
        typed::symbols(typed, 6).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit())).map(Self)
    }
}

/// Judges a code of this account: 1 `GetItem`, 1 read unit.
pub(super) async fn judge(
    app: &App,
    client: &Client,
    account: &Account,
    code: &TotpCode,
) -> Result<Proven, ProofError> {
    let sealer = app.sealer().await?;
    let row = store::find(&app.store, account.id).await?.filter(|_| account.factors.has(Factor::Totp));
    let row = row.ok_or(ProofError::Wrong)?;
    let secret = TotpSecret::open(&row.sealed, &sealer, account.id)?;
    let step = secret.step_of(code, client.now).filter(|step| row.last_step.is_none_or(|last| last < *step));
    let step = step.ok_or(ProofError::Wrong)?;
    Ok(Proven {
        factor: Factor::Totp,
        key: row.key(),
        unspent: row.unused(step),
        spending: Update::of(row.key()).set("last_step", step),
        challenge: None,
        notice: None,
        warnings: Vec::new(),
        given_back: lockout::give_back(app, client, account.id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millisecond(second * 1000).unwrap()
    }

    fn step_of(code: &str, second: i64) -> Option<u64> {
        TotpSecret(Zeroizing::new(*b"12345678901234567890")).step_of(&TotpCode::parse(code).unwrap(), at(second))
    }

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: the last six of its eight digits.
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(step_of(code, second), Some(u64::try_from(second).unwrap() / 30), "{code}");
        }
    }

    #[test]
    fn a_code_is_good_in_its_step_and_in_the_one_before_and_after() {
        // The code of 1970-01-01T00:00:30Z to :59, step 1.
        for second in [0, 29, 30, 59, 60, 89] {
            assert_eq!(step_of("287082", second), Some(1), "{second}");
        }
        for second in [90, 119, 3_600] {
            assert_eq!(step_of("287082", second), None, "{second}");
        }
    }

    #[test]
    fn a_code_is_read_as_people_type_it() {
        for typed in ["287 082", "287-082", " 287082 ", "287\u{2013}082", "２８７０８２\u{200b}"] {
            assert_eq!(TotpCode::parse(typed).unwrap().0, "287082");
        }
        for wrong in ["", "28708", "2870822", "28708a", "+87082"] {
            assert!(TotpCode::parse(wrong).is_none(), "{wrong}");
        }
    }
}
