//! The codes and links that are mailed to users, as the rules use them: flows that anybody can begin, and codes of a session.

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_identity::accounts::code_flow::{
    self, Flow, FlowKind, FlowsRow, Mailed, Purpose, find_by_link, reserve_try, return_try,
};
use latchkey_identity::accounts::mailed_code::{self, MailedCode};
use latchkey_identity::accounts::{Account, AccountId, EmailAddress, by_id, end_sessions};
use latchkey_identity::sessions::SessionId;
use latchkey_kernel::dynamo::Row as _;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::secret::{Code, OpaqueToken, TokenKind};
use latchkey_tests::TestApp;

const KEY: [u8; 32] = [7; 32];
const OTHER_KEY: [u8; 32] = [8; 32];
const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
const LINK_LIFE: SignedDuration = SignedDuration::from_hours(1);

struct TestLink;

impl TokenKind for TestLink {
    const PREFIX: &'static str = "lkx_";
}

struct Reset;

impl TokenKind for Reset {
    const PREFIX: &'static str = "lky_";
}

impl FlowKind for Reset {
    const PURPOSE: Purpose = Purpose::PasswordReset;
}

type Token = code_flow::FlowToken<Reset>;
type Link = OpaqueToken<TestLink>;

fn address(text: &str) -> EmailAddress {
    EmailAddress::parse(text).unwrap()
}

/// A flow of Ada's account, with a link beside its code, written by itself.
async fn begin(app: &TestApp) -> (Token, Code, Link) {
    begin_for(app, LINK_LIFE).await
}

async fn begin_for(app: &TestApp, life: SignedDuration) -> (Token, Code, Link) {
    let to = address("ada@example.com");
    let purpose = Purpose::PasswordReset;
    let (mut mailed, code) = Mailed::issue(purpose, ACCOUNT, &to, 0, &KEY, app.entropy(), app.now());
    let (link, _) = mailed.add_link(life, app.entropy(), app.now());
    let row: Option<FlowsRow> = app.store().get(&code_flow::key(ACCOUNT, purpose)).await.unwrap();
    let (token, update) = code_flow::adding(row.as_ref(), &mailed, &KEY, app.entropy(), app.now()).unwrap();
    app.store().transaction::<Fault>().update(&update).commit().await.unwrap();
    (token, code, link)
}

async fn reserve(app: &TestApp, token: &Token) -> Option<Flow> {
    reserve_try(app.store(), token, &KEY, app.now()).await.unwrap()
}

async fn behind(app: &TestApp, link: &Link) -> Option<Flow> {
    find_by_link(app.store(), link, Purpose::PasswordReset, app.now()).await.unwrap()
}

/// Whether this very flow could be spent.
async fn spend(app: &TestApp, flow: &Flow) -> bool {
    app.store().delete(&flow.key(), &flow.unspent()).await.unwrap()
}

/// Another code than this one.
fn wrong(code: &Code) -> Code {
    Code::parse(if code.reveal() == "00000000" { "00000001" } else { "00000000" }).unwrap()
}

#[tokio::test]
async fn a_code_opens_its_own_flow_alone() {
    let app = TestApp::new();
    let (first, code, _) = begin(&app).await;
    let (second, other, _) = begin(&app).await;
    let flow = reserve(&app, &first).await.unwrap();
    assert!(flow.is(&code, &KEY) && !flow.is(&other, &KEY) && !flow.is(&code, &OTHER_KEY));
    assert!(reserve(&app, &second).await.unwrap().is(&other, &KEY));
    assert_eq!((flow.account_id(), flow.address().as_str()), (ACCOUNT, "ada@example.com"));
    let mut forged = first.reveal().into_bytes();
    forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
    let forged = Token::parse(std::str::from_utf8(&forged).unwrap()).unwrap();
    assert!(reserve(&app, &forged).await.is_none());
    let under_another_key = reserve_try(app.store(), &first, &OTHER_KEY, app.now()).await.unwrap();
    assert!(under_another_key.is_none());
}

#[tokio::test]
async fn each_flow_is_worth_five_tries_even_when_fifty_race_and_its_link_survives_them() {
    let app = TestApp::new();
    let (token, code, link) = begin(&app).await;
    let (other, _, _) = begin(&app).await;
    let tries = join_all((0..50).map(|_| reserve(&app, &token))).await;
    let looked_at: Vec<_> = tries.into_iter().flatten().collect();
    assert_eq!(looked_at.len(), 5);
    assert!(looked_at.iter().all(|flow| !flow.is(&wrong(&code), &KEY)));
    assert!(reserve(&app, &token).await.is_none());
    assert_eq!(join_all((0..9).map(|_| reserve(&app, &other))).await.into_iter().flatten().count(), 5);
    assert!(spend(&app, &behind(&app, &link).await.unwrap()).await);
}

#[tokio::test]
async fn a_try_that_was_given_back_can_be_made_again_and_no_more() {
    let app = TestApp::new();
    let (token, _, _) = begin(&app).await;
    for _ in 0..20 {
        let flow = reserve(&app, &token).await.unwrap();
        return_try(app.store(), &flow).await.unwrap();
    }
    let flow = reserve(&app, &token).await.unwrap();
    for _ in 0..3 {
        return_try(app.store(), &flow).await.unwrap();
    }
    assert_eq!(join_all((0..9).map(|_| reserve(&app, &token))).await.into_iter().flatten().count(), 5);
}

#[tokio::test]
async fn of_fifty_who_spend_flows_of_one_account_at_once_one_succeeds() {
    let app = TestApp::new();
    let (token, _, link) = begin(&app).await;
    let (other, _, _) = begin(&app).await;
    let flows = [
        reserve(&app, &token).await.unwrap(),
        behind(&app, &link).await.unwrap(),
        reserve(&app, &other).await.unwrap(),
    ];
    let spent = join_all((0..50).map(|n| spend(&app, &flows[n % 3]))).await;
    assert_eq!(spent.into_iter().filter(|spent| *spent).count(), 1);
    assert!(reserve(&app, &token).await.is_none() && reserve(&app, &other).await.is_none());
    assert!(behind(&app, &link).await.is_none());
}

#[tokio::test]
async fn five_flows_live_side_by_side_and_the_one_that_would_end_first_makes_room() {
    let app = TestApp::new();
    let last = begin_for(&app, SignedDuration::from_hours(20)).await;
    let mut flows = Vec::new();
    for _ in 0..5 {
        app.advance(SignedDuration::from_secs(10));
        flows.push(begin(&app).await);
    }
    assert!(reserve(&app, &flows[0].0).await.is_none() && behind(&app, &flows[0].2).await.is_none());
    for (token, code, link) in &flows[1..] {
        assert!(reserve(&app, token).await.unwrap().is(code, &KEY));
        assert!(behind(&app, link).await.is_some());
    }
    assert!(behind(&app, &last.2).await.is_some(), "a link that a limit made the last lives on");
    // The slot that was given on has tries of its own.
    let (newest, _, _) = flows.last().unwrap();
    assert_eq!(join_all((0..9).map(|_| reserve(&app, newest))).await.into_iter().flatten().count(), 4);
}

#[tokio::test]
async fn codes_and_links_expire_each_at_its_own_time() {
    let app = TestApp::new();
    let (token, _, link) = begin(&app).await;
    app.advance(Code::LIFE - SignedDuration::from_secs(1));
    assert!(reserve(&app, &token).await.is_some());
    app.advance(SignedDuration::from_secs(1));
    assert!(reserve(&app, &token).await.is_none());
    assert!(behind(&app, &link).await.is_some());
    app.advance(LINK_LIFE - Code::LIFE);
    assert!(behind(&app, &link).await.is_none());
}

#[tokio::test]
async fn what_was_made_void_is_gone_and_what_comes_after_is_not() {
    let app = TestApp::new();
    let (token, _, link) = begin(&app).await;
    let void = code_flow::key(ACCOUNT, Purpose::PasswordReset);
    app.store().transaction::<Fault>().delete(&void, None).commit().await.unwrap();
    assert!(reserve(&app, &token).await.is_none());
    assert!(behind(&app, &link).await.is_none());
    let (after, _, _) = begin(&app).await;
    assert!(reserve(&app, &after).await.is_some() && reserve(&app, &token).await.is_none());
}

#[tokio::test]
async fn what_is_stored_tells_neither_token_nor_code_nor_link() {
    let app = TestApp::new();
    let (token, code, link) = begin(&app).await;
    let stored = serde_json::to_string(&app.engine.scan("EphemeralTable")).unwrap();
    for secret in [code.reveal(), &link.reveal()[4..], &token.reveal()[4..]] {
        assert!(!stored.contains(secret), "{stored}");
    }
}

/// An account, and a code that was mailed in a session of it.
async fn issue(app: &TestApp, account: &Account, session: SessionId, purpose: mailed_code::Purpose) -> Code {
    let to = address("ada@example.org");
    let (mailed, code) = MailedCode::issue(purpose, account, session, &to, &KEY, app.entropy(), app.now());
    app.store().transaction::<Fault>().put(&mailed).commit().await.unwrap();
    code
}

async fn account(app: &TestApp) -> Account {
    let ada = app.new_account("ada@example.com").await;
    by_id(app.store(), ada.id().parse().unwrap()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_code_of_a_session_is_of_its_purpose_its_session_and_both_addresses() {
    let app = TestApp::new();
    let account = account(&app).await;
    let sessions = [SessionId::from_bytes([1; 16]), SessionId::from_bytes([2; 16])];
    let (change, step_up) = (mailed_code::Purpose::EmailChange, mailed_code::Purpose::StepUp);
    let code = issue(&app, &account, sessions[0], change).await;
    let other = issue(&app, &account, sessions[1], change).await;
    let reserve = async |session: SessionId, purpose| {
        mailed_code::reserve_try(app.store(), account.id, session, purpose, app.now()).await.unwrap()
    };
    assert!(reserve(sessions[0], step_up).await.is_none());
    let mailed = reserve(sessions[0], change).await.unwrap();
    assert!(mailed.is(&code, &account, &KEY) && !mailed.is(&code, &account, &OTHER_KEY));
    assert!(!mailed.is(&other, &account, &KEY), "the code of another session");
    let moved = Account { email: address("ada@example.net"), ..account.clone() };
    assert!(!mailed.is(&code, &moved, &KEY), "the account has another address by now");
    assert!(reserve(sessions[1], change).await.unwrap().is(&other, &account, &KEY), "neither voided the other");
    let newer = issue(&app, &account, sessions[0], change).await;
    assert!(!app.store().delete(&mailed.key(), &mailed.unspent()).await.unwrap(), "a newer one took its place");
    let tries = join_all((0..50).map(|_| reserve(sessions[0], change))).await;
    let tries: Vec<_> = tries.into_iter().flatten().collect();
    assert_eq!((tries.len(), tries[0].is(&newer, &account, &KEY)), (5, true));
    app.advance(Code::LIFE);
    assert!(reserve(sessions[1], change).await.is_none());
}

#[tokio::test]
async fn of_two_facts_that_end_all_sessions_at_once_one_happens() {
    let (app, ada) = TestApp::new().with_account("ada@example.com").await;
    let id = ada.answer["user"]["id"].as_str().unwrap().parse().unwrap();
    let account = by_id(app.store(), id).await.unwrap().unwrap();
    let end = || app.store().transaction::<Fault>().update(&end_sessions(&account, app.now())).commit();
    let ended = join_all((0..10).map(|_| end())).await;
    assert_eq!(ended.into_iter().flatten().count(), 1);
    assert_eq!(ada.calling(&app).get("/api/auth/me").await.summary(), "401 token_invalid");
    assert_eq!(app.refresh(&ada.refresh).await.summary(), "401 token_invalid");
}
