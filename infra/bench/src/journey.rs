//! Every operation of the API once, in an order in which each succeeds, and what each of them consumed.
//!
//! The list of operations is the API's own document: one that is missing here is named, and the bench fails.

mod by_provider;

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use latchkey_local::authenticator::SoftPasskey;
use latchkey_local::gateway::Answer;
use serde_json::{Value, json};

use crate::store::Units;
use crate::world::{Request, World, json_of, refreshing, registration, signing_in, text};
use crate::{Failure, clock};

/// What one call took.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    /// The function that answered.
    pub(crate) function: String,
    /// What its requests to DynamoDB consumed.
    pub(crate) units: Units,
    /// Our processor time, in milliseconds.
    pub(crate) cpu_ms: f64,
}

/// What each operation took, by its `operationId`; workers are named after what they do.
pub(crate) type Journey = BTreeMap<String, Taken>;

/// A password that a person sets.
const NEW_PASSWORD: &str = "purple otters juggle nightly";

/// A mail that the worker `mailer` hands to SES.
pub(crate) const MAIL: &str = "(a mail)";
/// A run of the worker `scheduler` that finds nothing to do.
pub(crate) const REDRIVE: &str = "(the schedule)";

/// A report of SES that the worker `feedback` acts on.
pub(crate) const REPORT: &str = "(a bounce)";
/// The recorded report.
pub(crate) const BOUNCE: &str = include_str!("../../../events/feedback/bounce.json");

/// Visits every operation. `somebody` has an account and is signed in anew.
pub(crate) async fn travel(world: &mut World, somebody: &str) -> Result<Journey, Failure> {
    let mut trip = Trip { world, taken: Journey::new() };
    trip.documents().await?;
    trip.registration().await?;
    trip.confirmation_by_link().await?;
    trip.new_passwords().await?;
    trip.another_address().await?;
    trip.second_factors().await?;
    trip.passkeys().await?;
    trip.by_provider().await?;
    trip.session(somebody).await?;
    trip.exporting().await?;
    trip.leaving().await?;
    trip.worker(REPORT, "feedback", BOUNCE.to_owned()).await?;
    let schedule = json!({ "task": "redrive-outbox", "time": clock::now().to_string() });
    trip.worker(REDRIVE, "scheduler", schedule.to_string()).await?;
    Ok(trip.taken)
}

/// The operations of the API's document, with their method and path.
pub(crate) fn operations(document: &Value) -> BTreeMap<String, String> {
    let paths = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        methods.as_object().into_iter().flatten().filter_map(move |(method, operation)| {
            let id = operation.get("operationId")?.as_str()?.to_owned();
            Some((id, format!("{} {path}", method.to_uppercase())))
        })
    });
    all.collect()
}

/// Fails with the names of the operations that a journey did not visit.
pub(crate) fn nothing_missing(journey: &Journey, operations: &BTreeMap<String, String>) -> Result<(), Failure> {
    let missing: Vec<&str> = operations.keys().map(String::as_str).filter(|id| !journey.contains_key(*id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(format!("infra/bench/src/journey.rs does not visit these operations: {}", missing.join(", ")).into())
}

/// The address of an account that was just made.
fn address_of(account: &Value) -> Result<String, Failure> {
    Ok(account.pointer("/user/email").and_then(Value::as_str).ok_or("an account without an address")?.to_owned())
}

/// What an authenticator app with this secret shows at a second.
fn totp_code(secret: &str, second: i64) -> Result<String, Failure> {
    let secret = totp_rs::Secret::try_from_base32(secret).map_err(|error| error.to_string())?;
    let app = totp_rs::Builder::new().with_secret(secret).build().map_err(|error| error.to_string())?;
    Ok(app.generate(u64::try_from(second)?).to_string())
}

struct Trip<'a> {
    world: &'a mut World,
    taken: Journey,
}

impl Trip<'_> {
    /// Makes a request and writes down what it took.
    async fn visit(&mut self, operation: &str, request: Request, expected: u16) -> Result<Value, Failure> {
        Ok(json_of(&self.visit_whole(operation, request, expected).await?))
    }

    /// The same, with the whole answer.
    async fn visit_whole(&mut self, operation: &str, request: Request, expected: u16) -> Result<Answer, Failure> {
        self.world.services.take_units();
        let asked = self.world.ask(&request, StatusCode::from_u16(expected)?).await?;
        let taken = Taken {
            function: asked.function,
            units: self.world.services.take_units(),
            cpu_ms: asked.invocation.cpu.as_secs_f64() * 1e3,
        };
        self.taken.insert(operation.to_owned(), taken);
        Ok(asked.answer)
    }

    async fn documents(&mut self) -> Result<(), Failure> {
        for (operation, path) in [
            ("jwks", "/.well-known/jwks.json"),
            ("openid_configuration", "/.well-known/openid-configuration"),
            ("passkey_endpoints", "/.well-known/passkey-endpoints"),
            ("docs", "/api/docs"),
            ("openapi", "/api/openapi.json"),
            ("health", "/api/health"),
            ("ready", "/api/health/ready"),
        ] {
            self.visit(operation, Request::get(path), 200).await?;
        }
        self.visit("change_password_page", Request::get("/.well-known/change-password"), 303).await?;
        Ok(())
    }

    async fn registration(&mut self) -> Result<(), Failure> {
        let email = self.world.new_address();
        let answer = self.visit("register", registration(&email), 202).await?;
        let token = text(&answer, "registration_token")?;
        self.mail().await?;
        let again = Request::post("/api/auth/verify-email/resend", &json!({ "registration_token": token }));
        self.visit("resend_verification", again, 202).await?;
        self.world.send_mails().await?;
        let code = self.world.verification_mail(&email)?.code;
        let body = json!({ "registration_token": token, "code": code });
        self.visit("verify_email", Request::post("/api/auth/verify-email", &body), 201).await?;
        self.world.send_mails().await?;
        Ok(())
    }

    async fn mail(&mut self) -> Result<(), Failure> {
        self.world.services.take_units();
        let sent = self.world.send_mails().await?;
        let [sent] = sent.as_slice() else { return Err("a registration should send one mail".into()) };
        let cpu_ms = sent.cpu.as_secs_f64() * 1e3;
        let taken = Taken { function: "mailer".to_owned(), units: self.world.services.take_units(), cpu_ms };
        self.taken.insert(MAIL.to_owned(), taken);
        Ok(())
    }

    async fn confirmation_by_link(&mut self) -> Result<(), Failure> {
        let applicant = self.world.register().await?;
        self.world.send_mails().await?;
        let link = self.world.verification_mail(&applicant.email)?.link;
        self.visit("confirm_email_page", Request::get(&format!("/confirm-email?token={link}")), 200).await?;
        let form = format!("token={link}&password={}", crate::world::PASSWORD.replace(' ', "+"));
        self.visit("confirm_email", Request::post_form("/confirm-email", form), 303).await?;
        self.world.send_mails().await?;
        Ok(())
    }

    async fn new_passwords(&mut self) -> Result<(), Failure> {
        let owner = self.world.new_account().await?;
        let email = &address_of(&owner)?;
        let body = json!({
            "current_password": crate::world::PASSWORD,
            "new_password": NEW_PASSWORD,
            "keep_me_signed_in": true,
        });
        let change = Request::post("/api/auth/password", &body).bearing(&text(&owner, "access")?);
        self.visit("change_password", change, 200).await?;
        self.world.send_mails().await?;
        let ask = Request::post("/api/auth/password-reset", &json!({ "email": email }));
        let token = text(&self.visit("ask_for_password_reset", ask.clone(), 202).await?, "reset_token")?;
        self.world.send_mails().await?;
        let code = self.world.verification_mail(email)?.code;
        let body = json!({ "reset_token": token, "code": code, "new_password": NEW_PASSWORD });
        self.visit("reset_password", Request::post("/api/auth/password-reset/confirm", &body), 200).await?;
        self.world.send_mails().await?;
        self.world.ask(&ask, StatusCode::ACCEPTED).await?;
        self.world.send_mails().await?;
        let link = self.world.verification_mail(email)?.link;
        self.visit("reset_password_page", Request::get(&format!("/reset-password?token={link}")), 200).await?;
        let form = format!("token={link}&new_password={}", NEW_PASSWORD.replace(' ', "+"));
        self.visit("reset_password_by_link", Request::post_form("/reset-password", form), 303).await?;
        self.visit("password_changed_page", Request::get("/password-changed"), 200).await?;
        self.world.send_mails().await?;
        Ok(())
    }

    async fn another_address(&mut self) -> Result<(), Failure> {
        let owner = self.world.new_account().await?;
        let old = &address_of(&owner)?;
        let (access, new) = (text(&owner, "access")?, self.world.new_address());
        let body = json!({ "new_email": new, "current_password": crate::world::PASSWORD });
        let ask = Request::post("/api/auth/email-change", &body).bearing(&access);
        self.visit("ask_for_email_change", ask, 202).await?;
        self.world.send_mails().await?;
        let body = json!({ "code": self.world.code_to(&new)? });
        let confirm = Request::post("/api/auth/email-change/confirm", &body).bearing(&access);
        self.visit("confirm_email_change", confirm, 200).await?;
        self.world.send_mails().await?;
        let link = self.world.link_to(old)?;
        self.visit("undo_email_change_page", Request::get(&format!("/undo-email-change?token={link}")), 200).await?;
        let undo = Request::post_form("/undo-email-change", format!("token={link}"));
        self.visit("undo_email_change", undo, 303).await?;
        self.world.send_mails().await?;
        Ok(())
    }

    /// A person enrols an authenticator app, signs in with it and without a password, and removes it.
    async fn second_factors(&mut self) -> Result<(), Failure> {
        let owner = self.world.new_account().await?;
        let email = owner.pointer("/user/email").and_then(Value::as_str).ok_or("an account without an address")?;
        let access = text(&owner, "access")?;
        let enrol = Request::post("/api/auth/mfa/totp", &json!({})).bearing(&access);
        let secret = text(&self.visit("enrol_totp", enrol, 200).await?, "secret")?;
        // Each step is good once: that of a moment ago, that of now, and that of the next moment.
        let code = |steps: i64| totp_code(&secret, clock::now().as_second() + 30 * steps);
        let confirm = json!({ "code": code(-1)? });
        let confirm = Request::post("/api/auth/mfa/totp/confirm", &confirm).bearing(&access);
        self.visit("confirm_totp", confirm, 200).await?;
        self.world.send_mails().await?;
        self.visit("mfa", Request::get("/api/auth/mfa").bearing(&access), 200).await?;
        let renew = Request::post("/api/auth/mfa/recovery-codes", &json!({})).bearing(&access);
        self.visit("renew_recovery_codes", renew, 200).await?;
        self.world.send_mails().await?;
        let ask = Request::post("/api/auth/email-code", &json!({ "email": email }));
        let token = text(&self.visit("ask_for_sign_in_code", ask, 202).await?, "sign_in_token")?;
        self.world.send_mails().await?;
        let body = json!({ "sign_in_token": token, "code": self.world.code_to(email)? });
        self.visit("sign_in_by_code", Request::post("/api/auth/email-code/confirm", &body), 200).await?;
        let first = json_of(&self.world.ask(&signing_in(email), StatusCode::OK).await?.answer);
        let body = json!({ "mfa_token": text(&first, "mfa_token")?, "totp_code": code(0)? });
        let pair = self.visit("second_step", Request::post("/api/auth/token/mfa", &body), 200).await?;
        self.world.send_mails().await?;
        let body = json!({ "password": crate::world::PASSWORD, "totp_code": code(1)? });
        let remove = Request::post("/api/auth/mfa/totp", &body).with_method(Method::DELETE);
        self.visit("disable_totp", remove.bearing(&text(&pair, "access")?), 204).await?;
        self.world.send_mails().await?;
        Ok(())
    }

    /// A person enrols a passkey, looks at it, names it, signs in with it alone, and removes it.
    async fn passkeys(&mut self) -> Result<(), Failure> {
        const MINE: &str = "/api/auth/mfa/passkeys";
        let owner = self.world.new_account().await?;
        let access = text(&owner, "access")?;
        let mut passkey = SoftPasskey::new("https://id.example.com", 1)?;
        let ask = Request::post(&format!("{MINE}/options"), &json!({})).bearing(&access);
        let made = passkey.make(&self.visit("passkey_options", ask, 200).await?)?;
        let enrol = Request::post(MINE, &json!({ "passkey": made })).bearing(&access);
        let enrolled = self.visit("enrol_passkey", enrol, 201).await?;
        self.world.send_mails().await?;
        self.visit("passkeys", Request::get(MINE).bearing(&access), 200).await?;
        let one = format!("{MINE}/{}", text(&enrolled, "id")?);
        self.visit("passkey", Request::get(&one).bearing(&access), 200).await?;
        let rename = Request::post(&one, &json!({ "name": "Phone" })).with_method(Method::PATCH).bearing(&access);
        self.visit("rename_passkey", rename, 200).await?;
        let ask = Request::post("/api/auth/passkey/options", &json!({}));
        let assertion = passkey.show(&self.visit("ask_for_passkey", ask, 200).await?)?;
        let sign_in = Request::post("/api/auth/passkey", &json!({ "assertion": assertion }));
        let pair = self.visit("sign_in_by_passkey", sign_in, 200).await?;
        self.world.send_mails().await?;
        let remove = Request::delete(&one).bearing(&text(&pair, "access")?);
        self.visit("remove_passkey", remove, 204).await?;
        self.world.send_mails().await?;
        Ok(())
    }

    async fn session(&mut self, somebody: &str) -> Result<(), Failure> {
        let pair = self.visit("sign_in", signing_in(somebody), 200).await?;
        self.world.send_mails().await?;
        let link = self.world.link_to(somebody)?;
        let pair = self.visit("refresh", refreshing(&text(&pair, "refresh")?), 200).await?;
        let access = text(&pair, "access")?;
        self.visit("me", Request::get("/api/auth/me").bearing(&access), 200).await?;
        self.own_account(&pair, &access).await?;
        let listed = self.visit("sessions", Request::get("/api/auth/sessions").bearing(&access), 200).await?;
        let oldest = listed.pointer("/items/1").ok_or("a person who confirmed and signed in has two sessions")?;
        let end = Request::delete(&format!("/api/auth/sessions/{}", text(oldest, "id")?)).bearing(&access);
        self.visit("end_session", end, 204).await?;
        self.visit("end_other_sessions", Request::delete("/api/auth/sessions").bearing(&access), 204).await?;
        self.visit("security_log", Request::get("/api/auth/security-log").bearing(&access), 200).await?;
        let verify = Request::post("/api/auth/token/verify", &json!({ "token": access }));
        self.visit("verify_token", verify, 200).await?;
        let shown = Request::post("/api/auth/step-up", &json!({ "password": crate::world::PASSWORD })).bearing(&access);
        self.visit("step_up", shown, 204).await?;
        self.visit("end_session_page", Request::get(&format!("/end-session?token={link}")), 200).await?;
        let leave = Request::post("/api/auth/logout", &json!({})).bearing(&access);
        self.visit("sign_out", leave, 204).await?;
        self.visit("end_session_by_link", Request::post_form("/end-session", format!("token={link}")), 303).await?;
        Ok(())
    }

    /// What a signed-in person sees and changes of the own account.
    async fn own_account(&mut self, pair: &Value, access: &str) -> Result<(), Failure> {
        let changing = |method, path, body: Value| Request::post(path, &body).with_method(method).bearing(access);
        let (username, phone) = self.world.new_names();
        let names = json!({ "name": "Ada King", "username": username });
        self.visit("rename", changing(Method::PATCH, "/api/auth/me", names), 200).await?;
        let whole = json!({ "marketing_consent": true, "phone": phone, "organisation": "Analytical Engines" });
        self.visit("replace_profile", changing(Method::PUT, "/api/auth/profile", whole), 200).await?;
        let part = json!({ "locale": "en-GB", "time_zone": "Europe/London" });
        self.visit("change_profile", changing(Method::PATCH, "/api/auth/profile", part), 200).await?;
        self.visit("profile", Request::get("/api/auth/profile").bearing(access), 200).await?;
        let id = pair.pointer("/user/id").and_then(Value::as_str).ok_or("no user in the answer")?;
        self.visit("public_user", Request::get(&format!("/api/users/{id}")).bearing(access), 200).await?;
        Ok(())
    }

    /// A person asks for an export and downloads it.
    async fn exporting(&mut self) -> Result<(), Failure> {
        let pair = self.world.new_account().await?;
        let (email, access) = (address_of(&pair)?, text(&pair, "access")?);
        self.world.send_mails().await?;
        let ask = Request::post("/api/auth/data-requests", &json!({ "request_type": "EXPORT" })).bearing(&access);
        self.visit("create_data_request", ask, 201).await?;
        self.world.carry_out_jobs().await?;
        self.world.send_mails().await?;
        let link = self.world.path_to(&email)?;
        self.visit("download_export", Request::get(&link), 303).await?;
        Ok(())
    }

    /// A person deletes the account and takes that back, by the mailed link and then signed in.
    async fn leaving(&mut self) -> Result<(), Failure> {
        let pair = self.world.new_account().await?;
        let email = address_of(&pair)?;
        let leave = |access: &str| Request::get("/api/auth/me").with_method(Method::DELETE).bearing(access);
        self.visit("delete_account", leave(&text(&pair, "access")?), 202).await?;
        self.world.send_mails().await?;
        let link = self.world.link_to(&email)?;
        self.visit("cancel_deletion_page", Request::get(&format!("/cancel-deletion?token={link}")), 200).await?;
        self.visit("cancel_deletion", Request::post_form("/cancel-deletion", format!("token={link}")), 303).await?;
        let access = text(&json_of(&self.world.ask(&signing_in(&email), StatusCode::OK).await?.answer), "access")?;
        let request = json_of(&self.world.ask(&leave(&access), StatusCode::ACCEPTED).await?.answer);
        let request = format!("/api/auth/data-requests/{}", text(&request, "id")?);
        let access = text(&json_of(&self.world.ask(&signing_in(&email), StatusCode::OK).await?.answer), "access")?;
        self.visit("data_requests", Request::get("/api/auth/data-requests").bearing(&access), 200).await?;
        self.visit("data_request", Request::get(&request).bearing(&access), 200).await?;
        let cancel = Request::get(&request).with_method(Method::DELETE).bearing(&access);
        self.visit("cancel_data_request", cancel, 204).await?;
        self.world.send_mails().await?;
        Ok(())
    }

    /// Runs a worker with an event and writes down what it took.
    async fn worker(&mut self, what: &str, function: &str, event: String) -> Result<(), Failure> {
        self.world.services.take_units();
        let done = self.world.invoke(function, event.into()).await?;
        let cpu_ms = done.cpu.as_secs_f64() * 1e3;
        let taken = Taken { function: function.to_owned(), units: self.world.services.take_units(), cpu_ms };
        self.taken.insert(what.to_owned(), taken);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_is_not_visited_is_named() {
        let document = json!({ "paths": { "/a": { "get": { "operationId": "a" }, "post": { "operationId": "b" } } } });
        let operations = operations(&document);
        assert_eq!(operations["b"], "POST /a");
        let taken = Taken { function: "auth".to_owned(), units: Units::default(), cpu_ms: 1.0 };
        let journey = Journey::from([("a".to_owned(), taken)]);
        let error = nothing_missing(&journey, &operations).unwrap_err().to_string();
        assert!(error.ends_with("these operations: b"), "{error}");
    }
}
