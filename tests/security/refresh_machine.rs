//! Refreshing in any order, at any time, with any token the session ever had: whatever happens is what the diagram
//! in `sessions` says, and no order of events gives two people a living session out of one.

use jiff::SignedDuration;
use latchkey_tests::{Person, TestApp};
use proptest::prelude::*;
use serde_json::json;

/// One event.
#[derive(Debug, Clone, Copy)]
enum Event {
    /// Somebody comes with a token of the chain, counted back from the newest.
    Refresh(usize),
    /// Time passes, in seconds.
    Wait(i64),
    /// The person signs out.
    SignOut,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        8 => (0_usize..4).prop_map(Event::Refresh),
        4 => prop_oneof![Just(1), Just(29), Just(30), Just(31), Just(3600)].prop_map(Event::Wait),
        1 => Just(Event::SignOut),
    ]
}

/// What the session should be like.
struct Model {
    tokens: Vec<String>,
    rotated_at: Option<i64>,
    now: i64,
    alive: bool,
}

impl Model {
    /// What a refresh with the token `back` before the newest should answer.
    fn refresh(&mut self, back: usize) -> &'static str {
        let within_grace = self.rotated_at.is_some_and(|at| self.now - at <= 30);
        match back {
            _ if !self.alive => "401 token_invalid",
            0 => {
                self.rotated_at = Some(self.now);
                "200 new"
            }
            1 if within_grace => "200 same",
            _ => {
                self.alive = false;
                "401 token_reused"
            }
        }
    }
}

async fn play(events: &[Event]) {
    let app = TestApp::with_config(&[("RATE_FACTOR", "1000")]);
    let ada = app.new_account("ada@example.com").await;
    let mut model = Model { tokens: vec![ada.refresh], rotated_at: None, now: 0, alive: true };
    for event in events {
        match event {
            Event::Wait(seconds) => {
                app.advance(SignedDuration::from_secs(*seconds));
                model.now += seconds;
            }
            Event::SignOut => {
                let newest = model.tokens.last().unwrap();
                let answer = app.anon().post("/api/auth/logout", json!({ "refresh": newest })).await;
                assert_eq!(answer.status == 204, model.alive, "{events:?}");
                model.alive = false;
            }
            Event::Refresh(back) if *back >= model.tokens.len() => {}
            Event::Refresh(back) => {
                let newest = model.tokens.last().unwrap().clone();
                let used = model.tokens[model.tokens.len() - 1 - back].clone();
                let expected = model.refresh(*back);
                let answer = app.refresh(&used).await;
                if answer.status != 200 {
                    assert_eq!(answer.summary(), expected, "{events:?}");
                    continue;
                }
                let given = Person::of(answer.success());
                assert_eq!(expected, if given.refresh == newest { "200 same" } else { "200 new" }, "{events:?}");
                assert_eq!(given.calling(&app).get("/api/auth/me").await.status, 200);
                if given.refresh != newest {
                    model.tokens.push(given.refresh);
                }
            }
        }
    }
    app.run_workers().await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases / 10))]

    #[test]
    fn every_order_of_events_ends_as_the_model_says(events in proptest::collection::vec(event(), 1..14)) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(play(&events));
    }
}
