//! Many environments that share one store: no limit is exceeded, and what leases lose has a bound.

use std::collections::VecDeque;

use futures_util::future::join_all;
use jiff::SignedDuration;
use latchkey_identity::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::http::client::Client;
use latchkey_kernel::http::rate::{Refused, Subject, Tally, admit};
use latchkey_kernel::telemetry::Trail;
use latchkey_tests::TestApp;

const LIMIT: usize = 1200;

fn client(now: Timestamp, address: &str) -> Client {
    Client {
        now,
        address: address.parse().unwrap(),
        user_agent: None,
        request_id: "request".to_owned(),
        trail: Trail::default(),
        tally: Tally::default(),
    }
}

async fn is_admitted(environment: &App, client: Client) -> bool {
    match admit(environment, &client, Subject::address(&client), []).await {
        Ok(()) => true,
        Err(Refused::Limited(_)) => false,
        Err(Refused::Failed(fault)) => panic!("{fault}"),
    }
}

#[tokio::test]
async fn no_window_admits_more_than_the_limit_whichever_environments_are_asked() {
    for (seed, environments) in [(1_u64, 1), (2, 3), (3, 9), (4, 40)] {
        let app = TestApp::with_config(&[("RATE_ANON", "1200/min")]);
        let environments = app.environments(environments);
        let mut admitted: VecDeque<Timestamp> = VecDeque::new();
        let mut random = seed;
        let mut draw = |bound: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        // Bursts of requests at once, with pauses between them: more than the limit for two windows.
        let begin = app.now();
        while app.now().since(begin) < SignedDuration::from_secs(120) {
            let burst = 1 + draw(60);
            let now = app.now();
            let asked = (0..burst)
                .map(|_| environments.get(usize::try_from(draw(environments.len() as u64)).unwrap()).unwrap())
                .collect::<Vec<_>>();
            let answers = join_all(asked.into_iter().map(|one| is_admitted(one, client(now, "192.0.2.1")))).await;
            admitted.extend(answers.into_iter().filter(|admitted| *admitted).map(|_| now));
            while admitted.front().is_some_and(|then| now.since(*then) >= SignedDuration::from_secs(60)) {
                admitted.pop_front();
            }
            assert!(admitted.len() <= LIMIT, "seed {seed}: {} within a minute", admitted.len());
            app.advance(SignedDuration::from_millis(i64::try_from(draw(2_000)).unwrap()));
        }
    }
}

#[tokio::test]
async fn leases_lose_at_most_a_hundredth_for_each_environment_and_never_half() {
    for count in [1, 8, 100] {
        let app = TestApp::with_config(&[("RATE_ANON", "1200/min")]);
        let environments = app.environments(count);
        let client = client(app.now(), "192.0.2.1");
        let mut admitted = 0;
        for environment in environments.iter().cycle() {
            // A tally is one request's.
            if !is_admitted(environment, Client { tally: Tally::default(), ..client.clone() }).await {
                break;
            }
            admitted += 1;
        }
        assert!((LIMIT / 2..=LIMIT).contains(&admitted), "{count}: {admitted}");
        assert!(admitted + count * (LIMIT / 100) >= LIMIT, "{count}: {admitted}");
    }
}

#[tokio::test]
async fn two_hundred_tries_at_once_in_ten_environments_are_admitted_up_to_a_small_limit() {
    let app = TestApp::with_config(&[("RATE_ANON", "100/day")]);
    let environments = app.environments(10);
    let tries = environments.iter().cycle().take(200);
    let answers = join_all(tries.map(|one| is_admitted(one, client(app.now(), "192.0.2.1")))).await;
    assert_eq!(answers.into_iter().filter(|admitted| *admitted).count(), 100);
}

#[tokio::test]
async fn a_limit_that_cannot_be_counted_admits_nobody_and_what_is_leased_is_still_good() {
    let app = TestApp::with_config(&[("RATE_ANON", "5000/hour")]);
    let [environment] = app.environments(1).try_into().unwrap_or_else(|_| panic!("one environment"));
    let ask = async || {
        let client = client(app.now(), "192.0.2.1");
        admit(&environment, &client, Subject::address(&client), []).await
    };
    // One, one, two, four: after the third answer from the store, one is left of its lease.
    for _ in 0..3 {
        ask().await.unwrap();
    }
    app.engine.fail_always(latchkey_tests::Fault::Unreachable);
    ask().await.unwrap();
    assert!(matches!(ask().await, Err(Refused::Failed(_))));
    app.engine.heal();
    ask().await.unwrap();
    // A lease dies with its slice: the next one is asked for anew.
    app.advance(SignedDuration::from_mins(10));
    app.engine.take_calls();
    ask().await.unwrap();
    assert_eq!(app.engine.take_calls().len(), 1);
}
