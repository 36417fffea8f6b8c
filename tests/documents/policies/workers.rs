//! What no request asks for: mails that fail and are tried again, what is due later, places, and reports of SES.

use jiff::SignedDuration;
use latchkey_local::ses::Failure;
use latchkey_tests::TestApp;

use super::{Used, exporting};

/// Lets every worker do what it does, on good days and on bad ones.
pub(super) async fn at_work(used: &mut Used) {
    for adds_slashes in [false, true] {
        let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
        let app = if adds_slashes { app.adding_slashes() } else { app };
        app.warm_up().await;
        mails(&app).await;
        app.invoke_feedback(serde_json::from_str(&crate::read("events/feedback/bounce.json")).unwrap()).await;
        places(&app).await;
        used.add(&app);
        let app = TestApp::with_config(&[("RATE_FACTOR", "100")]);
        let app = if adds_slashes { app.adding_slashes() } else { app };
        Box::pin(exporting::exporting_and_erasing(&app)).await;
        used.add(&app);
    }
}

/// SES refuses mails for now and for good; the stream forgets one, and the schedule finds it, twice.
async fn mails(app: &TestApp) {
    app.new_account("ada@example.com").await;
    app.sign_in_elsewhere("ada@example.com").await.success();
    app.inbox.fail_next(1, &Failure::Refused("TooManyRequestsException".to_owned()));
    app.run_workers().await;
    app.sign_in_elsewhere("ada@example.com").await.success();
    app.inbox.fail_next(1, &Failure::Refused("MessageRejected".to_owned()));
    app.run_workers().await;
    app.register("cyd@example.com").await;
    app.forget_stream();
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.advance(SignedDuration::from_hours(25));
    app.redrive_outbox().await;
    assert!(!app.inbox.mails(None).is_empty(), "the mailer was not seen to send");
}

/// A database of places is fetched, and read by every function that tells of them.
async fn places(app: &TestApp) {
    app.has_maxmind_account("1", "key");
    app.downloads.publish(&[("x/GeoLite2-City.mmdb", latchkey_tests::PLACES)], "1:key");
    app.update_places().await.unwrap();
}
