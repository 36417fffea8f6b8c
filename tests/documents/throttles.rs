//! API Gateway counts each route by itself. A route where one request costs much has a throttle of its own.

use std::collections::BTreeSet;

use latchkey_tests::{TestApp, operations};
use yaml_serde::Value;

/// More than any answer has but the API's own description, in bytes.
const LARGE: usize = 100_000;

/// The stage of the API.
fn stage() -> Value {
    let template: Value = yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap();
    template["Resources"]["HttpApiStage"].clone()
}

/// The keys of the routes with a throttle of their own.
fn throttled() -> BTreeSet<String> {
    let stage = stage();
    let settings =
        stage["Properties"]["RouteSettings"].as_mapping().expect("no route has a throttle of its own").clone();
    settings.keys().map(|key| key.as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_throttle_is_for_a_route_that_is_there_before_it() {
    let stage = stage();
    let template: Value = yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap();
    let before: BTreeSet<_> = stage["DependsOn"].as_sequence().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let routes = before.iter().map(|id| {
        let route = &template["Resources"][*id];
        assert_eq!(route["Type"], "AWS::ApiGatewayV2::Route", "{id}");
        route["Properties"]["RouteKey"].as_str().unwrap().to_owned()
    });
    assert_eq!(routes.collect::<BTreeSet<_>>(), throttled());
    let default = |name: &str| template["Parameters"][name]["Default"].as_u64().unwrap();
    for (route, settings) in stage["Properties"]["RouteSettings"].as_mapping().unwrap() {
        for (limit, parameter) in
            [("ThrottlingRateLimit", "CostlyRequestsPerSecond"), ("ThrottlingBurstLimit", "CostlyRequestBurst")]
        {
            match &settings[limit] {
                Value::Tagged(reference) => assert_eq!(reference.value.as_str(), Some(parameter), "{route:?}"),
                number => assert!(number.as_u64().unwrap() < default(parameter), "{route:?}"),
            }
        }
    }
    assert!(default("CostlyRequestsPerSecond") < default("RequestsPerSecond"));
    assert!(default("CostlyRequestBurst") < default("RequestBurst"));
}

#[tokio::test]
async fn a_route_where_one_request_costs_much_has_a_throttle_of_its_own() {
    let mut costly = BTreeSet::from(["$default".to_owned()]);
    for (operation, _) in operations() {
        let (app, ready) = TestApp::ready_for(&operation).await;
        let waiting = || app.engine.scan("MainTable").iter().filter(|row| row["entity"]["S"] == "OutboxItem").count();
        let (hashes, mails) = (app.hashes(), waiting());
        let answer = ready.send(&app).await;
        let mails_a_stranger = ready.is_anonymous() && waiting() > mails;
        if app.hashes() > hashes || mails_a_stranger || answer.text.len() > LARGE {
            costly.insert(ready.route(&app));
        }
        app.run_workers().await;
    }
    let throttled = throttled();
    let forgotten: Vec<_> = costly.difference(&throttled).collect();
    assert!(forgotten.is_empty(), "without a throttle of their own: {forgotten:?}");
}
