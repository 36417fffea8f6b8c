//! Least privilege: each function's policy allows exactly the actions, on exactly the tables and indexes, that its code
//! was seen to use, and it reads exactly the sections of the configuration that it declares. One too few or too many fails.

mod exporting;
mod leading_keys;
mod reading;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use latchkey_local::ses::Failure;
use latchkey_tests::{CLIENT_ID, PASSWORD, Person, TestApp, ada_at_facebook, ada_at_github, ada_at_google, answered};
use serde_json::json;
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

/// Every path through every endpoint and worker that makes a request of its own.
async fn exercise(app: &TestApp) {
    app.warm_up().await;
    let ada = app.new_account("ada@example.com").await;
    app.anon().get("/api/health/ready").await.success();
    reading::without_a_token(app).await;
    let body = json!({ "email": "bea@example.com", "name": "B", "password": PASSWORD, "username": "bea" });
    let token = app.anon().post("/api/auth/register", body.clone()).await.text_of("registration_token");
    app.run_workers().await;
    app.anon().post("/api/auth/verify-email/resend", json!({ "registration_token": token })).await;
    app.run_workers().await;
    let link = app.link_to("bea@example.com").split_once("token=").unwrap().1.to_owned();
    app.anon().post_form("/confirm-email", &format!("token={link}&password=wrong")).await;
    app.anon().post_form("/confirm-email", &format!("token={link}&password=correct+horse+battery+staple")).await;
    app.verify_email(&token, "00000000").await;
    app.anon().post("/api/auth/register", body).await;

    app.anon().post("/api/auth/token", json!({ "login": "ada@example.com", "password": "wrong" })).await;
    app.anon().post("/api/auth/token", json!({ "login": "nobody", "password": "wrong" })).await;
    let (one, two) = (app.sign_in("ada@example.com").await.success(), app.sign_in("bea").await.success());
    one["access"].as_str().map(|token| app.anon().bearing(token)).unwrap().post("/api/auth/logout", json!({})).await;
    app.anon().post("/api/auth/logout", json!({ "refresh": two["refresh"], "remember_session": false })).await;
    let next = Person::of(app.refresh(&ada.refresh).await.success());
    for token in [&next.access, &next.refresh] {
        app.anon().post("/api/auth/token/verify", json!({ "token": token })).await.success();
    }
    next.calling(app).get("/api/auth/me").await.success();
    for password in [PASSWORD, "wrong"] {
        next.calling(app).post("/api/auth/step-up", json!({ "password": password })).await;
    }
    step_up_by_mail(app).await;
    own_data(app, &next).await;
    leaving(app).await;
    next.calling(app).get("/api/auth/security-log").await.success();
    let sessions = next.calling(app).get("/api/auth/sessions").await.success();
    let target = format!("/api/auth/sessions/{}", sessions["items"][0]["id"].as_str().unwrap());
    Person::of(app.sign_in("bea").await.success()).calling(app).delete("/api/auth/sessions").await.success();
    Person::of(app.sign_in("ada@example.com").await.success()).calling(app).delete(&target).await.success();
    reset_passwords(app).await;
    second_factors(app).await;
    passkeys(app).await;
    change_addresses(app).await;
    providers(app).await;
    app.sign_in_elsewhere("ada@example.com").await.success();
    app.run_workers().await;
    let form = app.end_link_to("ada@example.com").split_once('?').unwrap().1.to_owned();
    app.anon().post_form("/end-session", &form).await;
    app.advance(SignedDuration::from_mins(1));
    app.refresh(&ada.refresh).await;

    app.inbox.fail_next(1, &Failure::Refused("TooManyRequestsException".to_owned()));
    app.inbox.fail_next(1, &Failure::Refused("MessageRejected".to_owned()));
    app.run_workers().await;
    app.register("cyd@example.com").await;
    app.forget_stream();
    app.advance(SignedDuration::from_mins(6));
    app.redrive_outbox().await;
    app.advance(SignedDuration::from_hours(25));
    app.redrive_outbox().await;
    places(app).await;
    app.invoke_feedback(serde_json::from_str(&crate::read("events/feedback/bounce.json")).unwrap()).await;
}

/// A database of places is fetched, and read by every function that tells of them.
async fn places(app: &TestApp) {
    app.has_maxmind_account("1", "key");
    app.downloads.publish(&[("x/GeoLite2-City.mmdb", latchkey_tests::PLACES)], "1:key");
    app.update_places().await.unwrap();
}

/// Somebody without a password shows who they are.
async fn step_up_by_mail(app: &TestApp) {
    let dan = app.new_account("dan@example.com").await;
    app.forget_password(&dan);
    dan.calling(app).post("/api/auth/step-up", json!({ "method": "email" })).await.success();
    app.run_workers().await;
    dan.calling(app).post("/api/auth/step-up", json!({ "code": app.code_to("dan@example.com") })).await.success();
}

/// Somebody leaves, comes back twice, and looks at what was asked for.
async fn leaving(app: &TestApp) {
    let mut zoe = app.new_account("zoe@example.com").await;
    for by_link in [true, false] {
        let id = zoe.calling(app).delete("/api/auth/me").await.text_of("id");
        app.run_workers().await;
        let link = app.link_to("zoe@example.com");
        zoe = Person::of(app.sign_in("zoe@example.com").await.success());
        let request = format!("/api/auth/data-requests/{id}");
        zoe.calling(app).get(&request).await.success();
        zoe.calling(app).get("/api/auth/data-requests").await.success();
        if by_link {
            let form = format!("token={}", link.split_once("token=").unwrap().1);
            assert_eq!(app.anon().post_form("/cancel-deletion", &form).await.status, 303);
            zoe = Person::of(app.sign_in("zoe@example.com").await.success());
        } else {
            zoe.calling(app).delete(&request).await.success();
        }
        app.run_workers().await;
    }
}

/// What a person sees and changes of the own account.
async fn own_data(app: &TestApp, person: &Person) {
    let calling = person.calling(app);
    for username in ["ada", "ada_k"] {
        calling.patch("/api/auth/me", json!({ "username": username })).await.success();
    }
    for phone in ["+49 170 1234567", "+49 170 7654321"] {
        calling.patch("/api/auth/profile", json!({ "phone": phone })).await.success();
    }
    calling.get("/api/auth/profile").await.success();
    calling.get(&format!("/api/users/{}", person.answer["user"]["id"].as_str().unwrap())).await.success();
}

/// Somebody enrols an app, uses it and a recovery code wherever they are asked for, and removes it; and signs in without
/// a password.
async fn second_factors(app: &TestApp) {
    let ian = app.new_account("ian@example.com").await;
    let authenticator = app.enrol_totp(&ian).await;
    ian.calling(app).get("/api/auth/mfa").await.success();
    let ian = app.sign_in_with("ian@example.com", &authenticator).await;
    for code in ["000000".to_owned(), authenticator.next_code(app)] {
        ian.calling(app).post("/api/auth/step-up", json!({ "totp_code": code })).await;
    }
    let codes = app.renew_recovery_codes(&ian).await;
    app.run_workers().await;
    app.ask_for_sign_in_code("ian@example.com").await.success();
    app.run_workers().await;
    let code = app.code_to("ian@example.com");
    let token = app.sign_in_by_code("ian@example.com", &code).await.text_of("mfa_token");
    app.second_step(&token, "000000").await;
    app.second_step_by_recovery_code(&token, &codes[0]).await.success();
    app.disable_totp(&ian, json!({ "recovery_code": codes[1] })).await;
    app.run_workers().await;
}

/// People come by providers: new ones, one who proves an address, one who has an account, one who refuses; and providers are connected both ways, and
/// disconnected.
async fn providers(app: &TestApp) {
    let ada = app.new_account_by("google", &ada_at_google()).await;
    app.come_by("google", &ada_at_google()).await.success();
    app.new_account("kim@acme.test").await;
    let kim = json!({ "sub": "kim", "email": "kim@acme.test", "email_verified": true, "name": "Kim" });
    app.come_by("acme", &kim).await.success();
    let token = app.come_by("facebook", &ada_at_facebook()).await.text_of("registration_token");
    let body = json!({ "registration_token": token, "email": "lea@example.com" });
    app.anon().post("/api/oauth/exchange/email", body).await;
    app.run_workers().await;
    app.verify_email(&token, &app.code_to("lea@example.com")).await.success();
    let shown = json!({ "id_token": app.providers.id_token("google", &ada_at_google(), CLIENT_ID, None) });
    app.anon().post("/api/auth/social/google", shown).await.success();
    let browser = app.browser();
    let login = browser.get("/api/oauth/github/login").await;
    let state = answered(&login, "state").unwrap();
    browser.get(&format!("/api/oauth/github/callback?error=access_denied&state={state}")).await;
    let calling = ada.calling(app);
    let path = "/api/auth/social/accounts";
    let token = app.providers.access_token(&ada_at_github(), CLIENT_ID);
    calling.post(&format!("{path}/github/connect"), json!({ "access_token": token })).await.success();
    calling.post(&format!("{path}/acme/connect"), json!({})).await.success();
    calling.get(path).await.success();
    calling.get(&format!("{path}/status")).await.success();
    calling.post(&format!("{path}/github/disconnect"), json!({})).await.success();
    app.run_workers().await;
}

/// Somebody enrols two passkeys, uses one wherever it is asked for, looks at them, and removes one.
async fn passkeys(app: &TestApp) {
    let jan = app.new_account("jan@example.com").await;
    let mut passkey = app.enrol_passkey(&jan).await;
    app.enrol_passkey(&jan).await;
    app.sign_in_by_passkey(&mut passkey).await.success();
    let token = app.first_step("jan@example.com").await;
    let shown = passkey.show(&app.second_step_options(&token).await).unwrap();
    app.second_step_by_passkey(&token, &shown).await.success();
    let shown = passkey.show(&app.step_up_options(&jan).await).unwrap();
    for _ in 0..2 {
        jan.calling(app).post("/api/auth/step-up", json!({ "passkey": shown })).await;
        app.send_assertion(&shown).await;
    }
    let listed = jan.calling(app).get("/api/auth/mfa/passkeys").await.success();
    let target = format!("/api/auth/mfa/passkeys/{}", listed["items"][0]["id"].as_str().unwrap());
    jan.calling(app).get(&target).await.success();
    jan.calling(app).patch(&target, json!({ "name": "Phone" })).await.success();
    assert_eq!(jan.calling(app).delete(&target).await.status, 204);
    app.run_workers().await;
}

/// An address is changed twice, and both changes are undone.
async fn change_addresses(app: &TestApp) {
    let gil = app.new_account("gil@example.com").await;
    for email in ["gil@example.org", "gil@example.net"] {
        app.change_email(&gil, email).await;
    }
    app.undo_email_change(&app.undo_link_to("gil@example.com")).await;
    app.run_workers().await;
}

/// Passwords are reset by code and by link, too weak ones and wrong codes among them, and asked for by a registration.
async fn reset_passwords(app: &TestApp) {
    let ask = async |email: &str| {
        app.ask_for_reset(email).await.success();
        app.run_workers().await;
    };
    app.new_account("eve@example.com").await;
    ask("nobody@example.com").await;
    app.register("fay@example.com").await;
    ask("fay@example.com").await;
    for password in ["password", "purple otters juggle nightly"] {
        ask("eve@example.com").await;
        app.reset_password("eve@example.com", &app.code_to("eve@example.com"), password).await;
    }
    app.run_workers().await;
    let eve = json!({ "login": "eve@example.com", "password": "purple otters juggle nightly" });
    let eve = Person::of(app.anon().post("/api/auth/token", eve).await.success());
    for current in ["wrong", "purple otters juggle nightly"] {
        let body = json!({ "current_password": current, "new_password": PASSWORD, "keep_me_signed_in": true });
        eve.calling(app).post("/api/auth/password", body).await;
    }
    app.run_workers().await;
    ask("eve@example.com").await;
    let link = app.link_to("eve@example.com").split_once("token=").unwrap().1.to_owned();
    let form = format!("token={link}&new_password=purple+otters+juggle+nightly");
    app.anon().post_form("/reset-password", &form).await;
    app.run_workers().await;
}

/// `pepper`, as `PepperSecret`.
fn logical_id(secret: &str) -> String {
    let (first, rest) = secret.split_at(1);
    format!("{}{rest}Secret", first.to_uppercase())
}

/// Actions on partitions of a table.
type Partitions = BTreeSet<(&'static str, String, String)>;

/// What each function was seen to use, and in which partitions.
async fn used() -> (BTreeMap<String, Permissions>, BTreeMap<String, Partitions>, reading::Read) {
    let app = TestApp::with_providers_and(&[("RATE_FACTOR", "100"), ("EMAIL_CODE_SIGN_IN", "on")]);
    exercise(&app).await;
    let later = TestApp::with_config(&[("RATE_FACTOR", "100")]);
    Box::pin(exporting::exporting_and_erasing(&later)).await;
    // What `front` has in common with others is seen at work when a slash at the end leads there.
    let with_slashes =
        TestApp::with_providers_and(&[("RATE_FACTOR", "100"), ("EMAIL_CODE_SIGN_IN", "on")]).adding_slashes();
    exercise(&with_slashes).await;
    let later_with_slashes = TestApp::with_config(&[("RATE_FACTOR", "100")]).adding_slashes();
    Box::pin(exporting::exporting_and_erasing(&later_with_slashes)).await;
    let apps = [&app, &later, &with_slashes, &later_with_slashes];
    let mut used: BTreeMap<String, Permissions> = BTreeMap::new();
    let mut partitions: BTreeMap<String, Partitions> = BTreeMap::new();
    let read = reading::of(apps);
    for call in apps.into_iter().flat_map(|app| app.engine.take_calls()) {
        partitions.entry(call.function.to_owned()).or_default().extend(call.partitions);
        let permissions = call.permissions.into_iter().map(|(action, resource)| (action.to_owned(), resource));
        used.entry(call.function.to_owned()).or_default().extend(permissions);
    }
    // Every mail names the configuration set. Which identity a sender belongs to is for SES to say.
    let send = ["identity/*", "configuration-set/MailConfigurationSet"];
    assert!(!app.inbox.mails(None).is_empty());
    let send = send.map(|what| ("ses:SendEmail".to_owned(), what.to_owned()));
    used.entry("mailer".to_owned()).or_default().extend(send);
    for (function, secrets) in apps.into_iter().flat_map(|app| app.vault.reads()) {
        let permissions = secrets.iter().map(|name| ("secretsmanager:GetSecretValue".to_owned(), logical_id(name)));
        used.entry(function.to_owned()).or_default().extend(permissions);
    }
    for (function, permissions) in apps.into_iter().flat_map(|app| app.shelf.permissions()) {
        used.entry(function.to_owned()).or_default().extend(permissions);
    }
    (used, partitions, read)
}

#[tokio::test]
async fn each_function_may_do_what_it_does_and_nothing_else() {
    let allowed = allowed();
    let (used, partitions, read) = used().await;
    for (function, allowed) in &allowed {
        let used = used.get(function).unwrap_or_else(|| panic!("{function} was never seen at work"));
        let too_many: Vec<_> = allowed.difference(used).collect();
        let too_few: Vec<_> = used.difference(allowed).collect();
        assert!(
            too_many.is_empty() && too_few.is_empty(),
            "{function}: surplus {too_many:?}, missing {too_few:?}; does `exercise` call all that it can do?"
        );
    }
    assert_eq!(used.len(), allowed.len(), "every function that was seen at work has a policy");
    leading_keys::hold_what_was_used(&partitions);
    reading::is_what_is_declared(read);
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
