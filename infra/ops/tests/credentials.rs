//! The command line with the credentials that operators have: of a program, of IAM Identity Center, of `aws login`, of
//! the environment; found, missing, and expired. A listener on this machine is AWS.

#![expect(clippy::unwrap_used, reason = "a test fails loudly")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::thread::JoinHandle;

/// What CloudFormation answers where there is no such stack.
const NO_STACK: (&str, &str, &str) = ("400 Bad Request", "ValidationError", "Stack with id acme does not exist");
/// What every service answers to a session that is over.
const EXPIRED: (&str, &str, &str) = ("403 Forbidden", "ExpiredToken", "The security token included is expired");

/// Listens for one request, refuses it as told, and hands over its head.
fn refusing((status, code, message): (&'static str, &'static str, &'static str)) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let request = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        let body =
            format!("<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>");
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-type: text/xml\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
        .unwrap();
        String::from_utf8(head).unwrap()
    });
    (url, request)
}

/// A home without anything but this file of profiles.
fn home(name: &str, profiles: &str) -> PathBuf {
    let home = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&home);
    std::fs::create_dir_all(&home).unwrap();
    std::fs::write(home.join("profiles"), profiles).unwrap();
    home
}

/// Runs `latchkey-ops doctor` for a stack, with no other variables than these.
fn doctor(home: &PathBuf, endpoint: &str, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_latchkey-ops"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).env("AWS_CONFIG_FILE", home.join("profiles"));
    command.env("AWS_EC2_METADATA_DISABLED", "true").envs(variables.iter().copied());
    command.args(["--stack", "acme", "--region", "eu-central-1", "--endpoint", endpoint, "doctor"]).output().unwrap()
}

/// What a failed command said.
fn refusal(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Nothing listens there: who asks it anyway fails with other words than those expected.
const NOWHERE: &str = "http://127.0.0.1:9";

#[test]
fn a_request_is_signed_with_the_credentials_of_the_program_that_a_profile_names() {
    let home = home("process", "");
    let program = home.join("program.sh");
    let key =
        r#"{"Version": 1, "AccessKeyId": "AKIDOFPROGRAM", "SecretAccessKey": "secret", "SessionToken": "a-session"}"#;
    let runs = home.join("runs");
    std::fs::write(&program, format!("echo run >> {}\ncat <<'END'\n{key}\nEND\n", runs.display())).unwrap();
    std::fs::write(home.join("profiles"), format!("[profile acme]\ncredential_process = sh {}\n", program.display()))
        .unwrap();
    let (endpoint, request) = refusing(NO_STACK);
    let said = refusal(&doctor(&home, &endpoint, &[("AWS_PROFILE", "acme")]));
    assert_eq!(said, "latchkey-ops: the stack acme cannot be read: Stack with id acme does not exist\n");
    let head = request.join().unwrap();
    assert!(head.contains("Credential=AKIDOFPROGRAM/"), "{head}");
    assert!(head.to_ascii_lowercase().contains("x-amz-security-token: a-session"), "{head}");
    assert_eq!(std::fs::read_to_string(runs).unwrap(), "run\n");
}

#[test]
fn a_program_that_fails_is_named_by_its_profile_with_what_it_said() {
    let home = home("failing", "[profile acme]\ncredential_process = sh -c 'echo the vault is locked >&2; exit 3'\n");
    let said = refusal(&doctor(&home, NOWHERE, &[("AWS_PROFILE", "acme")]));
    assert!(said.contains("the program in credential_process of the profile acme gave none"), "{said}");
    assert!(said.contains("the vault is locked"), "{said}");
}

const IDENTITY_CENTER: &str = "
[profile acme]
sso_session = acme
sso_account_id = 123456789012
sso_role_name = Operator
[sso-session acme]
sso_region = eu-central-1
sso_start_url = https://acme.awsapps.com/start
sso_registration_scopes = sso:account:access
";

#[test]
fn a_profile_of_identity_center_without_a_sign_in_says_how_to_sign_in() {
    let home = home("sso", IDENTITY_CENTER);
    let said = refusal(&doctor(&home, NOWHERE, &[("AWS_PROFILE", "acme")]));
    assert!(
        said.starts_with("latchkey-ops: there are no credentials: sign in with `aws sso login --profile acme`\n"),
        "{said}"
    );
}

#[test]
fn a_sign_in_at_identity_center_that_has_expired_says_the_same() {
    let home = home("expired-sso", IDENTITY_CENTER);
    let cache = home.join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let token = r#"{"accessToken": "a-token", "expiresAt": "2020-01-01T00:00:00Z", "region": "eu-central-1", "startUrl": "https://acme.awsapps.com/start"}"#;
    // The AWS CLI names the file by the SHA-1 digest of the session's name.
    std::fs::write(cache.join("293abb6b76d7791c0732cc517d38c4b5c734b87f.json"), token).unwrap();
    let said = refusal(&doctor(&home, NOWHERE, &[("AWS_PROFILE", "acme")]));
    assert!(said.contains("sign in with `aws sso login --profile acme`") && said.contains("expired"), "{said}");
}

#[test]
fn a_profile_of_aws_login_without_a_sign_in_says_how_to_sign_in() {
    let home = home("login", "[profile acme]\nlogin_session = arn:aws:iam::123456789012:user/Ada\n");
    let said = refusal(&doctor(&home, NOWHERE, &[("AWS_PROFILE", "acme")]));
    assert!(said.contains("sign in with `aws login --profile acme`"), "{said}");
}

#[test]
fn where_nothing_gives_credentials_every_way_is_named() {
    let home = home("nothing", "");
    let said = refusal(&doctor(&home, NOWHERE, &[]));
    assert!(
        said.contains("AWS_PROFILE") && said.contains("aws sso login") && said.contains("AWS_ACCESS_KEY_ID"),
        "{said}"
    );
    let said = refusal(&doctor(&home, NOWHERE, &[("AWS_PROFILE", "acne")]));
    assert!(said.contains("there is no profile acne"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn credentials_that_aws_says_have_expired_are_to_be_renewed_where_they_came_from() {
    let keys = [("AWS_ACCESS_KEY_ID", "AKIDOFTHEENVIRONMENT"), ("AWS_SECRET_ACCESS_KEY", "secret")];
    let (endpoint, request) = refusing(EXPIRED);
    let said = refusal(&doctor(&home("expired", ""), &endpoint, &keys));
    assert!(request.join().unwrap().contains("Credential=AKIDOFTHEENVIRONMENT/"));
    assert!(said.contains("the credentials have expired: renew AWS_ACCESS_KEY_ID"), "{said}");
}
