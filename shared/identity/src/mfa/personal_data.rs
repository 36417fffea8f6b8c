//! What the domain of second factors knows of people: which factors they have, and since when.

use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};

use super::keys;
use super::overview::overview;
use super::passkeys::{self, Passkey};
use crate::accounts::AccountHolder;
use latchkey_kernel::dynamo::equals;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, PersonalData};

const FACTORS: File =
    File { name: "second_factors.json", meaning: "What you show besides your password, and since when." };

/// The domain of second factors.
#[derive(Debug)]
pub struct Mfa;

impl PersonalData<AccountHolder> for Mfa {
    fn domain(&self) -> &'static str {
        "mfa"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[
            Declared::in_partition(keys::TOTP, Exported::In(FACTORS.name)),
            Declared::in_partition(keys::RECOVERY_CODES, Exported::In(FACTORS.name)),
            Declared::in_partition(
                keys::TOTP_ENROLMENT,
                Exported::Not("a secret that waits for minutes to become a factor"),
            ),
            Declared::in_partition(keys::PASSKEY, Exported::In(FACTORS.name)),
            Declared::by_domain(
                keys::PASSKEY_CLAIM,
                Exported::Not("it says of a passkey whose it is"),
                "each is found by the account's list",
            ),
            Declared::in_partition(keys::CHALLENGE, Exported::Not("a sign-in under way, for minutes")),
        ];
        ITEMS
    }

    fn files(&self) -> &'static [File] {
        &[FACTORS]
    }

    fn export<'a>(
        &'a self,
        holder: &'a AccountHolder,
        archive: &'a mut Archive,
    ) -> LocalBoxFuture<'a, Result<(), ExportError>> {
        Box::pin(export(holder, archive))
    }

    fn erase<'a>(&'a self, erasure: &'a mut Erasure<'_, AccountHolder>) -> LocalBoxFuture<'a, Result<(), Fault>> {
        Box::pin(erase(erasure))
    }
}

/// Secrets, digests and public keys are left out: 1 `GetItem` if there are recovery codes, 1 `BatchGetItem` if there are
/// passkeys.
async fn export(holder: &AccountHolder, archive: &mut Archive) -> Result<(), ExportError> {
    let overview = overview(&holder.app, &holder.account).await?;
    let passkeys = passkeys::list::list(&holder.app, &holder.account).await?;
    let codes = overview.recovery_codes.map(|codes| json!({ "left": codes.left, "issued_at": codes.issued_at }));
    let told = json!({
        "factors": overview.factors.iter().map(|one| json!({ "factor": one.factor, "added_at": one.added_at })).collect::<Vec<_>>(),
        "passkeys": passkeys.iter().map(told).collect::<Vec<_>>(),
        "recovery_codes": codes,
    });
    archive.add_json(&FACTORS, &told).await
}

fn told(passkey: &Passkey) -> Value {
    json!({
        "id": passkey.id,
        "name": passkey.name.as_str(),
        "authenticator": passkey.aaguid,
        "backed_up": passkey.backed_up,
        "added_at": passkey.added_at,
        "last_used_at": passkey.last_used_at,
    })
}

/// The claims of the passkeys that the account names: 1 transaction for each.
async fn erase(erasure: &mut Erasure<'_, AccountHolder>) -> Result<(), Fault> {
    let account = &erasure.subject.account;
    for passkey in account.factors.passkeys() {
        let mine = equals("account", account.id.to_string());
        erasure.remove(keys::PASSKEY_CLAIM, &keys::passkey_claim(passkey), &mine).await?;
    }
    Ok(())
}
