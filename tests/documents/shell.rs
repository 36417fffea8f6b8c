//! The scripts that people run. macOS has bash 3.2 and the tools of BSD, so neither newer constructs nor options of GNU
//! are used; and the deployment, run by every shell there is, with a stand-in for the AWS CLI.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fancy_regex::Regex;

use crate::{read, root};

/// What bash 3.2 or macOS does not know: a pattern, and a line that it finds.
const TOO_NEW: &[(&str, &str)] = &[
    (r"\b(mapfile|readarray|coproc)\b", "mapfile -t lines"),
    (r"\b(declare|local|typeset|readonly) -[a-zA-Z]*[Angul]", "declare -A ages"),
    (r"\$\{[^}]*(,|\^)\}", "${name,,}"),
    (r"\$\{[^}]*@[a-zA-Z]\}", "${name@Q}"),
    (r"\$\{[^}]*: -[0-9]|\[-[0-9]+\]", "${names[-1]}"),
    (r"\|&|&>>", "make |& tee log"),
    (r";;?&", "a) echo a ;;&"),
    (r"\bwait -[np]", "wait -n"),
    (r"\bread -[a-z]*N", "read -N 1 key"),
    (r"\[\[? -v |\btest -v ", "[[ -v name ]]"),
    (r"printf '%\(", "printf '%(%F)T'"),
    (r"\{[0-9]+\.\.[0-9]+\.\.", "for n in {1..9..2}"),
    (r"exec \{", "exec {file}>log"),
    (r"\b(EPOCHSECONDS|EPOCHREALTIME|SRANDOM|BASHPID|BASH_ARGV0)\b", "echo $EPOCHSECONDS"),
    (r"\b(globstar|lastpipe|inherit_errexit|localvar_inherit)\b", "shopt -s globstar"),
    (
        r"\b(xargs -r|readlink -f|realpath|sed -[ir]|grep -P|date -d|stat -c|sort -V|timeout|sha256sum|nproc)\b",
        "xargs -r ls",
    ),
];

/// The code of a line of a script: full-line comments may name what they like.
fn is_code(line: &str) -> bool {
    !line.trim_start().starts_with('#')
}

/// What a script uses that is too new.
fn too_new(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (pattern, _) in TOO_NEW {
        let pattern = Regex::new(pattern).unwrap();
        found.extend(script.lines().filter(|line| is_code(line) && pattern.is_match(line).unwrap()).map(str::to_owned));
    }
    found
}

/// Every shell script below a folder.
fn scripts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() {
            scripts(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "sh") {
            found.push(entry);
        }
    }
}

#[test]
fn scripts_use_nothing_that_macos_lacks() {
    let mut all = vec![root(".ci/run")];
    scripts(&root("infra"), &mut all);
    assert!(all.len() > 3, "{all:?}");
    for script in all {
        let found = too_new(&fs::read_to_string(&script).unwrap());
        assert!(found.is_empty(), "{}: {found:?}", script.display());
    }
}

#[test]
fn what_macos_lacks_is_found() {
    for (pattern, line) in TOO_NEW {
        assert_eq!(too_new(line).len(), 1, "{pattern} does not find {line}, or another finds it as well");
    }
    for line in ["set -- ${1+\"$@\"}", "echo \"${STACK:-}\" >&2", "make build && make deploy &", "parameters=()"] {
        assert!(too_new(line).is_empty(), "{line}");
    }
}

/// The shells of this machine: those that every machine has, and those that are stricter.
fn shells() -> Vec<&'static [&'static str]> {
    let known: [&[&str]; 5] = [&["sh"], &["bash"], &["bash", "--posix"], &["dash"], &["mksh"]];
    let runs =
        |shell: &&[&str]| Command::new(shell[0]).args(["-c", "exit 0"]).status().is_ok_and(|done| done.success());
    let found: Vec<_> = known.into_iter().filter(runs).collect();
    assert!(found.len() >= 3, "{found:?}");
    found
}

/// An AWS CLI that writes down how it is called. `DEPLOYED` and `QUOTA` are what it answers.
const AWS: &str = r#"#!/bin/sh
{ printf aws; printf ' [%s]' "$@"; echo; } >>"$LOG"
case "$1 $2" in
"sts get-caller-identity") echo 123456789012 ;;
"cloudformation describe-stacks") [ -n "$DEPLOYED" ] || exit 255; printf '%s\n' "$DEPLOYED" ;;
"lambda get-account-settings") [ -n "$QUOTA" ] || { echo AccessDeniedException >&2; exit 254; }; printf '%s\n' "$QUOTA" ;;
"s3api head-bucket") echo "An error occurred (404)" >&2; exit 254 ;;
"configure export-credentials") echo export AWS_ACCESS_KEY_ID=AKIDEXPORTED ;;
esac
"#;
const MAKE: &str = "#!/bin/sh\necho \"make $*\" >>\"$LOG\"\n";
const OPS: &str = "#!/bin/sh\necho \"latchkey-ops $* for $STACK in $AWS_REGION as $AWS_ACCESS_KEY_ID\" >>\"$LOG\"\n";

/// A deployment by each shell, which must all do the same: what it printed, and what it called.
fn deploy(deployed: &str, quota: &str, parameters: &str) -> (Output, String) {
    let all: Vec<_> = shells().into_iter().map(|shell| deploy_by(shell, deployed, quota, parameters)).collect();
    for (one, shell) in all.iter().zip(shells()) {
        assert_eq!(one, &all[0], "{shell:?} does it in another way than sh");
    }
    all.into_iter().next().unwrap()
}

fn deploy_by(shell: &[&str], deployed: &str, quota: &str, parameters: &str) -> (Output, String) {
    static COUNT: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("deploy-{number}"));
    let _ = fs::remove_dir_all(&folder);
    for (path, text) in [
        ("infra/deploy.sh", read("infra/deploy.sh").as_str()),
        ("infra/template.yaml", &latchkey_tests::TEMPLATE),
        ("bin/aws", AWS),
        ("bin/make", MAKE),
        ("target/debug/latchkey-ops", OPS),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", folder.join("bin").display(), std::env::var("PATH").unwrap());
    let log = folder.join("log");
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .arg(folder.join("infra/deploy.sh"))
        .envs([("PATH", path.as_str()), ("LOG", log.to_str().unwrap()), ("DEPLOYED", deployed), ("QUOTA", quota)])
        .envs([("STACK", "acme"), ("REGION", "eu-central-1"), ("PARAMETERS", parameters)])
        .env_remove("BUILT")
        .env_remove("BUCKET")
        .env_remove("AWS_ACCESS_KEY_ID")
        .output()
        .unwrap();
    let log = fs::read_to_string(&log).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    (output, log)
}

/// What a stack that was deployed with this much concurrency is described as.
fn described(status: &str, concurrency: &str) -> String {
    format!("{status}\t{concurrency}")
}

/// The deployment went through; what it called.
fn went_through((output, log): (Output, String)) -> String {
    assert!(output.status.success(), "{output:?}");
    assert!(log.contains("latchkey-ops doctor for acme in eu-central-1 as AKIDEXPORTED"), "{log}");
    log
}

/// The deployment was stopped before it made anything; what it said.
fn was_stopped((output, log): (Output, String)) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    for word in ["make build", "[s3]", "[s3api]", "[package]", "[deploy]", "latchkey-ops"] {
        assert!(!log.contains(word), "{log}");
    }
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn a_first_deployment_calls_one_thing_after_the_other() {
    let log = went_through(deploy("", "1000\t1000", ""));
    let words =
        |line: &str| line.split(['[', ']', ' ']).filter(|word| !word.is_empty()).take(3).collect::<Vec<_>>().join(" ");
    let calls: Vec<_> = log.lines().map(words).collect();
    assert_eq!(
        calls,
        [
            "aws sts get-caller-identity",
            "aws cloudformation describe-stacks",
            "aws lambda get-account-settings",
            "make build",
            "aws s3api head-bucket",
            "aws s3 mb",
            "aws s3api put-public-access-block",
            "aws cloudformation package",
            "aws cloudformation deploy",
            "aws configure export-credentials",
            "latchkey-ops generate-secrets for",
            "latchkey-ops migrate for",
            "latchkey-ops doctor for",
        ]
    );
    assert!(!log.contains("[--parameter-overrides]"), "{log}");
    assert!(log.contains("[s3://latchkey-code-123456789012-eu-central-1]"), "{log}");
}

#[test]
fn parameters_are_handed_over_as_they_were_quoted() {
    let given = "MailFrom=no-reply@acme.example AppName='Acme & Söhne $HOME' \"AllowedOrigins=https://a.example, https://b.example\"";
    let log = went_through(deploy("", "1000\t1000", given));
    let expected = "[--parameter-overrides] [MailFrom=no-reply@acme.example] [AppName=Acme & Söhne $HOME] \
                    [AllowedOrigins=https://a.example, https://b.example]\n";
    assert!(log.contains(expected), "{log}");
}

#[test]
fn too_small_a_quota_stops_a_first_deployment_before_anything_is_made() {
    let said = was_stopped(deploy("", "10\t10", "AppName=Acme"));
    assert!(said.contains("in eu-central-1 is 10") && said.contains("reserve 400 more"), "{said}");
    assert!(said.contains("--service-code lambda --quota-code L-B99A9384 --desired-value 1000"), "{said}");
    assert!(said.contains("HashingConcurrency=0 "), "{said}");
    // With 400 each function can have 75, since 100 must be left over.
    assert!(was_stopped(deploy("", "400\t400", "")).contains("HashingConcurrency=75 "));
    // Others of the account have reserved 900 of 1000: 600 more than there are.
    let said = was_stopped(deploy("", "1000\t100", ""));
    assert!(said.contains("--desired-value 1400") && said.contains("HashingConcurrency=0 "), "{said}");
    // A stack that was rolled back has no functions that hold a reservation.
    was_stopped(deploy(&described("ROLLBACK_COMPLETE", "100"), "10\t10", ""));
}

#[test]
fn what_the_quota_allows_is_deployed() {
    assert!(!went_through(deploy("", "10\t10", "HashingConcurrency=0")).contains("get-account-settings"));
    went_through(deploy("", "400\t400", "HashingConcurrency=75"));
    went_through(deploy("", "500\t500", ""));
    was_stopped(deploy("", "499\t499", ""));
}

#[test]
fn a_later_deployment_has_its_reservation_already() {
    let running = described("UPDATE_COMPLETE", "100");
    assert!(!went_through(deploy(&running, "500\t100", "")).contains("get-account-settings"));
    went_through(deploy(&running, "900\t500", "HashingConcurrency=200"));
    let said = was_stopped(deploy(&running, "899\t499", "HashingConcurrency=200"));
    assert!(said.contains("reserve 400 more") && said.contains("HashingConcurrency=199 "), "{said}");
    // A deployment without a reservation keeps having none.
    went_through(deploy(&described("UPDATE_COMPLETE", "0"), "10\t10", "AppName=Acme"));
    was_stopped(deploy(&described("UPDATE_COMPLETE", "0"), "10\t10", "HashingConcurrency=100"));
}

#[test]
fn a_quota_that_must_not_be_read_is_a_warning() {
    let (output, log) = deploy("", "", "");
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(said.starts_with("warning: ") && said.contains("AccessDeniedException"), "{said}");
    went_through((output, log));
}
