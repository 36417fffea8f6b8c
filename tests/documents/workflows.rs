//! What the workflows promise: no code of others runs where there are credentials.

use std::process::Command;

use yaml_serde::Value;

use crate::{read, root};

/// A job of a workflow, by its id.
fn jobs(workflow: &str) -> Vec<(String, Value)> {
    let workflow: Value = yaml_serde::from_str(&read(&format!(".github/workflows/{workflow}.yml"))).unwrap();
    let jobs = workflow["jobs"].as_mapping().unwrap().iter();
    jobs.map(|(id, job)| (id.as_str().unwrap().to_owned(), job.clone())).collect()
}

/// Build scripts and macros of dependencies are programs. Where the runner can ask AWS for credentials, none may run.
#[test]
fn what_is_deployed_is_built_where_no_credentials_are() {
    let jobs = jobs("deploy");
    let with_credentials: Vec<_> = jobs.iter().filter(|(_, job)| job["permissions"]["id-token"] == "write").collect();
    assert_eq!(with_credentials.len(), 1);
    let (id, job) = with_credentials[0];
    let steps = job["steps"].as_sequence().unwrap();
    for step in steps {
        let runs = step["run"].as_str().unwrap_or_default();
        for builder in ["cargo", "make ", "npm", "pip install"] {
            assert!(!runs.contains(builder), "{id} runs {runs}");
        }
        assert!(!step["uses"].as_str().unwrap_or_default().contains("actions/rust"), "{id} has a compiler");
    }
    assert_eq!(job["needs"], "build", "it deploys what another job built");
    assert!(steps.iter().any(|step| step["env"]["BUILT"] == "yes"), "infra/deploy.sh would build otherwise");
    let (_, build) = jobs.iter().find(|(id, _)| id == "build").unwrap();
    assert!(build["environment"].is_null(), "the environment's variables and approvals are the deployment's");
    assert_eq!(build["permissions"].as_mapping().unwrap().len(), 1);
    assert_eq!(build["permissions"]["contents"], "read");
    assert!(read("infra/deploy.sh").contains(r#"[ "${BUILT:-}" = yes ] || make build"#));
}

/// A database of vulnerabilities is looked at where there is a network: not by `make check`, and so by a job of its own.
#[test]
fn every_change_is_held_against_the_known_vulnerabilities() {
    let ci: Value = yaml_serde::from_str(&read(".github/workflows/ci.yml")).unwrap();
    assert!(ci["on"].as_mapping().unwrap().contains_key("pull_request"));
    let (id, job) = jobs("ci").into_iter().find(|(id, _)| id == "advisories").unwrap();
    assert!(job["if"].is_null() && job["continue-on-error"].is_null(), "{id} may be left out, or may fail");
    let steps = job["steps"].as_sequence().unwrap();
    assert!(steps.iter().all(|step| step["if"].is_null() && step["continue-on-error"].is_null()));
    let runs: Vec<_> = steps.iter().filter_map(|step| step["run"].as_str()).collect();
    let installed = runs.iter().position(|run| run.starts_with("cargo install --locked cargo-deny@")).unwrap();
    let asked = runs.iter().position(|run| *run == "make advisories").unwrap();
    assert!(installed < asked, "{runs:?}");
    assert!(read("Makefile").contains("\n\tcargo deny --locked check advisories\n"));
}

/// What a program prints, if it is there and succeeds.
fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).current_dir(root("")).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Reports of errors name the commit. A copy of the sources without git has none, and its reports say so.
#[test]
fn what_is_built_for_aws_knows_the_commit_that_it_was_made_from() {
    let Some(commit) = output("git", &["rev-parse", "--verify", "HEAD"]) else { return };
    let recipe = output("make", &["--dry-run", "build"]).unwrap();
    let passed = recipe.split_once("LATCHKEY_COMMIT=\"").unwrap().1.split_once('"').unwrap().0;
    assert_eq!(passed.strip_suffix("-dirty").unwrap_or(passed), commit.trim(), "{recipe}");
    let after = recipe.split_once("LATCHKEY_COMMIT=").unwrap().1;
    assert!(after.contains("cargo lambda build"), "{recipe}");
}
