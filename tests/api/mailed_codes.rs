//! The codes and links that are mailed to people who have an account, as the rules use them.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey::accounts::mailed_code::{self, MailedCode, Purpose, find_by_link, reserve_try, return_try};
use latchkey::accounts::{EmailAddress, by_id, end_sessions};
use latchkey::dynamo::{Row as _, StoreError};
use latchkey::id::AccountId;
use latchkey::secret::{Code, OpaqueToken, TokenKind};
use latchkey_tests::TestApp;

const KEY: [u8; 32] = [7; 32];
const OTHER_KEY: [u8; 32] = [8; 32];
const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
const LINK_LIFE: SignedDuration = SignedDuration::from_hours(1);

struct TestLink;

impl TokenKind for TestLink {
    const PREFIX: &'static str = "lkx_";
}

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// Mails a code to Ada for a purpose, with a link beside it.
async fn issue(app: &TestApp, purpose: Purpose) -> (Code, OpaqueToken<TestLink>) {
    let to = address("ada@example.com");
    let (mut mailed, code) = MailedCode::issue(purpose, ACCOUNT, &to, &KEY, app.entropy(), app.now());
    let link = mailed.add_link(LINK_LIFE, app.entropy(), app.now());
    app.store().transaction::<StoreError>().put(&mailed).commit().await.unwrap();
    (code, link)
}

async fn reserve(app: &TestApp, purpose: Purpose) -> Option<MailedCode> {
    reserve_try(app.store(), ACCOUNT, purpose, app.now()).await.unwrap()
}

async fn behind(app: &TestApp, link: &OpaqueToken<TestLink>, purpose: Purpose) -> Option<MailedCode> {
    find_by_link(app.store(), link, purpose, app.now()).await.unwrap()
}

/// Whether this very code, or link, could be spent.
async fn spend(app: &TestApp, mailed: &MailedCode) -> bool {
    app.store().delete(&mailed.key(), &mailed.unspent()).await.unwrap()
}

/// Another code than this one.
fn wrong(code: &Code) -> Code {
    Code::parse(if code.reveal() == "00000000" { "00000001" } else { "00000000" }).unwrap()
}

#[tokio::test]
async fn a_code_opens_only_what_it_was_mailed_for() {
    let app = TestApp::new();
    let (code, _) = issue(&app, Purpose::PasswordReset).await;
    assert!(reserve(&app, Purpose::StepUp).await.is_none());
    let (other, _) = issue(&app, Purpose::StepUp).await;
    let mailed = reserve(&app, Purpose::PasswordReset).await.unwrap();
    assert!(mailed.is(&code, &KEY));
    assert!(!mailed.is(&code, &OTHER_KEY));
    assert!(!mailed.is(&other, &KEY));
    assert_eq!((mailed.account_id(), mailed.address().as_str()), (ACCOUNT, "ada@example.com"));
    for holder in [(AccountId::from_bytes([2; 16]), "ada@example.com"), (ACCOUNT, "bea@example.com")] {
        let (elsewhere, _) =
            MailedCode::issue(Purpose::PasswordReset, holder.0, &address(holder.1), &KEY, app.entropy(), app.now());
        assert!(!elsewhere.is(&code, &KEY), "{holder:?}");
    }
}

#[tokio::test]
async fn a_code_is_worth_five_tries_even_when_fifty_race_and_its_link_survives_them() {
    let app = TestApp::new();
    let (code, link) = issue(&app, Purpose::PasswordReset).await;
    let tries = join_all((0..50).map(|_| reserve(&app, Purpose::PasswordReset))).await;
    let looked_at: Vec<_> = tries.into_iter().flatten().collect();
    assert_eq!(looked_at.len(), 5);
    assert!(looked_at.iter().all(|mailed| !mailed.is(&wrong(&code), &KEY)));
    assert!(reserve(&app, Purpose::PasswordReset).await.is_none());
    let mailed = behind(&app, &link, Purpose::PasswordReset).await.unwrap();
    assert!(spend(&app, &mailed).await);
}

#[tokio::test]
async fn a_try_that_was_given_back_can_be_made_again() {
    let app = TestApp::new();
    issue(&app, Purpose::StepUp).await;
    for _ in 0..20 {
        let mailed = reserve(&app, Purpose::StepUp).await.unwrap();
        return_try(app.store(), &mailed).await.unwrap();
    }
    let old = reserve(&app, Purpose::StepUp).await.unwrap();
    issue(&app, Purpose::StepUp).await;
    return_try(app.store(), &old).await.unwrap();
    let tries = join_all((0..6).map(|_| reserve(&app, Purpose::StepUp))).await;
    assert_eq!(tries.into_iter().flatten().count(), 5, "another code's try is not given to this one");
}

#[tokio::test]
async fn of_fifty_who_spend_a_code_or_its_link_at_once_one_succeeds() {
    let app = TestApp::new();
    let (_, link) = issue(&app, Purpose::StepUp).await;
    let by_code = reserve(&app, Purpose::StepUp).await.unwrap();
    let by_link = behind(&app, &link, Purpose::StepUp).await.unwrap();
    let spent = join_all((0..50).map(|n| spend(&app, if n % 2 == 0 { &by_code } else { &by_link }))).await;
    assert_eq!(spent.into_iter().filter(|spent| *spent).count(), 1);
    assert!(reserve(&app, Purpose::StepUp).await.is_none());
    assert!(behind(&app, &link, Purpose::StepUp).await.is_none());
}

#[tokio::test]
async fn a_new_code_kills_the_old_code_and_the_old_link() {
    let app = TestApp::new();
    let (old, old_link) = issue(&app, Purpose::EmailChange).await;
    let read_before = reserve(&app, Purpose::EmailChange).await.unwrap();
    let (new, new_link) = issue(&app, Purpose::EmailChange).await;
    assert!(!spend(&app, &read_before).await, "who had compared the old code spends nothing");
    let mailed = reserve(&app, Purpose::EmailChange).await.unwrap();
    assert!(mailed.is(&new, &KEY) && !mailed.is(&old, &KEY));
    assert!(behind(&app, &old_link, Purpose::EmailChange).await.is_none());
    assert!(behind(&app, &new_link, Purpose::EmailChange).await.is_some());
    assert!(behind(&app, &new_link, Purpose::PasswordReset).await.is_none());
}

#[tokio::test]
async fn codes_and_links_expire_each_at_its_own_time() {
    let app = TestApp::new();
    let (_, link) = issue(&app, Purpose::PasswordReset).await;
    app.advance(Code::LIFE - SignedDuration::from_secs(1));
    assert!(reserve(&app, Purpose::PasswordReset).await.is_some());
    app.advance(SignedDuration::from_secs(1));
    assert!(reserve(&app, Purpose::PasswordReset).await.is_none());
    assert!(behind(&app, &link, Purpose::PasswordReset).await.is_some());
    app.advance(LINK_LIFE - Code::LIFE);
    assert!(behind(&app, &link, Purpose::PasswordReset).await.is_none());
}

#[tokio::test]
async fn a_code_that_was_made_void_is_gone() {
    let app = TestApp::new();
    let (_, link) = issue(&app, Purpose::PasswordReset).await;
    let void = mailed_code::key(ACCOUNT, Purpose::PasswordReset);
    app.store().transaction::<StoreError>().delete(&void, None).commit().await.unwrap();
    assert!(reserve(&app, Purpose::PasswordReset).await.is_none());
    assert!(behind(&app, &link, Purpose::PasswordReset).await.is_none());
}

#[tokio::test]
async fn what_is_stored_tells_neither_code_nor_link() {
    let app = TestApp::new();
    let (code, link) = issue(&app, Purpose::PasswordReset).await;
    let stored = serde_json::to_string(&app.engine.scan("EphemeralTable")).unwrap();
    assert!(!stored.contains(code.reveal()) && !stored.contains(&link.reveal()[4..]), "{stored}");
}

#[tokio::test]
async fn of_two_facts_that_end_all_sessions_at_once_one_happens() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let id = ada.answer["user"]["id"].as_str().unwrap().parse().unwrap();
    let account = by_id(app.store(), id).await.unwrap().unwrap();
    let end = || app.store().transaction::<StoreError>().update(&end_sessions(&account, app.now())).commit();
    let ended = join_all((0..10).map(|_| end())).await;
    assert_eq!(ended.into_iter().flatten().count(), 1);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
}
