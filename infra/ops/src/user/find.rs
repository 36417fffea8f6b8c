//! `latchkey-ops user find`

use latchkey_identity::accounts::profile::{Field, profile_of};
use latchkey_identity::accounts::{Account, Factor};
use latchkey_identity::sessions::end_all::count_alive;
use latchkey_kernel::clock::Timestamp;

use super::{Operator, Who};
use crate::Failure;

pub(super) async fn run(operator: &Operator, who: &Who) -> Result<String, Failure> {
    let account = operator.account(who).await?;
    let (store, now) = (&operator.app.store, operator.client.now);
    let profile = profile_of(store, account.id).await?;
    let sessions = count_alive(store, &account, now).await?;
    Ok(described(&account, profile.get(Field::Phone), sessions, now))
}

/// What is shown of an account, a line each.
fn described(account: &Account, phone: Option<&str>, sessions: usize, now: Timestamp) -> String {
    let or_none = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let listed = |words: Vec<String>| if words.is_empty() { "-".to_owned() } else { words.join(", ") };
    let lines = [
        ("id", account.id.to_string()),
        ("email address", account.email.as_str().to_owned()),
        ("name", account.name.as_str().to_owned()),
        ("username", or_none(account.username.as_ref().map(latchkey_identity::accounts::Username::as_str))),
        ("phone", or_none(phone)),
        ("state", state(account, now)),
        ("password", if account.password.is_some() { "yes" } else { "no" }.to_owned()),
        ("second factors", listed(factors(account))),
        ("providers", listed(account.social.iter().map(ToString::to_string).collect())),
        ("roles", listed(account.roles.clone())),
        ("sessions", sessions.to_string()),
        ("created", account.created_at.for_people()),
        ("last sign-in", account.last_login_at.map_or_else(|| "never".to_owned(), Timestamp::for_people)),
    ];
    let lines = lines.iter().map(|(name, value)| format!("{name:<14}  {}", plain(value)));
    lines.collect::<Vec<_>>().join("\n")
}

/// Without control characters: a name is the user's own text, and a terminal obeys what it is sent.
fn plain(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).collect()
}

fn state(account: &Account, now: Timestamp) -> String {
    if account.is_gone(now) {
        return "being erased".to_owned();
    }
    let suspended = account.suspended_at.map(|at| format!("suspended since {}", at.for_people()));
    let leaving =
        account.deletion.as_ref().map(|one| format!("deletion scheduled for {}", one.scheduled_at.for_people()));
    let words: Vec<String> = suspended.into_iter().chain(leaving).collect();
    if words.is_empty() { "active".to_owned() } else { words.join("; ") }
}

/// The kinds of factors, and of passkeys how many.
fn factors(account: &Account) -> Vec<String> {
    let passkeys = account.factors.passkeys().count();
    let mut words = Vec::new();
    if account.factors.has(Factor::Totp) {
        words.push("authenticator app".to_owned());
    }
    match passkeys {
        0 => {}
        1 => words.push("1 passkey".to_owned()),
        several => words.push(format!("{several} passkeys")),
    }
    if account.factors.has(Factor::RecoveryCode) {
        words.push("recovery codes".to_owned());
    }
    words
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::SignedDuration;
    use latchkey_identity::accounts::PasskeyId;
    use latchkey_identity::accounts::{AccountId, Deletion, EmailAddress, Factors, Name, ProviderName, Username};
    use latchkey_identity::privacy::DataRequestId;
    use latchkey_kernel::secret::Digest;

    use super::*;

    pub(in crate::user) const NOW: &str = "2026-03-02T09:30:00Z";

    /// An account with a bit of everything.
    pub(in crate::user) fn ada() -> Account {
        let now: Timestamp = NOW.parse().unwrap();
        let factors = Factors::default().with(Factor::Totp, now).with(Factor::RecoveryCode, now);
        Account {
            id: AccountId::from_bytes([1; 16]),
            email: EmailAddress::parse("ada@example.com").unwrap(),
            name: Name::parse("Ada Lovelace").unwrap(),
            username: Some(Username::parse("ada_k").unwrap()),
            password: None,
            factors: factors.with_passkey(PasskeyId::of(b"1"), now).with_passkey(PasskeyId::of(b"2"), now),
            social: vec![ProviderName::parse("google").unwrap()],
            roles: Vec::new(),
            session_epoch: 3,
            sessions_ended_at: None,
            disowned_devices: Vec::new(),
            marketing_consent: false,
            marketing_consent_updated_at: None,
            confirmed_at: now,
            created_at: now,
            updated_at: now,
            login_count: 1,
            last_login_at: Some(now),
            last_login_ip: Some([203, 0, 113, 9].into()),
            countries: Vec::new(),
            deletion: None,
            suspended_at: None,
            export_epoch: 0,
        }
    }

    #[test]
    fn an_account_is_shown_a_line_for_each_thing_and_without_secrets() {
        let now = NOW.parse().unwrap();
        assert_eq!(
            described(&ada(), Some("+49 170 1234567"), 2, now),
            "\
id              01010101-0101-0101-0101-010101010101
email address   ada@example.com
name            Ada Lovelace
username        ada_k
phone           +49 170 1234567
state           active
password        no
second factors  authenticator app, 2 passkeys, recovery codes
providers       google
roles           -
sessions        2
created         2 March 2026, 09:30 UTC
last sign-in    2 March 2026, 09:30 UTC"
        );
    }

    #[test]
    fn what_is_not_there_is_a_dash() {
        let bare =
            Account { username: None, factors: Factors::default(), social: Vec::new(), last_login_at: None, ..ada() };
        let shown = described(&bare, None, 0, NOW.parse().unwrap());
        for line in [
            "username        -",
            "phone           -",
            "second factors  -",
            "providers       -",
            "last sign-in    never",
        ] {
            assert!(shown.lines().any(|shown| shown == line), "{line} is not in {shown}");
        }
    }

    #[test]
    fn a_state_says_since_when_and_until_when() {
        let now: Timestamp = NOW.parse().unwrap();
        let request = DataRequestId::from_bytes([2; 16]);
        let at = now.plus(SignedDuration::from_hours(24 * 14));
        let deletion = Some(Deletion { request, scheduled_at: at, link: Digest::of(b"link") });
        let leaving = Account { deletion, ..ada() };
        let both = Account { suspended_at: Some(now), ..leaving.clone() };
        assert_eq!(
            state(&Account { suspended_at: Some(now), ..ada() }, now),
            "suspended since 2 March 2026, 09:30 UTC"
        );
        assert_eq!(state(&leaving, now), "deletion scheduled for 16 March 2026, 09:30 UTC");
        assert_eq!(
            state(&both, now),
            "suspended since 2 March 2026, 09:30 UTC; deletion scheduled for 16 March 2026, 09:30 UTC"
        );
        assert_eq!(state(&both, at), "being erased");
    }

    #[test]
    fn a_name_cannot_command_the_terminal() {
        assert_eq!(plain("Ada\u{1b}[2J\u{7}"), "Ada[2J");
    }
}
