//! What the template promises of the things that no local cloud can show: backups, encryption, alarms, limits, and
//! who may call whom.

use std::collections::BTreeSet;

use latchkey_identity::registry;
use latchkey_local::template::{Overrides, Template};
use yaml_serde::Value;

fn template() -> Value {
    yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap()
}

/// The resources of a kind, by logical id.
fn resources(kind: &str) -> Vec<(String, Value)> {
    let template = template();
    let all = template["Resources"].as_mapping().unwrap();
    let of_kind = all.iter().filter(|(_, resource)| resource["Type"] == kind);
    of_kind.map(|(id, resource)| (id.as_str().unwrap().to_owned(), resource.clone())).collect()
}

fn resource(id: &str) -> Value {
    let found = template()["Resources"][id].clone();
    assert!(found.is_mapping(), "the template has no {id}");
    found
}

/// The text inside a tag such as `!Ref`.
fn inner(value: &Value) -> String {
    match value {
        Value::Tagged(tagged) => inner(&tagged.value),
        Value::String(text) => text.clone(),
        other => panic!("{other:?} is no text"),
    }
}

/// The logical ids of the functions that no client reaches.
const WORKERS: [&str; 4] = ["ExporterFunction", "FeedbackFunction", "MailerFunction", "SchedulerFunction"];
/// The logical ids of the functions that hash passwords.
const HASHING: [&str; 4] = ["AccountFunction", "AuthFunction", "FrontFunction", "PagesFunction"];

#[test]
fn tables_are_encrypted_and_forget_by_themselves() {
    let tables = resources("AWS::DynamoDB::Table");
    assert_eq!(tables.len(), 2);
    for (id, table) in tables {
        let properties = &table["Properties"];
        assert_eq!(properties["BillingMode"], "PAY_PER_REQUEST", "{id}");
        assert_eq!(properties["SSESpecification"]["SSEEnabled"], true, "{id}");
        assert_eq!(properties["TimeToLiveSpecification"]["Enabled"], true, "{id}");
        assert_eq!(properties["TimeToLiveSpecification"]["AttributeName"], "ttl", "{id}");
    }
}

#[test]
fn people_can_be_restored_and_outlive_the_stack() {
    let main = resource("MainTable");
    assert_eq!(main["DeletionPolicy"], "Retain");
    assert_eq!(main["UpdateReplacePolicy"], "Retain");
    let properties = &main["Properties"];
    assert_eq!(properties["DeletionProtectionEnabled"], true);
    assert_eq!(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(properties["StreamSpecification"]["StreamViewType"], "NEW_IMAGE");
    let ephemeral = &resource("EphemeralTable")["Properties"];
    assert!(ephemeral["StreamSpecification"].is_null() && ephemeral["PointInTimeRecoverySpecification"].is_null());
}

#[test]
fn the_bucket_is_private_encrypted_and_forgets_what_was_replaced() {
    let buckets = resources("AWS::S3::Bucket");
    assert_eq!(buckets.len(), 1);
    let bucket = &buckets[0].1;
    assert_eq!(bucket["DeletionPolicy"], "RetainExceptOnCreate");
    assert_eq!(bucket["UpdateReplacePolicy"], "Retain");
    let properties = &bucket["Properties"];
    for guard in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
        assert_eq!(properties["PublicAccessBlockConfiguration"][guard], true, "{guard}");
    }
    assert_eq!(properties["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced");
    let encryption = &properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
    assert_eq!(encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
    assert_eq!(properties["VersioningConfiguration"]["Status"], "Enabled");
    let policy = &resource("BucketPolicy")["Properties"]["PolicyDocument"]["Statement"];
    assert_eq!(policy.as_sequence().unwrap().len(), 1, "it allows nobody anything");
    assert_eq!((&policy[0]["Effect"], &policy[0]["Principal"]), (&Value::from("Deny"), &Value::from("*")));
    assert_eq!(policy[0]["Condition"]["Bool"]["aws:SecureTransport"], "false");
}

#[test]
fn a_database_of_places_is_gone_within_thirty_days_of_the_next_one() {
    let rules = resource("Bucket")["Properties"]["LifecycleConfiguration"]["Rules"].clone();
    let rule = |id: &str| rules.as_sequence().unwrap().iter().find(|rule| rule["Id"] == id).unwrap().clone();
    assert!(rules.as_sequence().unwrap().iter().all(|rule| rule["Status"] == "Enabled"));
    let replaced = rule("forget-what-was-replaced");
    assert!(replaced["Prefix"].is_null(), "it is for everything");
    assert_eq!(replaced["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"], 1);
    let old = rule("forget-old-places");
    assert!(latchkey_kernel::geo::KEY.starts_with(old["Prefix"].as_str().unwrap()));
    let days = old["ExpirationInDays"].as_u64().unwrap()
        + replaced["NoncurrentVersionExpiration"]["NoncurrentDays"].as_u64().unwrap();
    assert!(days < 30, "{days} days");
}

#[test]
fn secrets_outlive_the_stack_and_have_no_value_in_the_template() {
    let secrets = resources("AWS::SecretsManager::Secret");
    let names: BTreeSet<_> = secrets.iter().map(|(_, secret)| inner(&secret["Properties"]["Name"])).collect();
    let known = latchkey_identity::app::SecretName::ALL.map(|name| format!("${{AWS::StackName}}/{}", name.name()));
    assert_eq!(names, BTreeSet::from(known));
    for (id, secret) in secrets {
        assert_eq!(secret["DeletionPolicy"], "RetainExceptOnCreate", "{id}");
        assert_eq!(secret["UpdateReplacePolicy"], "Retain", "{id}");
        for value in ["SecretString", "GenerateSecretString"] {
            assert!(secret["Properties"][value].is_null(), "{id} has a value in the template");
        }
    }
}

#[test]
fn every_function_is_an_arm64_binary_with_a_log_that_ends() {
    let globals = &template()["Globals"]["Function"];
    assert_eq!(globals["Runtime"], "provided.al2023");
    assert_eq!(globals["Architectures"][0], "arm64");
    // Metrics are lines without a level, which Lambda takes for INFO: it must not filter.
    assert_eq!(globals["LoggingConfig"]["ApplicationLogLevel"], "TRACE");
    for (id, function) in resources("AWS::Serverless::Function") {
        let properties = &function["Properties"];
        assert!(properties["Runtime"].is_null() && properties["Architectures"].is_null(), "{id} differs");
        let log = resource(&inner(&properties["LoggingConfig"]["LogGroup"]));
        assert_eq!(inner(&log["Properties"]["RetentionInDays"]), "LogRetentionDays", "{id}");
    }
}

#[test]
fn a_function_behind_the_api_ends_before_the_gateway_gives_up() {
    let globals = template()["Globals"]["Function"]["Timeout"].as_u64().unwrap();
    for (id, function) in resources("AWS::Serverless::Function") {
        let timeout = function["Properties"]["Timeout"].as_u64().unwrap_or(globals);
        assert!(timeout < 30 || WORKERS.contains(&id.as_str()), "{id} may take {timeout} seconds");
    }
}

#[test]
fn functions_that_hash_have_a_cpu_and_a_limit() {
    for (id, function) in resources("AWS::Serverless::Function") {
        let properties = &function["Properties"];
        let hashes = HASHING.contains(&id.as_str());
        assert_eq!(properties["MemorySize"].as_u64().is_some_and(|size| size >= 1769), hashes, "{id}");
        assert_eq!(!properties["ReservedConcurrentExecutions"].is_null(), hashes, "{id}");
    }
}

#[test]
fn nobody_can_call_a_worker_but_its_trigger() {
    let behind_the_api: BTreeSet<_> = resources("AWS::ApiGatewayV2::Integration")
        .iter()
        .map(|(_, integration)| inner(&integration["Properties"]["IntegrationUri"]).replace(".Arn", ""))
        .collect();
    let all: BTreeSet<_> = resources("AWS::Serverless::Function").into_iter().map(|(id, _)| id).collect();
    let workers: BTreeSet<_> = WORKERS.map(str::to_owned).into();
    assert_eq!(all.difference(&behind_the_api).cloned().collect::<BTreeSet<_>>(), workers);
    for (id, function) in resources("AWS::Serverless::Function") {
        assert!(function["Properties"]["FunctionUrlConfig"].is_null(), "{id} has a URL of its own");
    }
    assert!(resources("AWS::Lambda::Url").is_empty());
    for (id, permission) in resources("AWS::Lambda::Permission") {
        let properties = &permission["Properties"];
        let function = inner(&properties["FunctionName"]);
        assert_eq!(properties["Action"], "lambda:InvokeFunction", "{id}");
        let (principal, source) = match function.as_str() {
            "FeedbackFunction" => ("events.amazonaws.com", "FeedbackRule.Arn"),
            other => {
                assert!(!WORKERS.contains(&other), "{id} lets somebody call {other}");
                ("apigateway.amazonaws.com", "${HttpApi}/*")
            }
        };
        assert_eq!(properties["Principal"], principal, "{id}");
        assert!(inner(&properties["SourceArn"]).ends_with(source), "{id} does not name its source");
    }
}

#[test]
fn the_stream_wakes_the_mailer_for_new_and_redriven_mails_and_loses_none() {
    let template = Template::parse(&latchkey_tests::TEMPLATE).unwrap();
    let mapping = template.streams.iter().find(|one| one.function == "mailer").unwrap();
    assert!(mapping.report_batch_item_failures && mapping.bisect_batch_on_function_error);
    assert_eq!(mapping.maximum_retry_attempts, Some(3));
    assert_eq!(mapping.dead_letter_queue.as_deref(), Some("DeadLetterQueue"));
    let filters = &resource("MailerFunction")["Properties"]["Events"]["Outbox"]["Properties"]["FilterCriteria"];
    let patterns = filters["Filters"].as_sequence().unwrap().iter().map(|filter| inner(&filter["Pattern"]));
    assert!(patterns.clone().all(|pattern| pattern.contains(r#""outbox":{"S":["mail"]}"#)));
    assert_eq!(patterns.count(), 2);
}

#[test]
fn the_stream_wakes_the_exporter_for_jobs_that_are_due_and_has_no_third_reader() {
    let template = Template::parse(&latchkey_tests::TEMPLATE).unwrap();
    assert_eq!(template.streams.len(), 2, "more than two readers of a stream throttle each other");
    let mapping = template.streams.iter().find(|one| one.function == "exporter").unwrap();
    assert_eq!(mapping.batch_size, 1);
    assert!(mapping.report_batch_item_failures);
    assert_eq!(mapping.dead_letter_queue.as_deref(), Some("DeadLetterQueue"));
    let event = |name: &str, outbox: &str, state: &str| {
        let image = serde_json::json!({ "outbox": { "S": outbox }, "state": { "S": state } });
        mapping.wants(&serde_json::json!({ "eventName": name, "dynamodb": { "NewImage": image } }))
    };
    assert!(event("INSERT", "job", "pending") && event("MODIFY", "job", "redriven"));
    assert!(!event("INSERT", "job", "scheduled") && !event("MODIFY", "job", "claimed"));
    assert!(!event("INSERT", "mail", "pending") && !event("MODIFY", "mail", "redriven"));
}

#[test]
fn an_export_is_gone_after_a_month_even_if_nobody_forgets_it() {
    let rules = resource("Bucket")["Properties"]["LifecycleConfiguration"]["Rules"].clone();
    let rule = rules.as_sequence().unwrap().iter().find(|rule| rule["Id"] == "forget-exports").unwrap().clone();
    assert_eq!(inner(&rule["Prefix"]), "ExportPrefix");
    assert!(rule["ExpirationInDays"].as_u64().unwrap() > 30, "no link is good for longer than its file");
    assert_eq!(rule["NoncurrentVersionExpiration"]["NoncurrentDays"].as_u64(), Some(1));
}

#[test]
fn what_fails_for_good_is_left_where_an_operator_finds_it() {
    let scheduler = &resource("SchedulerFunction")["Properties"];
    let queue = "DeadLetterQueue.Arn";
    let on_failure = &scheduler["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]["Destination"];
    assert_eq!(inner(on_failure), queue);
    for (name, event) in scheduler["Events"].as_mapping().unwrap() {
        assert_eq!(inner(&event["Properties"]["DeadLetterConfig"]["Arn"]), queue, "{name:?}");
        let own = inner(&event["Properties"]["Name"]);
        assert!(own.starts_with("${AWS::StackName}"), "{name:?} could be in one stack of an account only");
    }
    assert_eq!(resource("DeadLetterQueue")["Properties"]["SqsManagedSseEnabled"], true);
}

#[test]
fn every_way_to_fail_has_an_alarm_that_says_what_to_do() {
    let alarms = resources("AWS::CloudWatch::Alarm");
    let mut watched = BTreeSet::new();
    for (id, alarm) in alarms {
        let properties = &alarm["Properties"];
        assert!(properties["AlarmDescription"].as_str().is_some_and(|text| text.len() > 40), "{id}");
        assert!(matches!(&properties["AlarmActions"], Value::Tagged(_)), "{id} tells nobody");
        watched.insert(properties["MetricName"].as_str().unwrap().to_owned());
    }
    for metric in [
        "5xx",
        "Errors",
        "Throttles",
        "IteratorAge",
        "ApproximateNumberOfMessagesVisible",
        "OutboxAge",
        "MailDeadLettered",
        "SuspiciousActivity",
        "CodeWrong",
        "DataRequestFailed",
        "Reputation.BounceRate",
        "Reputation.ComplaintRate",
    ] {
        assert!(watched.contains(metric), "no alarm for {metric}");
    }
}

#[test]
fn alarms_and_dashboard_watch_only_what_is_counted() {
    let is_ours = |namespace: &str| namespace.starts_with("Latchkey/");
    let mut watched = BTreeSet::new();
    for (_, alarm) in resources("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        if is_ours(&inner(&properties["Namespace"])) {
            watched.insert(inner(&properties["MetricName"]));
        }
    }
    let body = inner(&resource("Dashboard")["Properties"]["DashboardBody"]);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    for widget in body["widgets"].as_array().unwrap() {
        let mut namespace = "";
        for row in widget["properties"]["metrics"].as_array().unwrap() {
            // A point stands for what the row before has there.
            namespace = row[0].as_str().filter(|text| *text != "." && *text != "...").unwrap_or(namespace);
            watched.extend(row[1].as_str().filter(|_| is_ours(namespace)).map(str::to_owned));
        }
    }
    let counted: BTreeSet<_> = latchkey_identity::registry::metrics().map(|metric| metric.name().to_owned()).collect();
    assert_eq!(watched.difference(&counted).collect::<Vec<_>>(), [""; 0], "nothing counts it");
    assert!(watched.contains("SignIn") && watched.contains("OutboxAge"), "{watched:?}");
}

#[test]
fn the_dashboard_is_json_and_shows_every_function() {
    let body = inner(&resource("Dashboard")["Properties"]["DashboardBody"]);
    serde_json::from_str::<serde_json::Value>(&body).unwrap();
    for (id, _) in resources("AWS::Serverless::Function") {
        assert!(body.contains(&format!("${{{id}}}")), "{id}");
    }
}

#[test]
fn the_api_is_throttled_and_logs_routes_instead_of_paths() {
    let stage = &resource("HttpApiStage")["Properties"];
    assert_eq!(inner(&stage["DefaultRouteSettings"]["ThrottlingRateLimit"]), "RequestsPerSecond");
    assert_eq!(inner(&stage["DefaultRouteSettings"]["ThrottlingBurstLimit"]), "RequestBurst");
    // What is large and the same for everybody takes no more than a little of what signs people in.
    for route in ["ANY /api/openapi.json", "ANY /api/docs"] {
        let settings = &stage["RouteSettings"][route];
        assert!(settings["ThrottlingRateLimit"].as_u64().is_some_and(|rate| (1..=50).contains(&rate)), "{route}");
        assert!(settings["ThrottlingBurstLimit"].as_u64().is_some_and(|burst| (1..=100).contains(&burst)), "{route}");
        assert!(resources("AWS::ApiGatewayV2::Route").iter().any(|(_, one)| one["Properties"]["RouteKey"] == route));
    }
    let format = stage["AccessLogSettings"]["Format"].as_str().unwrap();
    assert!(format.contains("$context.routeKey"));
    for secret in ["$context.path", "$context.integration.", "protocol", "query", "sourceIp", "userAgent"] {
        assert!(!format.contains(secret), "the access log writes {secret}");
    }
}

#[test]
fn browsers_of_named_origins_may_call_and_no_others() {
    assert!(Template::parse(&latchkey_tests::TEMPLATE).unwrap().cors.is_none());
    let origins = [("AllowedOrigins".to_owned(), "https://a.example,https://b.example".to_owned())];
    let template = Template::parse_with(&latchkey_tests::TEMPLATE, &Overrides::from(origins)).unwrap();
    let cors = template.cors.unwrap();
    assert_eq!(cors.allow_origins, ["https://a.example", "https://b.example"]);
    assert!(cors.allow_credentials);
    // What caches, tracing in a browser, and reading an answer whole need.
    for header in
        ["if-match", "if-none-match", "traceparent", "tracestate", "sentry-trace", "baggage", "idempotency-key"]
    {
        assert!(cors.allow_headers.contains(&header.to_owned()), "{header} is not admitted");
    }
    for header in ["etag", "content-disposition", "location", "ratelimit", "retry-after", "x-request-id"] {
        assert!(cors.expose_headers.contains(&header.to_owned()), "{header} is not exposed");
    }
    assert!(!cors.allow_headers.contains(&"x-proxy-key".to_owned()), "no page has the key of a proxy");
    assert!(!cors.allow_headers.contains(&"*".to_owned()) && !cors.allow_methods.contains(&"*".to_owned()));
}

#[test]
fn an_api_with_an_address_of_the_owners_has_no_other_unless_a_proxy_with_a_key_needs_it() {
    let Value::Tagged(closed) = resource("HttpApi")["Properties"]["DisableExecuteApiEndpoint"].clone() else {
        panic!()
    };
    let choice: Vec<_> = closed.value.as_sequence().unwrap().clone();
    assert_eq!(choice, [Value::from("ClosesOwnAddress"), Value::from(true), Value::from(false)]);
    let conditions = yaml_serde::to_string(&template()["Conditions"]["ClosesOwnAddress"]).unwrap();
    let words: Vec<_> = conditions.split_whitespace().filter(|word| *word != "-").collect();
    assert_eq!(words.join(" "), "!Or !Condition HasDomain !And !Condition HasPublicUrl !Not !Condition HasProxyKeys");
}

#[test]
fn mails_go_by_tls_and_their_bounces_come_back() {
    let set = &resource("MailConfigurationSet")["Properties"];
    assert_eq!(set["DeliveryOptions"]["TlsPolicy"], "REQUIRE");
    let destination = &resource("MailFeedbackDestination")["Properties"];
    assert_eq!(inner(&destination["ConfigurationSetName"]), "MailConfigurationSet");
    let rule = &resource("FeedbackRule")["Properties"];
    assert_eq!(rule["EventPattern"]["source"][0], "aws.ses");
    assert_eq!(rule["Targets"].as_sequence().unwrap().len(), 1);
    assert_eq!(inner(&rule["Targets"][0]["Arn"]), "FeedbackFunction.Arn");
    let send = resource("MailerFunction")["Properties"]["Policies"][0]["Statement"].clone();
    let send = send.as_sequence().unwrap().iter().find(|statement| statement["Sid"] == "Send").unwrap().clone();
    assert_eq!(inner(&send["Condition"]["StringEquals"]["ses:FromAddress"]), "MailFrom");
}

#[test]
fn every_rate_is_a_parameter_with_the_default_of_the_product() {
    let template = template();
    let functions = resources("AWS::Serverless::Function").into_iter();
    let own = functions.map(|(_, function)| function["Properties"]["Environment"]["Variables"].clone());
    let environments: Vec<Value> = own.collect();
    let variables = registry::sections().flat_map(|section| section.variables);
    // RATE_FACTOR is for development only.
    for variable in variables.filter(|one| one.name.starts_with("RATE_") && one.name != "RATE_FACTOR") {
        let set = environments.iter().map(|environment| &environment[variable.name]).find(|value| !value.is_null());
        let parameter = inner(set.unwrap_or_else(|| panic!("no function gets {}", variable.name)));
        assert_eq!(template["Parameters"][&*parameter]["Default"].as_str(), variable.default, "{}", variable.name);
    }
}
