//! Keys that were replaced: what somebody copied of them long ago opens nothing, and what was made with them stays good for
//! as long as it should.

use std::sync::Arc;

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_identity::accounts::AccountId;
use latchkey_identity::registry;
use latchkey_identity::sessions::{RefreshTokens, SessionId};
use latchkey_kernel::dynamo::resealing::{self, RETIRABLE_AFTER, RetireError, Retired, retire};
use latchkey_kernel::http::csrf;
use latchkey_kernel::http::page::List;
use latchkey_kernel::secret::{Macs, MacsMaterial, SealingMaterial, TagKeys};
use latchkey_tests::{Fault, Person, TestApp, operations};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// The kinds of rows whose sealed values die by themselves, and within how many hours.
const SHORT_LIVED: &[(&str, i64)] = &[
    ("TotpEnrolment", 1),
    ("ProviderVisit", 1),
    ("ProviderReturn", 1),
    ("IdempotencyRecord", 24),
    ("PendingIdentity", 24),
];

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

/// The keys of tags of whoever copied the secret when it was as it is now.
fn copied(app: &TestApp) -> TagKeys {
    TagKeys::new(Arc::new(Macs::new(app.vault.get("macs")).unwrap()), app.now())
}

/// Replaces the key of tags as an operator does.
fn replace_macs(app: &TestApp) {
    for _ in 0..2 {
        let mut macs: MacsMaterial = app.vault.get("macs");
        macs.ring.rotate(app.entropy(), app.now());
        app.vault.put("macs", &macs);
        app.advance(SignedDuration::from_mins(11));
    }
}

/// Replaces the sealing key as an operator does.
fn replace_sealing(app: &TestApp) {
    for _ in 0..2 {
        let mut sealing: SealingMaterial = app.vault.get("sealing");
        sealing.ring.rotate(app.entropy(), app.now());
        app.vault.put("sealing", &sealing);
        app.advance(SignedDuration::from_mins(11));
    }
}

async fn retire_now(app: &TestApp) -> Result<Retired, RetireError> {
    retire(registry::sealed(), app.store(), &app.secrets(), app.entropy(), app.now()).await
}

/// The ids in a person's access token.
async fn ids(app: &TestApp, person: &Person) -> (AccountId, SessionId) {
    let session = app.current_session(person).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&person.answer["user"]["id"]).parse().unwrap(), text(&session["id"]).parse().unwrap())
}

/// The sealed values of both tables: which kind of row holds them, and which key sealed them.
fn sealed(app: &TestApp) -> Vec<(String, u64)> {
    let rows = app.engine.scan("MainTable").into_iter().chain(app.engine.scan("EphemeralTable"));
    let sealed = rows.flat_map(|row| {
        let kind = row["entity"]["S"].as_str().unwrap().to_owned();
        let values: Vec<Value> = row.as_object().unwrap().values().cloned().collect();
        values.into_iter().filter_map(move |value| {
            value["M"]["ciphertext"]["S"].as_str()?;
            Some((kind.clone(), value["M"]["key"]["N"].as_str().unwrap().parse().unwrap()))
        })
    });
    sealed.collect()
}

#[tokio::test]
async fn tags_made_with_a_key_that_was_replaced_before_any_session_of_today_began() {
    let (app, _) = TestApp::new().with_account(ADA).await;
    let stolen = copied(&app);
    replace_macs(&app);
    app.advance(hours(91 * 24));
    let ada = Person::of(app.sign_in(ADA).await.success());
    let (account, session) = ids(&app, &ada).await;

    // Of a token that is ours and not the session's last one, a use would end the session.
    let forged = RefreshTokens::new(&stolen).first(account, session, app.entropy());
    assert_eq!(app.refresh(&forged.reveal()).await.summary(), "401 token_invalid");
    let cursor = List { name: "sessions", owner: account.as_bytes() }.cursor(session.as_bytes(), &stolen).unwrap();
    let listed = ada.calling(&app).get(&format!("/api/auth/sessions?cursor={cursor}")).await;
    assert_eq!(listed.summary(), "422 validation_failed");
    let ada = Person::of(app.refresh(&ada.refresh).await.success());
    ada.calling(&app).get("/api/auth/me").await.success();

    let browser = app.signed_in_browser(ADA).await;
    let shown = browser.get("/api/auth/sessions").await.success();
    let current = shown["items"].as_array().unwrap().iter().find(|one| one["current"] == true).unwrap();
    let session: SessionId = current["id"].as_str().unwrap().parse().unwrap();
    let forged = csrf::token(&stolen, session).unwrap();
    let honest = browser.csrf_token();
    let browser = browser.showing(Some(&forged));
    assert_eq!(browser.post("/api/auth/logout", json!({})).await.summary(), "403 csrf_failed");
    assert_eq!(browser.showing(Some(&honest)).post("/api/auth/logout", json!({})).await.status, 204);
}

#[tokio::test]
async fn a_session_lives_to_its_end_through_a_rotation_at_its_beginning() {
    let app = TestApp::with_config(&[("REFRESH_IDLE_DAYS", "90")]);
    let mut ada = app.new_account(ADA).await;
    replace_macs(&app);
    app.advance(hours(89 * 24));
    ada = Person::of(app.refresh(&ada.refresh).await.success());
    ada.calling(&app).get("/api/auth/me").await.success();
}

#[tokio::test]
async fn a_copy_of_a_sealing_key_that_was_retired() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    let authenticator = app.enrol_totp(&ada).await;
    let zoe = app.new_account("zoe@example.com").await;
    app.run_workers().await;
    // A deletion waits for two weeks, and a mail for its address to exist.
    zoe.calling(&app).delete("/api/auth/me").await.success();
    app.register("cyd@example.com").await;
    replace_sealing(&app);
    assert_eq!(
        retire_now(&app).await.unwrap(),
        Retired::NotBefore(app.now().plus(RETIRABLE_AFTER - SignedDuration::from_mins(11)))
    );
    assert!(sealed(&app).iter().all(|(_, key)| *key == 1), "nothing was touched");
    app.advance(RETIRABLE_AFTER);
    let done = retire_now(&app).await.unwrap();
    assert!(matches!(&done, Retired::Keys { dropped, resealed } if dropped == &[1] && *resealed >= 3), "{done:?}");
    assert_eq!(retire_now(&app).await.unwrap(), Retired::NoneOlder);
    assert!(sealed(&app).iter().all(|(kind, key)| *key == 2 || SHORT_LIVED.iter().any(|(short, _)| kind == short)));

    // What was sealed with it before is as good as it was.
    app.anon().get("/api/health").await.success();
    app.sign_in_with(ADA, &authenticator).await;
    app.redrive_outbox().await;
    app.run_workers().await;
    app.advance(hours(12 * 24));
    app.redrive_outbox().await;
    app.run_workers().await;
    let zoe = zoe.answer["user"]["id"].as_str().unwrap();
    assert!(
        !app.engine.scan("MainTable").iter().any(|row| row["pk"]["S"] == format!("ACCOUNT#{zoe}")),
        "she is erased"
    );
}

#[tokio::test]
async fn a_run_that_dies_half_way_leaves_every_key_and_is_continued() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let mut people = Vec::new();
    for n in 0..4 {
        let email = format!("person{n}@example.com");
        let person = app.new_account(&email).await;
        people.push((email, app.enrol_totp(&person).await));
    }
    app.run_workers().await;
    replace_sealing(&app);
    app.advance(RETIRABLE_AFTER);
    for fault in [Fault::Unreachable, Fault::LostAnswer] {
        for _ in 0..3 {
            app.engine.fail("UpdateItem", 1, fault);
        }
        retire_now(&app).await.unwrap_err();
        app.engine.heal();
        let keys: SealingMaterial = app.vault.get("sealing");
        assert!(keys.ring.get(1).is_some() && keys.ring.get(2).is_some());
    }
    let numbers: Vec<u64> = sealed(&app).into_iter().filter(|(kind, _)| kind == "Totp").map(|(_, key)| key).collect();
    assert!(numbers.contains(&1) && numbers.contains(&2), "half of it is done: {numbers:?}");
    for (email, authenticator) in &people {
        app.sign_in_with(email, authenticator).await;
    }
    assert!(matches!(retire_now(&app).await.unwrap(), Retired::Keys { .. }));
    app.advance(SignedDuration::from_mins(9));
    for (email, authenticator) in &people {
        app.sign_in_with(email, authenticator).await;
    }
    app.run_workers().await;
}

#[tokio::test]
async fn what_people_do_while_keys_are_retired_is_kept() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    let mut people = Vec::new();
    for n in 0..8 {
        let email = format!("person{n}@example.com");
        let person = app.new_account(&email).await;
        people.push((email, app.enrol_totp(&person).await));
    }
    app.run_workers().await;
    replace_sealing(&app);
    app.advance(RETIRABLE_AFTER);
    let signing_in = join_all(people.iter().map(async |(email, authenticator)| {
        let token = app.first_step(email).await;
        let code = authenticator.next_code(&app);
        app.second_step(&token, &code).await.success();
        (email, code)
    }));
    let (retired, used) = tokio::join!(retire_now(&app), signing_in);
    assert!(matches!(retired.unwrap(), Retired::Keys { .. }));
    assert!(sealed(&app).iter().filter(|(kind, _)| kind == "Totp").all(|(_, key)| *key == 2));
    for (email, code) in used {
        let token = app.first_step(email).await;
        assert_eq!(app.second_step(&token, &code).await.status, 401, "a code that was used stays used");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn a_value_that_nothing_opens_keeps_the_keys() {
    let (app, ada) = TestApp::new().with_account(ADA).await;
    app.enrol_totp(&ada).await;
    app.run_workers().await;
    replace_sealing(&app);
    app.advance(RETIRABLE_AFTER);
    // A row that was copied to another account's place.
    let bea = app.new_account("bea@example.com").await;
    app.run_workers().await;
    let id = |person: &Person| person.answer["user"]["id"].as_str().unwrap().to_owned();
    let mut row = app.engine.scan("MainTable").into_iter().find(|row| row["entity"]["S"] == "Totp").unwrap();
    row["pk"]["S"] = json!(format!("ACCOUNT#{}", id(&bea)));
    row["account_id"]["S"] = json!(id(&bea));
    app.engine.put("MainTable", &row);
    let error = retire_now(&app).await.unwrap_err();
    assert!(matches!(&error, RetireError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains(&id(&bea)), "an operator must find it: {error}");
    let keys: SealingMaterial = app.vault.get("sealing");
    assert!(keys.ring.get(1).is_some());
}

#[tokio::test]
async fn whatever_is_stored_sealed_is_sealed_anew_or_dies_within_a_day() {
    let mut kinds = std::collections::BTreeSet::new();
    let short_lived: Vec<_> = SHORT_LIVED.iter().map(|(kind, _)| *kind).collect();
    let resealed: Vec<_> = registry::sealed().map(|kind| kind.entity.name()).collect();
    for (operation, _) in operations() {
        let (app, ready) = TestApp::ready_for(&operation).await;
        kinds.extend(sealed(&app).into_iter().map(|(kind, _)| kind));
        ready.send_from(app.anon().with("idempotency-key", "one")).await;
        for (kind, _) in sealed(&app) {
            assert!(
                resealed.contains(&kind.as_str()) || short_lived.contains(&kind.as_str()),
                "{operation} stores a sealed {kind}, which `rotate-keys sealing --retire` does not know"
            );
            kinds.insert(kind);
        }
        for row in app.engine.scan("EphemeralTable").into_iter().chain(app.engine.scan("MainTable")) {
            let Some((_, life)) = SHORT_LIVED.iter().find(|(kind, _)| row["entity"]["S"] == *kind) else { continue };
            let until: i64 = row["ttl"]["N"].as_str().unwrap().parse().unwrap();
            assert!(until - app.now().as_second() <= life * 3600, "{row}");
        }
        app.run_workers().await;
    }
    for kind in resealed {
        assert!(kinds.contains(kind), "no operation stores a sealed {kind}");
    }
    let longest = SHORT_LIVED.iter().map(|(_, life)| *life).max().unwrap();
    assert!(hours(longest) + latchkey_kernel::secret::SERVE_FOR < resealing::RETIRABLE_AFTER);
}
