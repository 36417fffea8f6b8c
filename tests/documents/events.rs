//! The recorded events: each is replayed through the function that it names, and can be handed to
//! `cargo lambda invoke` as it stands.

use latchkey_tests::TestApp;
use serde_json::Value;

use crate::{read, root};

/// What each event is answered with.
const ANSWERS: &[(&str, &str)] = &[
    ("account/confirm_email_change_without_token", "401 token_missing"),
    ("account/email_change_without_token", "401 token_missing"),
    ("account/end_other_sessions_invalid", "401 token_invalid"),
    ("account/end_session_without_token", "401 token_missing"),
    ("account/delete_without_token", "401 token_missing"),
    ("account/me_without_token", "401 token_missing"),
    ("account/security_log_without_token", "401 token_missing"),
    ("account/sessions_without_token", "401 token_missing"),
    ("account/step_up_without_token", "401 token_missing"),
    ("account/profile_without_token", "401 token_missing"),
    ("account/public_user_without_token", "401 token_missing"),
    ("account/rename_without_token", "401 token_missing"),
    ("auth/ask_for_passkey", "200"),
    ("auth/ask_for_reset_unknown", "202"),
    ("auth/enrol_passkey_without_token", "401 token_missing"),
    ("auth/passkey_endpoints", "200"),
    ("auth/passkey_options_without_token", "401 token_missing"),
    ("auth/passkey_without_token", "401 token_missing"),
    ("auth/passkeys_without_token", "401 token_missing"),
    ("auth/remove_passkey_without_token", "401 token_missing"),
    ("auth/rename_passkey_without_token", "401 token_missing"),
    ("auth/sign_in_by_passkey_unknown", "401 invalid_credentials"),
    ("auth/ask_for_sign_in_code_off", "404 not_found"),
    ("auth/change_password_page_none", "404 not_found"),
    ("auth/change_password_without_token", "401 token_missing"),
    ("auth/confirm_totp_without_token", "401 token_missing"),
    ("auth/disable_totp_without_token", "401 token_missing"),
    ("auth/dot_segments", "400 malformed_target"),
    ("auth/enrol_totp_without_token", "401 token_missing"),
    ("auth/health", "200"),
    ("auth/jwks", "200"),
    ("auth/logout_invalid", "401 token_invalid"),
    ("auth/mfa_without_token", "401 token_missing"),
    ("auth/openid_configuration", "200"),
    ("auth/ready", "200"),
    ("auth/refresh_by_cookie_from_another_site", "403 csrf_failed"),
    ("auth/refresh_invalid", "401 token_invalid"),
    ("auth/register", "202"),
    ("auth/renew_recovery_codes_without_token", "401 token_missing"),
    ("auth/resend_unknown", "400 code_invalid"),
    ("auth/second_step_invalid", "401 token_invalid"),
    ("auth/sign_in_by_code_off", "404 not_found"),
    ("auth/sign_in_by_cookie_from_another_site", "403 csrf_failed"),
    ("auth/reset_password_unknown", "400 code_invalid"),
    ("auth/sign_in_unknown", "401 invalid_credentials"),
    ("auth/verify_email_unknown", "400 code_invalid"),
    ("auth/verify_token_invalid", "401 token_invalid"),
    ("front/slash_at_the_end", "401 token_missing"),
    ("front/unknown_path", "404 not_found"),
    ("pages/cancel_deletion_broken_link", "400"),
    ("pages/cancel_deletion_unknown_link", "400"),
    ("privacy/cancel_without_token", "401 token_missing"),
    ("privacy/create_without_token", "401 token_missing"),
    ("privacy/download_unknown_link", "404 not_found"),
    ("privacy/list_without_token", "401 token_missing"),
    ("pages/confirm_email_broken_link", "400"),
    ("pages/confirm_email_unknown_link", "400"),
    ("pages/password_changed", "200"),
    ("pages/reset_password_unknown_link", "400"),
    ("pages/undo_email_change_unknown_link", "400"),
    ("pages/end_session_broken_link", "400"),
    ("pages/end_session_unknown_link", "400"),
    ("social/accounts_without_token", "401 token_missing"),
    ("social/callback_unknown_visit", "400 code_invalid"),
    ("social/connect_without_token", "401 token_missing"),
    ("social/disconnect_without_token", "401 token_missing"),
    ("social/exchange_unknown", "400 code_invalid"),
    ("social/login_unknown_provider", "404 not_found"),
    ("social/name_email_unknown", "400 code_invalid"),
    ("social/sign_in_unknown_provider", "404 not_found"),
    ("social/status_without_token", "401 token_missing"),
];

fn recorded() -> Vec<String> {
    let mut names = Vec::new();
    for folder in std::fs::read_dir(root("events")).unwrap().map(Result::unwrap) {
        for file in std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let (folder, file) = (folder.file_name(), file.file_name());
            let file = file.to_str().unwrap().strip_suffix(".json").unwrap().to_owned();
            names.push(format!("{}/{file}", folder.to_str().unwrap()));
        }
    }
    names.sort_unstable();
    names
}

#[tokio::test]
async fn every_recorded_event_of_the_gateway_is_answered_as_it_always_was() {
    let app = TestApp::new();
    for (name, expected) in ANSWERS {
        let event: Value = serde_json::from_str(&read(&format!("events/{name}.json"))).unwrap();
        let answer = app.invoke(name.split('/').next().unwrap(), event).await;
        assert_eq!(answer.summary(), *expected, "{name}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{name}");
    }
    app.run_workers().await;
}

#[tokio::test]
async fn the_workers_events_are_carried_out() {
    let app = TestApp::new();
    let stream: Value = serde_json::from_str(&read("events/mailer/sent_already.json")).unwrap();
    assert_eq!(app.invoke_mailer(stream).await, Vec::<String>::new());
    for task in ["clear_away", "redrive_outbox", "update_places"] {
        app.invoke_scheduler(serde_json::from_str(&read(&format!("events/scheduler/{task}.json"))).unwrap()).await;
    }
    let done: Value = serde_json::from_str(&read("events/exporter/done_already.json")).unwrap();
    assert_eq!(app.invoke_exporter(done).await, Vec::<String>::new());
    for report in ["bounce", "complaint"] {
        app.invoke_feedback(serde_json::from_str(&read(&format!("events/feedback/{report}.json"))).unwrap()).await;
    }
}

#[test]
fn no_recorded_event_is_left_out() {
    let workers = [
        "exporter/done_already",
        "feedback/bounce",
        "feedback/complaint",
        "mailer/sent_already",
        "scheduler/clear_away",
        "scheduler/redrive_outbox",
        "scheduler/update_places",
    ];
    let mut known: Vec<_> = ANSWERS.iter().map(|(name, _)| *name).chain(workers).collect();
    known.sort_unstable();
    assert_eq!(recorded(), known);
}

/// They are the gateway's own shape, as AWS's library knows it, and not only what our gate would put up with.
#[test]
fn the_library_of_aws_reads_the_events_as_requests() {
    for (name, _) in ANSWERS.iter().filter(|(name, _)| *name != "auth/dot_segments") {
        let request = lambda_http::request::from_str(&read(&format!("events/{name}.json"))).unwrap();
        assert!(request.uri().path().starts_with('/'), "{name}");
    }
}
