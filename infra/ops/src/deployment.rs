//! Which deployment a command works on, and the clients to work on it with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use clap::Args;
use latchkey_identity::app::{App, Config};
use latchkey_identity::registry;
use latchkey_kernel::bucket::Bucket;
use latchkey_kernel::clock::system_now;
use latchkey_kernel::config::{Process, Variable};
use latchkey_kernel::dynamo::Store;
use latchkey_kernel::entropy::Entropy;
use latchkey_kernel::kernel::Outside;
use latchkey_kernel::outbound::Outbound;
use latchkey_kernel::secret::SecretSource;
use latchkey_kernel::telemetry::Metrics;

use crate::{Failure, credentials};

/// Names a deployment.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The stack's name
    #[arg(long, env = "STACK", global = true)]
    stack: Option<String>,
    /// The region of the stack
    #[arg(long, env = "AWS_REGION", global = true)]
    region: Option<String>,
    /// A stand-in for AWS, asked for every service
    #[arg(long, env = "AWS_ENDPOINT_URL", value_name = "URL", global = true)]
    endpoint: Option<String>,
    /// A file of the functions' variables (NAME=value), in place of a stack
    #[arg(long, value_name = "FILE", global = true)]
    env_file: Option<PathBuf>,
}

/// A deployment.
pub(crate) struct Deployment {
    /// Its configuration, as its functions read it.
    pub(crate) config: Config,
    /// The origins of front ends as they were deployed, which may be none that its functions or its gateway understand.
    pub(crate) allowed_origins: String,
    /// Where its secrets rest.
    pub(crate) secrets: SecretSource,
    /// Its tables.
    pub(crate) store: Store,
    /// Its bucket.
    pub(crate) bucket: Option<Bucket>,
    /// DynamoDB.
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    /// SES.
    pub(crate) ses: aws_sdk_sesv2::Client,
    /// Randomness.
    pub(crate) entropy: Entropy,
    /// Whether it runs on AWS, or on a stand-in for it.
    pub(crate) on_aws: bool,
}

impl Deployment {
    /// The application, as the rules need it. What it counts goes nowhere: metrics are lines of a function's log.
    pub(crate) fn app(&self) -> App {
        // It looks up no places.
        let outside = Outside { bucket: self.bucket.clone(), places: None, outbound: Outbound::new() };
        let metrics = Metrics::to_sink(&self.config.process.metrics_namespace, |_| {});
        let (store, entropy) = (self.store.clone(), self.entropy.clone());
        App::new(self.config.clone(), &self.secrets, store, entropy, outside, metrics, system_now())
    }
}

impl Which {
    /// Finds the deployment.
    pub(crate) async fn find(&self) -> Result<Deployment, Failure> {
        let from_file = self.env_file.as_deref().map(read_variables).transpose()?.unwrap_or_default();
        let mut loader = aws_config::defaults(BehaviorVersion::latest());
        if let Some(region) = self.region.as_ref().or(from_file.get("AWS_REGION")) {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(endpoint) = &self.endpoint {
            loader = loader.endpoint_url(endpoint);
        }
        if let (Some(id), Some(secret)) = (from_file.get("AWS_ACCESS_KEY_ID"), from_file.get("AWS_SECRET_ACCESS_KEY")) {
            loader = loader.credentials_provider(aws_sdk_dynamodb::config::Credentials::new(
                id,
                secret,
                None,
                None,
                "the file of variables",
            ));
        }
        let aws = credentials::found(loader.load().await).await?;
        let mut variables = match &self.stack {
            _ if self.env_file.is_some() => from_file,
            Some(stack) => variables_of(&aws, stack).await?,
            None => return Err("name the deployment with --stack, or with --env-file on one machine".into()),
        };
        // Apart from the rest: an older deployment may hold what this version refuses, and the doctor says what is wrong.
        let allowed_origins = variables.remove("ALLOWED_ORIGINS").unwrap_or_default();
        let config = Config::from_variables(Process::Tool, &variables)
            .map_err(|error| format!("the configuration is wrong: {error}"))?;
        let mut dynamodb = aws_sdk_dynamodb::config::Builder::from(&aws);
        let mut ses = aws_sdk_sesv2::config::Builder::from(&aws);
        if self.env_file.is_some() {
            dynamodb.set_endpoint_url(config.process.aws.endpoint("DYNAMODB"));
            ses.set_endpoint_url(config.process.aws.endpoint("SESV2"));
        }
        let dynamodb = aws_sdk_dynamodb::Client::from_conf(dynamodb.build());
        let entropy = Entropy::operating_system();
        let stand_in = if self.env_file.is_some() { config.process.aws.endpoint("S3") } else { self.endpoint.clone() };
        Ok(Deployment {
            bucket: config.bucket.name.as_deref().map(|name| Bucket::new(aws.clone(), name, stand_in)),
            secrets: SecretSource::new(&config.process.secrets, || aws_sdk_secretsmanager::Client::new(&aws)),
            store: Store::new(dynamodb.clone(), config.process.tables.clone(), entropy.clone()),
            dynamodb,
            ses: aws_sdk_sesv2::Client::from_conf(ses.build()),
            entropy,
            allowed_origins,
            on_aws: self.endpoint.is_none() && self.env_file.is_none(),
            config,
        })
    }
}

/// The variables of a stack's functions, as far as its outputs and parameters name them.
async fn variables_of(aws: &SdkConfig, stack: &str) -> Result<BTreeMap<String, String>, Failure> {
    if aws.region().is_none() {
        return Err("no region is set: name it with --region, in AWS_REGION, or in the profile of AWS_PROFILE".into());
    }
    let client = aws_sdk_cloudformation::Client::new(aws);
    let answer = match client.describe_stacks().stack_name(stack).send().await {
        Ok(answer) => answer,
        Err(error) => {
            let cause = error.into_service_error();
            if let Some(advice) = credentials::refused(cause.meta().code()).await {
                return Err(format!("the stack {stack} cannot be read: {advice}").into());
            }
            let why = cause.meta().message().map_or_else(|| credentials::causes(&cause), str::to_owned);
            return Err(format!("the stack {stack} cannot be read: {why}").into());
        }
    };
    let found = answer.stacks().first().ok_or_else(|| format!("there is no stack {stack}"))?;
    let mut variables = BTreeMap::from([("SECRETS_PREFIX".to_owned(), stack.to_owned())]);
    for parameter in found.parameters() {
        let (Some(key), Some(value)) = (parameter.parameter_key(), parameter.parameter_value()) else { continue };
        if let Some(variable) = set_by(key).filter(|_| value != HIDDEN) {
            variables.insert(variable.name.to_owned(), value.to_owned());
        }
    }
    for output in found.outputs() {
        let known = OUTPUTS.iter().find(|(name, _)| output.output_key() == Some(name));
        if let (Some((_, variable)), Some(value)) = (known, output.output_value()) {
            variables.insert((*variable).to_owned(), value.to_owned());
        }
    }
    Ok(variables)
}

/// The outputs of a stack that set a variable.
const OUTPUTS: [(&str, &str); 6] = [
    ("ApiUrl", "PUBLIC_URL"),
    ("MainTableName", "MAIN_TABLE"),
    ("EphemeralTableName", "EPHEMERAL_TABLE"),
    ("BucketName", "BUCKET"),
    ("MailFrom", "MAIL_FROM"),
    ("MailConfigurationSetName", "MAIL_CONFIGURATION_SET"),
];

/// What CloudFormation shows of a parameter that it hides.
const HIDDEN: &str = "****";

/// The variable that a parameter sets: `AppName` sets `APP_NAME`.
fn set_by(parameter: &str) -> Option<&'static Variable> {
    let sets = |variable: &&Variable| variable.name.replace('_', "").eq_ignore_ascii_case(parameter);
    registry::sections().flat_map(|section| section.variables).find(sets)
}

/// Reads `NAME="value"` lines, as the local cloud writes them.
fn read_variables(path: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        format!("{} cannot be read: {error} (`make dev` writes .local/functions.env)", path.display())
    })?;
    let lines = text.lines().filter_map(|line| line.split_once('='));
    Ok(lines.map(|(name, value)| (name.to_owned(), unquoted(value))).collect())
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    inner.replace("\\\"", "\"").replace("\\\\", "\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_set_the_variables_of_their_names() {
        for (parameter, name) in [
            ("AppName", "APP_NAME"),
            ("OAuthRedirects", "OAUTH_REDIRECTS"),
            ("RefreshAbsoluteDays", "REFRESH_ABSOLUTE_DAYS"),
        ] {
            assert_eq!(set_by(parameter).map(|variable| variable.name), Some(name));
        }
        for other in ["AlarmMail", "HashingConcurrency", "LogRetentionDays"] {
            assert!(set_by(other).is_none(), "{other}");
        }
    }

    #[test]
    fn outputs_set_variables_that_are_declared() {
        let declared = |name| registry::sections().flat_map(|section| section.variables).any(|one| one.name == name);
        for (output, variable) in OUTPUTS {
            assert!(declared(variable), "{output} sets {variable}");
        }
    }

    #[test]
    fn quoted_values_are_read_as_they_were_written() {
        assert_eq!(unquoted(r#""two words""#), "two words");
        assert_eq!(unquoted(r#""a \"b\" \\ c""#), r#"a "b" \ c"#);
        assert_eq!(unquoted("plain"), "plain");
    }
}
