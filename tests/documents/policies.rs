//! Least privilege: each function's policy allows exactly the actions, on exactly the tables and indexes, that its code
//! was seen to use, and it reads exactly the sections of the configuration that it declares. One too few or too many fails.

mod exporting;
mod leading_keys;
mod reading;
mod workers;

use std::collections::{BTreeMap, BTreeSet};

use latchkey_local::routing::Routes;
use latchkey_tests::{Facts, Operation, TestApp, inventory};
use yaml_serde::Value;

type Permissions = BTreeSet<(String, String)>;

/// What the template allows each function, by the name of its binary, on DynamoDB, Secrets Manager, S3 and SES.
fn allowed() -> BTreeMap<String, Permissions> {
    let template: Value = yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().values();
    let functions = resources.filter(|resource| resource["Type"] == "AWS::Serverless::Function");
    functions.map(|function| (bin(&function["Properties"]), policy(&function["Properties"]))).collect()
}

fn bin(properties: &Value) -> String {
    let folder = properties["CodeUri"].as_str().unwrap().trim_end_matches('/');
    folder.rsplit('/').next().unwrap().to_owned()
}

fn policy(properties: &Value) -> Permissions {
    let mut permissions = Permissions::new();
    for policy in properties["Policies"].as_sequence().unwrap() {
        for statement in policy["Statement"].as_sequence().unwrap().iter().filter(|one| one["Effect"] == "Allow") {
            for action in statement["Action"].as_sequence().unwrap().iter().filter_map(Value::as_str) {
                assert!(!action.contains('*'), "{action} allows more than one thing");
                let named = &statement["Resource"];
                for one in named.as_sequence().unwrap_or(&vec![named.clone()]) {
                    permissions.insert((action.to_owned(), resource(one)));
                }
            }
        }
    }
    permissions
}

/// `!GetAtt MainTable.Arn`, `!Sub ${MainTable.Arn}/index/x` and `!GetAtt PepperSecret.Id`, as `MainTable`,
/// `MainTable/index/x` and `PepperSecret`; the secret that owners make themselves by its name.
fn resource(value: &Value) -> String {
    let Value::Tagged(tagged) = value else { panic!("{value:?} is not one table, index, secret or sender") };
    if tagged.value.as_str().is_some_and(|arn| arn.ends_with(":secret:${AWS::StackName}/providers-??????")) {
        return logical_id("providers");
    }
    let named = tagged.value.as_str().unwrap().replace("${", "").replace('}', "").replace(".Arn", "");
    named.trim_start_matches("arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:").to_owned().replace(".Id", "")
}

/// `pepper`, as `PepperSecret`.
fn logical_id(secret: &str) -> String {
    let (first, rest) = secret.split_at(1);
    format!("{}{rest}Secret", first.to_uppercase())
}

/// Actions on partitions of a table.
type Partitions = BTreeSet<(&'static str, String, String)>;

/// What each function was seen to use, and in which partitions.
#[derive(Default)]
struct Used {
    permissions: BTreeMap<String, Permissions>,
    partitions: BTreeMap<String, Partitions>,
    sections: reading::Read,
}

impl Used {
    /// Adds what an application did so far.
    fn add(&mut self, app: &TestApp) {
        for call in app.engine.take_calls() {
            self.partitions.entry(call.function.to_owned()).or_default().extend(call.partitions);
            let permissions = call.permissions.into_iter().map(|(action, resource)| (action.to_owned(), resource));
            self.may(call.function, permissions);
        }
        for (function, secrets) in app.vault.reads() {
            let reads = secrets.iter().map(|name| ("secretsmanager:GetSecretValue".to_owned(), logical_id(name)));
            self.may(function, reads);
        }
        for (function, permissions) in app.shelf.permissions() {
            self.may(function, permissions);
        }
        for (function, sections) in app.sections_read() {
            self.sections.entry(function).or_default().extend(sections);
        }
    }

    fn may(&mut self, function: &str, permissions: impl IntoIterator<Item = (String, String)>) {
        self.permissions.entry(function.to_owned()).or_default().extend(permissions);
    }
}

/// Every request of the inventory and of the workers. What `front` has in common with other functions is seen at work
/// when a slash at the end of a path leads there.
async fn used() -> Used {
    let (mut used, mut wrong) = (Used::default(), Vec::new());
    let routes = Routes::new(&latchkey_tests::template().routes).unwrap();
    for row in inventory() {
        used_by(row, false, &mut used, &mut wrong).await;
        if reaches_front(row, &routes) {
            used_by(row, true, &mut used, &mut wrong).await;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    workers::at_work(&mut used).await;
    // Every mail names the configuration set. Which identity a sender belongs to is for SES to say.
    let send = ["identity/*", "configuration-set/MailConfigurationSet"];
    used.may("mailer", send.map(|what| ("ses:SendEmail".to_owned(), what.to_owned())));
    used
}

/// Whether the path of an operation leads to `front` with a slash at its end.
fn reaches_front(row: &Operation, routes: &Routes) -> bool {
    let request = row.request(&Facts::specimen());
    let path = request.target().split('?').next().unwrap();
    routes.choose(request.method(), &format!("{path}/")).unwrap().function == "front"
}

/// What the row of an operation and its variations use, and those that are answered otherwise than they say.
async fn used_by(row: &'static Operation, adds_slashes: bool, used: &mut Used, wrong: &mut Vec<String>) {
    let with = |app: TestApp| if adds_slashes { app.adding_slashes() } else { app };
    let (app, ready) = TestApp::ready_for(row.id).await;
    let app = with(app);
    // Without a token, a request may have a cookie; and what was spent is refused in another way.
    for request in [ready.bearing(None), ready.clone(), ready] {
        request.send(&app).await;
        app.run_workers().await;
    }
    used.add(&app);
    for variation in row.variations {
        let (app, ready) = TestApp::ready_to_vary(row, variation).await;
        let app = with(app);
        let answer = ready.send(&app).await.summary();
        if answer != variation.answer {
            wrong.push(format!("{}, {}: {answer}, not {}", row.id, variation.what, variation.answer));
        }
        app.run_workers().await;
        used.add(&app);
    }
}

#[tokio::test]
async fn each_function_may_do_what_it_does_and_nothing_else() {
    let allowed = allowed();
    let Used { permissions: used, partitions, sections } = used().await;
    for (function, allowed) in &allowed {
        let used = used.get(function).unwrap_or_else(|| panic!("{function} was never seen at work"));
        let too_many: Vec<_> = allowed.difference(used).collect();
        let too_few: Vec<_> = used.difference(allowed).collect();
        assert!(
            too_many.is_empty() && too_few.is_empty(),
            "{function}: surplus {too_many:?}, missing {too_few:?}; does the inventory have all that it can do?"
        );
    }
    assert_eq!(used.len(), allowed.len(), "every function that was seen at work has a policy");
    leading_keys::hold_what_was_used(&partitions);
    reading::is_what_is_declared(sections);
}

/// What the template denies in the partitions of the audit log, by function.
fn kept_from_the_audit_log(properties: &Value) -> BTreeSet<String> {
    let statements = properties["Policies"].as_sequence().into_iter().flatten();
    let statements = statements.flat_map(|policy| policy["Statement"].as_sequence().unwrap());
    let denied = statements.filter(|statement| {
        let keys = &statement["Condition"]["ForAnyValue:StringLike"]["dynamodb:LeadingKeys"];
        statement["Effect"] == "Deny" && keys[0] == "AUDIT#*" && resource(&statement["Resource"]) == "MainTable"
    });
    let actions = denied.flat_map(|statement| statement["Action"].as_sequence().unwrap());
    actions.map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn in_the_audit_log_a_function_may_put_and_query_and_nothing_else() {
    let template: Value = yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap();
    let resources = template["Resources"].as_mapping().unwrap().values();
    for function in resources.filter(|resource| resource["Type"] == "AWS::Serverless::Function") {
        let properties = &function["Properties"];
        let denied = kept_from_the_audit_log(properties);
        let left = policy(properties).into_iter().filter(|(_, resource)| resource == "MainTable");
        let left: Vec<_> = left.map(|(action, _)| action).filter(|action| !denied.contains(action)).collect();
        let fine = left.iter().all(|action| {
            ["dynamodb:PutItem", "dynamodb:Query"].contains(&action.as_str())
            // Lines of whoever is erased go on under another id.
            || (bin(properties) == "exporter" && *action == "dynamodb:DeleteItem")
        });
        assert!(fine, "{}: {left:?}", bin(properties));
    }
}

#[test]
fn no_function_gets_permissions_or_triggers_elsewhere() {
    let template: Value = yaml_serde::from_str(&latchkey_tests::TEMPLATE).unwrap();
    for (id, resource) in template["Resources"].as_mapping().unwrap() {
        assert!(
            !resource["Type"].as_str().unwrap().starts_with("AWS::IAM::"),
            "{id:?} is a policy beside the functions'"
        );
        assert!(resource["Properties"]["Role"].is_null(), "{id:?} has a role of its own");
        for (name, event) in resource["Properties"]["Events"].as_mapping().into_iter().flatten() {
            assert!(
                ["DynamoDB", "ScheduleV2"].contains(&event["Type"].as_str().unwrap()),
                "{id:?} is called by {name:?}"
            );
        }
    }
}
