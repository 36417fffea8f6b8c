//! The template of this repository, and templates that are wrong.

use super::*;

fn ours() -> Template {
    Template::read("../template.yaml").unwrap()
}

#[test]
fn the_template_of_this_repository_is_read_whole() {
    let template = ours();
    let bins: Vec<_> = template.functions.iter().map(|function| function.bin.as_str()).collect();
    assert_eq!(
        bins,
        ["account", "auth", "exporter", "feedback", "front", "mailer", "pages", "privacy", "scheduler", "social"]
    );
    let auth = template.function("auth").unwrap();
    assert_eq!(auth.environment["MAIN_TABLE"], "MainTable");
    assert_eq!(auth.environment["EPHEMERAL_TABLE"], "EphemeralTable");
    assert_eq!(auth.environment["LOG_LEVEL"], "info");
    assert_eq!(auth.timeout_seconds, 20);
    assert!(template.routes.iter().any(|route| route.key == "ANY /api/auth/me" && route.function == "account"));
    assert!(template.routes.iter().any(|route| route.key == "$default" && route.function == "front"));
    assert_eq!(template.cors, None);
    crate::routing::Routes::new(&template.routes).unwrap();
}

#[test]
fn tables_stream_and_schedule_are_what_the_workers_need() {
    let template = ours();
    let main = template.tables.iter().find(|table| table.name == "MainTable").unwrap();
    assert!(main.has_stream);
    assert_eq!(main.ttl_attribute.as_deref(), Some("ttl"));
    let request = main.create_request().unwrap();
    assert_eq!(request.global_secondary_indexes.unwrap()[0].index_name, "outbox_due");
    let mailer = template.streams.iter().find(|one| one.function == "mailer").unwrap();
    assert_eq!((mailer.table.as_str(), mailer.function.as_str(), mailer.batch_size), ("MainTable", "mailer", 10));
    assert_eq!(mailer.dead_letter_queue.as_deref(), Some("DeadLetterQueue"));
    assert!(mailer.report_batch_item_failures && mailer.bisect_batch_on_function_error);
    let event = |name: &str, state: &str| serde_json::json!({"eventName": name, "dynamodb": {"NewImage": {"outbox": {"S": "mail"}, "state": {"S": state}}}});
    assert!(mailer.wants(&event("INSERT", "pending")));
    assert!(mailer.wants(&event("MODIFY", "redriven")));
    assert!(!mailer.wants(&event("MODIFY", "claimed")));
    let schedules: Vec<_> = template.schedules.iter().map(|one| (one.name.as_str(), one.function.as_str())).collect();
    let expected = ["ClearAway", "RedriveOutbox", "UpdatePlaces"].map(|name| format!("SchedulerFunction.{name}"));
    assert_eq!(schedules, expected.each_ref().map(|name| (name.as_str(), "scheduler")));
    assert_eq!(template.buckets, ["Bucket"]);
}

#[test]
fn every_spelling_of_a_path_reaches_its_function_or_the_one_that_has_every_router() {
    let template = ours();
    let routes = crate::routing::Routes::new(&template.routes).unwrap();
    for route in template.routes.iter().filter(|route| route.key != "$default" && !route.key.contains('{')) {
        let path = route.key.strip_prefix("ANY ").unwrap();
        let chosen = |path: &str| routes.choose(&http::Method::POST, path).unwrap();
        assert_eq!(chosen(path).function, route.function, "{path}");
        for spelling in [
            format!("{path}/"),
            format!("/{path}"),
            format!("{path}//"),
            path.to_uppercase(),
            path.replacen("/api/", "/api%2F", 1) + "%2f",
        ] {
            let function = chosen(&spelling).function;
            assert!(function == route.function || function == "front", "{spelling} reaches {function}");
        }
    }
}

#[test]
fn a_parameter_may_be_given_and_turns_a_condition() {
    let given = Overrides::from([("AllowedOrigins".to_owned(), "https://a.example,https://b.example".to_owned())]);
    let template = Template::read_with("../template.yaml", &given).unwrap();
    assert_eq!(template.cors.unwrap().allow_origins, ["https://a.example", "https://b.example"]);
    let unknown = Overrides::from([("Typo".to_owned(), String::new())]);
    assert!(Template::read_with("../template.yaml", &unknown).unwrap_err().to_string().contains("Typo"));
}

#[test]
fn both_spellings_of_an_intrinsic_are_read() {
    let template = Template::parse(
        r#"
Parameters: {Name: {Type: String, Default: x}}
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: target/lambda/f/
      Environment:
        Variables:
          A: {Ref: Name}
          B: {"Fn::Sub": "${Name}-${AWS::Region}-${!Name}"}
          C: !Sub ["${Own}/${T.Arn}", {Own: !Join ["+", [a, !Ref T]]}]
          D: !If [Yes, 1, !Ref AWS::NoValue]
          E: !If [No, 1, !Ref AWS::NoValue]
  T: {Type: "AWS::SQS::Queue"}
Conditions: {Yes: !Equals [!Ref Name, x], No: !Not [!Condition Yes]}
"#,
    )
    .unwrap();
    let environment: Vec<_> = template.functions[0].environment.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(environment, [("A", "x"), ("B", "x-us-east-1-${Name}"), ("C", "a+T/T.Arn"), ("D", "1")]);
}

#[test]
fn an_error_names_the_resource_it_was_found_in() {
    for (resource, properties) in [
        ("AWS::Serverless::Function", "{Handler: x}"),
        ("AWS::Serverless::Function", "{CodeUri: !Ref Nowhere}"),
        ("AWS::Serverless::Function", "{CodeUri: !Cidr [a, b, c]}"),
        ("AWS::ApiGatewayV2::Route", "{RouteKey: 'GET /', Target: integrations/Nowhere}"),
        ("AWS::ApiGatewayV2::Route", "{Target: integrations/X}"),
        ("AWS::DynamoDB::Table", "{KeySchema: [{AttributeName: pk, KeyType: SORT}], AttributeDefinitions: []}"),
        (
            "AWS::Serverless::Function",
            "{CodeUri: f/, Events: {E: {Type: ScheduleV2, Properties: {ScheduleExpression: daily}}}}",
        ),
        (
            "AWS::Serverless::Function",
            "{CodeUri: f/, Events: {E: {Type: DynamoDB, Properties: {Stream: !GetAtt Broken.StreamArn, StartingPosition: LATEST}}}}",
        ),
    ] {
        let text = format!("Resources:\n  Broken:\n    Type: {resource}\n    Properties: {properties}\n");
        let error = Template::parse(&text).unwrap_err().to_string();
        assert!(error.contains("Broken"), "{properties}: {error}");
    }
    assert!(Template::parse("Resources: [").is_err());
    assert!(Template::parse("a: b").is_err());
}
