//! What the accounts domain knows of people: who they are to us, what they tell of themselves, what they agreed to.

use futures_util::future::LocalBoxFuture;
use serde_json::{Map, Value, json};

use super::email_change::addresses_given_up;
use super::profile::{Field, PhoneClaimRow, profile_of};
use super::registration::{PendingLogin, address_mac};
use super::store::{EmailClaimRow, UsernameClaimRow};
use super::{Account, AccountHolder, User, consent, keys};
use crate::sessions;
use latchkey_kernel::dynamo::{Row as _, equals, has, present};
use latchkey_kernel::fault::Fault;
use latchkey_kernel::http::rate::{self, Mailbox, Subject};
use latchkey_kernel::mail;
use latchkey_kernel::mail::suppression;
use latchkey_kernel::personal_data::{Archive, Declared, Erasure, ExportError, Exported, File, PersonalData};

/// How many consents are read at a time.
const PAGE: usize = 200;

const USER: File = File { name: "user_info.json", meaning: "Your account: names, address, and when you used it." };
const PROFILE: File = File { name: "profile.json", meaning: "What you told of yourself in your profile." };
const CONSENTS: File =
    File { name: "consent_history.csv", meaning: "Each time you agreed to marketing mail or took it back." };
const ADDRESSES: File = File {
    name: "email_addresses.json",
    meaning: "Your mail addresses: the present one, those that you gave up lately, and whether mail arrives.",
};

/// The accounts domain.
#[derive(Debug)]
pub struct Accounts;

impl PersonalData<AccountHolder> for Accounts {
    fn domain(&self) -> &'static str {
        "accounts"
    }

    fn items(&self) -> &'static [Declared] {
        const ITEMS: &[Declared] = &[
            Declared::in_partition(keys::ACCOUNT, Exported::In(USER.name)),
            Declared::in_partition(keys::PROFILE, Exported::In(PROFILE.name)),
            Declared::in_partition(keys::CONSENT, Exported::In(CONSENTS.name)),
            Declared::in_partition(keys::EMAIL_UNDO, Exported::In(ADDRESSES.name)),
            Declared::in_partition(keys::MAILED_CODE, Exported::Not("digests of codes that are good for minutes")),
            Declared::in_partition(
                keys::CODE_FLOWS,
                Exported::Not("digests of codes and links that are good for minutes"),
            ),
            Declared::by_domain(
                keys::EMAIL_CLAIM,
                Exported::In(ADDRESSES.name),
                "the present address's with the last step",
            ),
            Declared::by_domain(keys::USERNAME_CLAIM, Exported::In(USER.name), "found by the account's username"),
            Declared::by_domain(keys::PHONE_CLAIM, Exported::In(PROFILE.name), "found by the profile's number"),
            // It may be a stranger's, who registered the address before or after its owner.
            Declared::by_domain(
                keys::PENDING_LOGIN,
                Exported::Not("a registration that was never confirmed, and perhaps somebody else's"),
                "found by the address",
            ),
            Declared::by_domain(
                mail::keys::MAIL_SUPPRESSION,
                Exported::In(ADDRESSES.name),
                "with the last step, which must know whether a mail about it can arrive",
            ),
        ];
        ITEMS
    }

    fn files(&self) -> &'static [File] {
        &[USER, PROFILE, CONSENTS, ADDRESSES]
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

/// 3 `GetItem`s, and 1 `Query` for each 200 consents.
async fn export(holder: &AccountHolder, archive: &mut Archive) -> Result<(), ExportError> {
    let AccountHolder { app, account, now, .. } = holder;
    archive.add_json(&USER, &user(account)).await?;
    let profile = profile_of(&app.store, account.id).await?;
    let mut told = Map::new();
    told.insert("marketing_consent".to_owned(), json!(account.marketing_consent));
    told.insert("marketing_consent_updated_at".to_owned(), json!(account.marketing_consent_updated_at));
    told.extend(Field::ALL.map(|field| (field.name().to_owned(), json!(profile.get(field)))));
    told.insert("updated_at".to_owned(), json!(profile.updated_at));
    archive.add_json(&PROFILE, &told).await?;
    export_consents(holder, archive).await?;

    let given_up = addresses_given_up(&app.store, account.id).await?;
    let macs = app.macs().await?;
    let suppressed = suppression(&app.store, &macs, &account.email.deliverable(), *now).await?;
    let addresses = json!({
        "email": account.email.as_str(),
        "confirmed_at": account.confirmed_at,
        "given_up": given_up.iter().map(|(email, until)| json!({ "email": email.as_str(), "held_until": until })).collect::<Vec<Value>>(),
        "mail_does_not_arrive": suppressed.map(|found| json!({ "reason": found.reason, "since": found.since })),
    });
    archive.add_json(&ADDRESSES, &addresses).await
}

/// Secrets are left out: the password's hash, which nobody needs who knows the password.
fn user(account: &Account) -> Value {
    let mut user = json!(User::from(account));
    let more = [
        ("date_joined", json!(account.created_at)),
        ("last_login", json!(account.last_login_at)),
        ("last_login_ip", json!(account.last_login_ip)),
        ("login_count", json!(account.login_count)),
        ("countries", json!(account.countries)),
    ];
    if let Some(user) = user.as_object_mut() {
        user.extend(more.map(|(name, value)| (name.to_owned(), value)));
    }
    user
}

async fn export_consents(holder: &AccountHolder, archive: &mut Archive) -> Result<(), ExportError> {
    let columns = ["purpose", "given", "at", "said_in", "ip_address", "user_agent", "location"];
    let mut rows = archive.add_csv(&CONSENTS, &columns).await?;
    let mut after = None;
    loop {
        let page = consent::page(&holder.app.store, holder.account.id, after, PAGE).await?;
        for consent in &page.rows {
            let given = if consent.given { "yes" } else { "no" };
            let (at, address) = (consent.at.to_string(), consent.address.to_string());
            let agent = consent.user_agent.as_deref().unwrap_or_default();
            let place = consent.place.as_deref().unwrap_or_default();
            rows.add(&["marketing_mail", given, &at, &consent.said_in, &address, agent, place]).await?;
        }
        after = page.rows.last().map(|last| last.id);
        if !page.more {
            return Ok(());
        }
    }
}

/// Frees the names that nobody needs for the rest: every claim but the one on the present address. 2 `GetItem`s and a
/// transaction or a `DeleteItem` for each thing found.
async fn erase(erasure: &mut Erasure<'_, AccountHolder>) -> Result<(), Fault> {
    let AccountHolder { app, account, .. } = erasure.subject;
    let mine = || equals("account", account.id.to_string());
    let given_up = addresses_given_up(&app.store, account.id).await?;
    let macs = app.macs().await?;
    for (address, _) in &given_up {
        let claim = keys::email_claim(&address.normalised());
        erasure.remove(keys::EMAIL_CLAIM, &claim, &mine().and(has("held_until"))).await?;
        // Those at the present address are forgotten with the sessions.
        sessions::forget_guesses_at(app, &macs, address).await?;
    }
    if let Some(claim) = UsernameClaimRow::of(account) {
        erasure.remove(keys::USERNAME_CLAIM, &claim.key(), &mine()).await?;
    }
    let profile = profile_of(&app.store, account.id).await?;
    if let Some(phone) = profile.get(Field::Phone) {
        let claim = PhoneClaimRow::new(phone, account.id);
        erasure.remove(keys::PHONE_CLAIM, &claim.key(), &mine()).await?;
    }
    for address in given_up.iter().map(|(address, _)| address).chain([&account.email]) {
        let mac = address_mac(macs.lookup_key(), &address.normalised());
        let key = keys::pending_login(&mac);
        if let Some(pending) = app.store.get::<PendingLogin>(&key).await? {
            if let Some(registration) = pending.registration {
                erasure.remove_uncounted(&keys::pending_registration(registration)).await?;
            }
            erasure.remove(keys::PENDING_LOGIN, &key, &present()).await?;
        }
        rate::forget(app, Mailbox::of(mac)).await?;
    }
    rate::forget(app, Subject::person(account.id)).await
}

/// The key of the claim on an account's present address, and on what it is the account's: what frees the address.
pub(crate) fn claim_on_address(
    account: &Account,
) -> (latchkey_kernel::dynamo::Key, latchkey_kernel::dynamo::Condition) {
    let claim = EmailClaimRow::new(account.email.normalised(), account.id);
    (claim.key(), equals("account", account.id.to_string()))
}
