//! The command line, and what it means together with `.env`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Parser;

use crate::{Failure, environment};

/// Runs Latchkey on this machine: API, mail inbox, workers and stores.
#[derive(Debug, Parser)]
#[command(version, about)]
pub(crate) struct Options {
    /// Port of the API; DynamoDB, SES and S3 take the three after it [default: 8000]
    #[arg(long, env = "PORT")]
    port: Option<u16>,
    /// Keep every rate limit as it is in production, instead of 100 times as high
    #[arg(long, env = "LOCAL_STRICT_RATES", value_parser = clap::builder::FalseyValueParser::new())]
    strict_rates: bool,
    /// The repository; by default the nearest folder upwards with infra/template.yaml
    #[arg(long)]
    root: Option<PathBuf>,
    /// Keep everything under this folder, and read .env and secrets/ there, instead of .local/ and the repository
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Give a template parameter a value, such as AllowedOrigins=http://localhost:5173
    #[arg(long = "parameter", value_name = "NAME=VALUE", value_parser = name_and_value)]
    parameters: Vec<(String, String)>,
    /// Invoke functions at this endpoint of the Lambda API, instead of building and watching them
    #[arg(long, hide = true, value_name = "URL")]
    lambda_endpoint: Option<String>,
}

/// What this run is to do.
#[derive(Debug)]
pub(crate) struct Settings {
    /// The repository.
    pub(crate) root: PathBuf,
    /// Where everything is kept.
    pub(crate) local: PathBuf,
    /// Where an owner's accounts with other services lie.
    pub(crate) accounts: PathBuf,
    /// Port of the gateway.
    pub(crate) port: u16,
    /// Port of DynamoDB.
    pub(crate) dynamodb_port: u16,
    /// Port of SES.
    pub(crate) ses_port: u16,
    /// Port of S3.
    pub(crate) s3_port: u16,
    /// Whether rate limits are the production ones.
    pub(crate) strict_rates: bool,
    /// Values for the template's parameters.
    pub(crate) parameters: BTreeMap<String, String>,
    /// An invoke endpoint that is there already.
    pub(crate) lambda_endpoint: Option<String>,
    /// What `.env` says; it wins over everything the local cloud sets.
    pub(crate) dot_env: BTreeMap<String, String>,
}

impl Options {
    /// Finds the repository and reads `.env`. The command line and the environment win over `.env`.
    pub(crate) fn settle(self) -> Result<Settings, Failure> {
        let root = match self.root {
            Some(root) => root.canonicalize()?,
            None => find_root()?,
        };
        let dot_env = environment::read(&self.data.as_ref().unwrap_or(&root).join(".env"))?;
        let port = match (self.port, dot_env.get("PORT")) {
            (Some(port), _) => port,
            (None, Some(text)) => text.parse().map_err(|_| format!("PORT in .env is {text:?}, which is no port"))?,
            (None, None) => 8000,
        };
        let after = |distance| port.checked_add(distance);
        let (Some(dynamodb_port), Some(ses_port), Some(s3_port)) = (after(1), after(2), after(3)) else {
            return Err(
                format!("port {port} leaves no room for the three services after it; choose a lower one").into()
            );
        };
        let strict =
            dot_env.get("LOCAL_STRICT_RATES").is_some_and(|value| !["", "0", "false"].contains(&value.as_str()));
        let mut parameters: BTreeMap<String, String> = self.parameters.into_iter().collect();
        // What the functions read of it is the gateway's CORS as well, as on AWS, where one parameter makes both.
        if let Some(origins) = dot_env.get("ALLOWED_ORIGINS") {
            let origins = origins.split(',').map(str::trim);
            parameters.entry("AllowedOrigins".to_owned()).or_insert_with(|| origins.collect::<Vec<_>>().join(","));
        }
        parameters.entry("PublicUrl".to_owned()).or_insert_with(|| format!("http://localhost:{port}"));
        Ok(Settings {
            accounts: self.data.as_ref().unwrap_or(&root).join("secrets"),
            local: self.data.unwrap_or_else(|| root.join(".local")),
            root,
            port,
            dynamodb_port,
            ses_port,
            s3_port,
            strict_rates: self.strict_rates || strict,
            parameters,
            lambda_endpoint: self.lambda_endpoint,
            dot_env,
        })
    }
}

fn find_root() -> Result<PathBuf, Failure> {
    let here = std::env::current_dir()?;
    let root = here.ancestors().find(|folder| folder.join("infra/template.yaml").is_file());
    root.map(PathBuf::from)
        .ok_or_else(|| "infra/template.yaml is not above this folder; name the repository with --root".into())
}

fn name_and_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it is not NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}
