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

/// The indexes of the main table: name, partition key, sort key, what an entry holds besides keys.
const INDEXES: &[(&str, &str, &str, &str)] = &[
    ("due", "due_shard", "due_at", "KEYS_ONLY"),
    ("listed", "listed_in", "listed_by", "KEYS_ONLY"),
    ("listed_2", "listed_2_in", "listed_2_by", "KEYS_ONLY"),
    ("listed_3", "listed_3_in", "listed_3_by", "KEYS_ONLY"),
    ("audit_feed", "feed", "sk", "ALL"),
    ("audit_by_address", "feed_address", "sk", "ALL"),
];

#[test]
fn a_row_is_in_the_indexes_whose_attributes_it_has_and_in_no_other() {
    let template = ours();
    let main = template.tables.iter().find(|table| table.name == "MainTable").unwrap();
    let described = main.create_request_json()["GlobalSecondaryIndexes"].as_array().unwrap();
    let described: Vec<_> = described
        .iter()
        .map(|index| {
            let key = |at: usize| index["KeySchema"][at]["AttributeName"].as_str().unwrap();
            let projection = index["Projection"]["ProjectionType"].as_str().unwrap();
            (index["IndexName"].as_str().unwrap(), key(0), key(1), projection)
        })
        .collect();
    assert_eq!(described, INDEXES);
    let database = dynoxide::Database::memory().unwrap();
    database.create_table(main.create_request().unwrap()).unwrap();
    // Of each pair of indexes a row, one in none and one in all.
    let subsets = (0..INDEXES.len()).flat_map(|one| (0..=one).map(move |other| vec![one, other]));
    let subsets: Vec<_> = subsets.chain([vec![], (0..INDEXES.len()).collect()]).collect();
    for (number, subset) in subsets.iter().enumerate() {
        let mut item =
            serde_json::json!({ "pk": { "S": "p" }, "sk": { "S": format!("{number:02}") }, "name": { "S": "n" } });
        for (name, hash, range, _) in subset.iter().map(|index| INDEXES[*index]) {
            item[hash] = serde_json::json!({ "S": name });
            item[range] = serde_json::json!({ "S": format!("{number:02}") });
        }
        let put = serde_json::json!({ "TableName": "MainTable", "Item": item });
        assert_eq!(crate::dynamodb::answer(&database, "PutItem", put).status, 200);
    }
    for (index, (name, hash, _, projection)) in INDEXES.iter().enumerate() {
        let query = serde_json::json!({
            "TableName": "MainTable", "IndexName": name, "KeyConditionExpression": "#0 = :0",
            "ExpressionAttributeNames": { "#0": hash }, "ExpressionAttributeValues": { ":0": { "S": name } },
        });
        let answer = crate::dynamodb::answer(&database, "Query", query).body;
        let found = answer["Items"].as_array().unwrap();
        let sorted: Vec<_> = found.iter().map(|item| item["sk"]["S"].as_str().unwrap().to_owned()).collect();
        let expected = subsets.iter().enumerate().filter(|(_, subset)| subset.contains(&index));
        assert_eq!(sorted, expected.map(|(number, _)| format!("{number:02}")).collect::<Vec<_>>(), "{name}");
        assert!(found.iter().all(|item| item["name"].is_null() == (*projection == "KEYS_ONLY")), "{name}");
    }
}

#[test]
fn every_spelling_of_a_path_reaches_its_function_or_the_default_one() {
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
