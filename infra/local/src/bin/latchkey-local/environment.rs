//! The environment of the functions: the template's, pointed at this machine, with `.env` on top.
//!
//! It is a file rather than arguments because a developer may start `cargo lambda watch` by hand beside the running
//! stores, and `latchkey-ops` reads it. No metadata of the workspace names it: that would win over the argument, and two
//! products of one checkout, such as `make dev` and a script's, would share their stores.

use std::collections::BTreeMap;
use std::path::Path;

use latchkey_identity::app::Config;
use latchkey_identity::registry;
use latchkey_kernel::config::Process;
use latchkey_local::buckets;
use latchkey_local::template::Template;

use crate::Failure;
use crate::options::Settings;

/// The variables of all functions together: one file serves all, and each reads those that it declares.
pub(crate) fn of_functions(settings: &Settings, template: &Template) -> BTreeMap<String, String> {
    let mut variables: BTreeMap<String, String> =
        template.functions.iter().flat_map(|function| function.environment.clone()).collect();
    let mut set = |name: &str, value: String| variables.insert(name.to_owned(), value);
    set("AWS_REGION", "us-east-1".to_owned());
    // The SDK signs with something; only S3 checks it here.
    set("AWS_ACCESS_KEY_ID", buckets::KEY_ID.to_owned());
    set("AWS_SECRET_ACCESS_KEY", buckets::KEY.to_owned());
    set("AWS_ENDPOINT_URL_DYNAMODB", format!("http://127.0.0.1:{}", settings.dynamodb_port));
    set("AWS_ENDPOINT_URL_SESV2", format!("http://127.0.0.1:{}", settings.ses_port));
    set("AWS_ENDPOINT_URL_S3", format!("http://127.0.0.1:{}", settings.s3_port));
    set("PUBLIC_URL", format!("http://localhost:{}", settings.port));
    set("SECRETS_DIR", settings.local.join("secrets").display().to_string());
    set("RATE_FACTOR", if settings.strict_rates { "1" } else { "100" }.to_owned());
    variables.extend(settings.dot_env.clone());
    variables
}

/// Says what is wrong before minutes of building: a variable that the product refuses, or one in `.env` that nothing
/// reads.
pub(crate) fn check(settings: &Settings, variables: &BTreeMap<String, String>) -> Result<(), Failure> {
    let own = ["PORT", "LOCAL_STRICT_RATES"];
    let declared = |name: &str| registry::sections().flat_map(|section| section.variables).any(|one| one.name == name);
    let known = |name: &str| own.contains(&name) || name.starts_with("AWS_") || declared(name);
    if let Some(unknown) = settings.dot_env.keys().find(|name| !known(name)) {
        return Err(format!(".env sets {unknown}, which nothing reads; .env.example lists what there is").into());
    }
    let config = Config::from_variables(Process::Tool, variables);
    config.map(drop).map_err(|error| format!("the configuration is wrong: {error}").into())
}

/// Writes them so that cargo-lambda reads them back: it takes a value with blanks only in quotes.
pub(crate) fn write(path: &Path, variables: &BTreeMap<String, String>) -> Result<(), Failure> {
    let mut text = String::new();
    for (name, value) in variables {
        if value.contains(['\n', '\r']) {
            return Err(format!("{name} has a line break, which the functions' environment file cannot hold").into());
        }
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        text.extend([name, "=\"", &value, "\"\n"]);
    }
    Ok(std::fs::write(path, text)?)
}

/// Reads `NAME=value` lines; blank lines and `#` comments are skipped, quotes around a value are taken off.
pub(crate) fn read(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let mut variables = BTreeMap::new();
    for (number, line) in std::fs::read_to_string(path)?.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line
            .strip_prefix("export ")
            .unwrap_or(line)
            .split_once('=')
            .ok_or_else(|| format!("{} line {}: it is not NAME=value", path.display(), number + 1))?;
        variables.insert(name.trim().to_owned(), unquoted(value.trim()).to_owned());
    }
    Ok(variables)
}

fn unquoted(value: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_env_file_is_read_with_comments_quotes_and_blanks() {
        let path = std::env::temp_dir().join(format!("latchkey-dot-env-{}", std::process::id()));
        std::fs::write(&path, "# c\n\nA=1\nB = \"two words\" \nexport C='x=y'\nD=\n").unwrap();
        let read = read(&path).unwrap();
        let pairs: Vec<_> = read.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("A", "1"), ("B", "two words"), ("C", "x=y"), ("D", "")]);
        std::fs::write(&path, "A=1\nnonsense\n").unwrap();
        assert!(super::read(&path).unwrap_err().to_string().contains("line 2"));
        std::fs::remove_file(path).unwrap();
    }
}
