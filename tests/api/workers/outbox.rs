//! The outbox: mailer and scheduler together. No mail is lost, and none goes out twice without need.

use jiff::SignedDuration;
use latchkey_local::ses::Failure;
use latchkey_tests::{Fault, TestApp};

const ADA: &str = "ada@example.com";

#[tokio::test]
async fn a_mail_goes_out_once_though_its_record_comes_many_times() {
    let app = TestApp::new();
    app.register(ADA).await;
    for _ in 0..3 {
        app.run_workers().await;
        app.replay_stream();
    }
    assert_eq!(app.subjects_to(ADA).len(), 1);
    assert_eq!(app.counted("MailSent"), 1);
    assert!(app.engine.scan("MainTable").is_empty(), "the item is deleted once it is carried out");
}

#[tokio::test]
async fn what_waits_in_the_outbox_is_sealed() {
    let app = TestApp::new();
    app.register(ADA).await;
    let stored = serde_json::to_string(&app.engine.scan("MainTable")).unwrap();
    assert!(!stored.contains("ada@"), "{stored}");
    assert!(!stored.contains("confirm-email"), "{stored}");
    app.run_workers().await;
}

#[tokio::test]
async fn a_mail_that_ses_throttles_is_tried_again_and_sent() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.inbox.fail_next(1, &Failure::Refused("TooManyRequestsException".to_owned()));
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
    assert_eq!((app.counted("MailDeferred"), app.counted("MailSent")), (1, 1));
}

#[tokio::test]
async fn a_mail_that_the_stream_gave_up_is_redriven_by_the_schedule() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.inbox.fail_next(100, &Failure::Refused("SendingPausedException".to_owned()));
    app.run_workers().await;
    assert_eq!(app.waiting_mail(), 1);
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 0, "it has not waited for five minutes");
    app.advance(SignedDuration::from_mins(6));
    app.inbox.heal();
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
}

#[tokio::test]
async fn a_mail_that_ses_refuses_for_good_is_kept_counted_and_not_tried_again() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.inbox.fail_next(1, &Failure::Refused("MessageRejected".to_owned()));
    app.run_workers().await;
    assert_eq!(app.counted("MailDeadLettered"), 1);
    assert_eq!(app.waiting_mail(), 0);
    let items = app.engine.scan("MainTable");
    assert_eq!(items[0]["state"]["S"], "dead");
    assert_eq!(items[0]["last_error"]["S"], "MessageRejected");
    assert!(items[0]["ttl"]["N"].is_string());
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 0);
}

#[tokio::test]
async fn a_mail_that_has_outlived_its_code_is_given_up_and_counted() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.advance(SignedDuration::from_hours(25));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.counted("MailDeadLettered"), 1);
    assert_eq!(app.subjects_to(ADA).len(), 0);
}

#[tokio::test]
async fn a_mailer_that_dies_after_its_claim_loses_no_mail() {
    let app = TestApp::new();
    app.register(ADA).await;
    // The claim is written, the answer lost, and so is every later one: as if the process had died there.
    app.engine.fail("UpdateItem", 0, Fault::LostAnswer);
    for _ in 0..200 {
        app.engine.fail("UpdateItem", 1, Fault::Unreachable);
    }
    app.run_workers().await;
    app.engine.heal();
    assert_eq!(app.subjects_to(ADA).len(), 0);
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
}

#[tokio::test]
async fn a_mailer_that_dies_before_its_mark_sends_again_rather_than_never() {
    let app = TestApp::new();
    app.register(ADA).await;
    for nth in 0..3 {
        app.engine.fail("DeleteItem", nth, Fault::Unreachable);
    }
    app.run_workers().await;
    app.engine.heal();
    assert_eq!(app.subjects_to(ADA).len(), 1);
    assert_eq!(app.waiting_mail(), 1, "it was sent, but nobody wrote that down");
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 2);
    assert_eq!(app.waiting_mail(), 0);
}

#[tokio::test]
async fn a_mail_whose_answer_is_lost_is_sent_once_more_at_once_and_then_waits() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.inbox.fail_next(2, &Failure::LostAnswer);
    app.run_workers().await;
    app.replay_stream();
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 2, "both were accepted, though nobody heard of it");
    assert_eq!(app.waiting_mail(), 1);
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!((app.subjects_to(ADA).len(), app.waiting_mail()), (3, 0), "again, rather than never");
}

#[tokio::test]
async fn a_burial_whose_answer_is_lost_is_counted_all_the_same() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.inbox.fail_next(1, &Failure::Refused("MessageRejected".to_owned()));
    app.engine.fail("UpdateItem", 1, Fault::LostAnswer);
    app.run_workers().await;
    assert_eq!((app.counted("MailDeadLettered"), app.waiting_mail()), (1, 0));
    app.register("bea@example.com").await;
    app.forget_stream();
    app.advance(SignedDuration::from_hours(25));
    // The first is the touch, which finds the item too old.
    app.engine.fail("UpdateItem", 1, Fault::LostAnswer);
    app.redrive_outbox().await;
    assert_eq!((app.counted("MailDeadLettered"), app.waiting_mail()), (2, 0));
}

#[tokio::test]
async fn a_claim_whose_answer_is_lost_is_recognised_when_it_is_tried_again() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.engine.fail("UpdateItem", 0, Fault::LostAnswer);
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
}

#[tokio::test]
async fn an_item_that_cannot_be_read_holds_up_no_other_and_is_given_up() {
    let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    for n in 0..20 {
        app.register(&format!("person{n}@example.com")).await;
    }
    app.forget_stream();
    let poisoned = app.engine.scan("MainTable")[0]["pk"].clone();
    let spoil = serde_json::json!({
        "TableName": "MainTable", "Key": { "pk": poisoned, "sk": { "S": "OUTBOX" } }, "UpdateExpression": "SET v = :v",
        "ExpressionAttributeValues": { ":v": { "N": "99" } },
    });
    app.engine.update(spoil);
    app.forget_stream();
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.inbox.mails(None).len(), 19);
    app.advance(SignedDuration::from_hours(25));
    app.redrive_outbox().await;
    assert_eq!((app.waiting_mail(), app.counted("MailDeadLettered")), (0, 1));
}

#[tokio::test]
async fn one_mail_that_cannot_be_sent_holds_up_no_other() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.register("bea@example.com").await;
    app.register("cyd@example.com").await;
    app.inbox.fail_next(1, &Failure::Refused("MessageRejected".to_owned()));
    app.run_workers().await;
    assert_eq!(app.inbox.mails(None).len(), 2);
}

#[tokio::test]
async fn a_stream_that_lost_its_records_is_made_good_by_the_schedule() {
    let app = TestApp::new();
    app.register(ADA).await;
    app.forget_stream();
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 0);
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.run_workers().await;
    assert_eq!(app.subjects_to(ADA).len(), 1);
}
