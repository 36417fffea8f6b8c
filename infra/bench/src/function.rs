//! The functions of the template, and what each process of theirs is started with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use latchkey_local::template::Template;

use crate::Failure;
use crate::store::BUCKET;

/// What the comparison binaries are given: Lambda's share of one whole processor.
const COMPARISON_MEMORY_MB: u64 = 1769;

/// Where Debian keeps the certificates that a template may name where Amazon Linux keeps them. A file that is missing
/// would make starting look cheaper than it is.
const DEBIAN_BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A binary with its environment.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) binary: PathBuf,
    pub(crate) memory_mb: u64,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) log: PathBuf,
}

/// Where the processes find what they need.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    /// The folder of the release binaries.
    pub(crate) binaries: &'a Path,
    /// A folder of the bench's own: secrets and logs.
    pub(crate) folder: &'a Path,
    /// DynamoDB and SES.
    pub(crate) services: SocketAddr,
}

impl Function {
    /// The functions of the template, by the name of their binary.
    pub(crate) fn of_template(
        template: &Template,
        around: &Surroundings<'_>,
    ) -> Result<BTreeMap<String, Self>, Failure> {
        let functions = template.functions.iter().map(|function| {
            let mut one = Self::new(&function.bin, function.memory_mb, around)?;
            one.variables = function.environment.clone().into_iter().chain(one.variables).collect();
            if let Some(bundle) = one.variables.get_mut("SSL_CERT_FILE")
                && !Path::new(bundle).exists()
            {
                DEBIAN_BUNDLE.clone_into(bundle);
            }
            Ok((function.bin.clone(), one))
        });
        functions.collect()
    }

    /// One of the binaries that functions are compared with.
    pub(crate) fn comparison(name: &str, around: &Surroundings<'_>) -> Result<Self, Failure> {
        Self::new(name, COMPARISON_MEMORY_MB, around)
    }

    fn new(name: &str, memory_mb: u64, around: &Surroundings<'_>) -> Result<Self, Failure> {
        let binary = around.binaries.join(name);
        if !binary.is_file() {
            return Err(format!("{} is missing; `make bench` builds it", binary.display()).into());
        }
        let services = format!("http://{}", around.services);
        let variables = [
            ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned()),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST".to_owned()),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory_mb.to_string()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand".to_owned()),
            ("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{name}")),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "bench".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            // The SDK signs with something; nothing here checks it.
            ("AWS_ACCESS_KEY_ID", "bench".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "bench".to_owned()),
            ("AWS_SESSION_TOKEN", "bench".to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", services.clone()),
            ("AWS_ENDPOINT_URL_SESV2", services.clone()),
            ("PUBLIC_URL", "https://id.example.com".to_owned()),
            ("SECRETS_DIR", around.folder.join("secrets").display().to_string()),
            // The database of places is read after an answer, when there is one; the requests alone are measured.
            // Two functions have exports to write and to lead to.
            ("BUCKET", if ["exporter", "privacy"].contains(&name) { BUCKET.to_owned() } else { String::new() }),
            ("AWS_ENDPOINT_URL_S3", services),
            // Every operation must have something to do.
            ("EMAIL_CODE_SIGN_IN", "on".to_owned()),
            ("CHANGE_PASSWORD_URL", "https://app.example.com/password".to_owned()),
            ("OAUTH_REDIRECTS", latchkey_tests::BACK.to_owned()),
            // Limits are counted all the same; they only let more through.
            ("RATE_FACTOR", "1000000".to_owned()),
        ];
        Ok(Self {
            name: name.to_owned(),
            binary,
            memory_mb,
            variables: variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            log: around.folder.join(format!("{name}.log")),
        })
    }

    /// The size of the binary, which is the size of the unzipped function.
    pub(crate) fn size(&self) -> Result<u64, Failure> {
        Ok(std::fs::metadata(&self.binary)?.len())
    }
}
