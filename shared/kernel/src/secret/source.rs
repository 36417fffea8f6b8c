//! Where secrets rest: in AWS Secrets Manager, each a secret of its own, so that a policy can allow one and not
//! another; or in a folder of this machine.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::FromSecret;
use crate::fault::SecretError;

/// How long reading a secret may take.
pub const SECRET_TIMEOUT: Duration = Duration::from_secs(2);

/// Where the secrets rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsAt {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// In AWS Secrets Manager, under names with this prefix.
    Manager(String),
}

/// Where secrets are read from and written to. Cheap to clone.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// `{name}.json` in a folder.
    Folder(PathBuf),
    /// `{prefix}/{name}` in AWS Secrets Manager.
    Manager {
        /// The client.
        client: aws_sdk_secretsmanager::Client,
        /// What the names begin with.
        prefix: String,
    },
}

impl SecretSource {
    /// The source that the configuration names. `client` is asked for only where it is needed.
    pub fn new(at: &SecretsAt, client: impl FnOnce() -> aws_sdk_secretsmanager::Client) -> Self {
        match at {
            SecretsAt::Folder(folder) => Self::Folder(folder.clone()),
            SecretsAt::Manager(prefix) => Self::Manager { client: client(), prefix: prefix.clone() },
        }
    }

    /// A secret's content: 1 `GetSecretValue`, or 1 file.
    pub async fn read(&self, name: &str) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        match self {
            Self::Folder(folder) => {
                fs::read(path(folder, name)).map(Zeroizing::new).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => SecretError::Missing(name.to_owned()),
                    _ => unavailable(name, &error),
                })
            }
            Self::Manager { client, prefix } => {
                let request = client.get_secret_value().secret_id(format!("{prefix}/{name}"));
                let value = Box::pin(request.send()).await.map_err(|error| refused(name, &error))?.secret_string;
                // An empty text is no value either.
                let value = value.filter(|text| !text.is_empty());
                value.map(|text| Zeroizing::new(text.into_bytes())).ok_or_else(|| SecretError::Missing(name.to_owned()))
            }
        }
    }

    /// A secret, as what it is used as.
    pub async fn read_as<T: FromSecret>(&self) -> Result<T, SecretError> {
        let json = self.read(T::NAME).await?;
        T::from_secret(&json).ok_or_else(|| SecretError::Malformed(T::NAME.to_owned()))
    }

    /// A secret that an owner may have or not, as what it is used as.
    pub async fn read_if_there<T: FromSecret>(&self) -> Result<Option<T>, SecretError> {
        match self.read_as().await {
            Ok(secret) => Ok(Some(secret)),
            Err(SecretError::Missing(_) | SecretError::Forbidden(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A secret's content, as the type that it should have.
    pub async fn read_json<T: DeserializeOwned>(&self, name: &str) -> Result<T, SecretError> {
        let json = self.read(name).await?;
        serde_json::from_slice(&json).map_err(|_| SecretError::Malformed(name.to_owned()))
    }

    /// Replaces a secret's content with this value.
    pub async fn write_json(&self, name: &str, value: &impl Serialize) -> Result<(), SecretError> {
        let json = serde_json::to_vec_pretty(value).map_err(|_| SecretError::Malformed(name.to_owned()))?;
        self.write(name, &Zeroizing::new(json)).await
    }

    /// Replaces a secret's content: 1 `PutSecretValue`, or 1 file that its owner alone can read.
    pub async fn write(&self, name: &str, json: &[u8]) -> Result<(), SecretError> {
        match self {
            Self::Folder(folder) => replace(folder, name, json).map_err(|error| unavailable(name, &error)),
            Self::Manager { client, prefix } => {
                let text = str::from_utf8(json).map_err(|_| SecretError::Malformed(name.to_owned()))?;
                let request = client.put_secret_value().secret_id(format!("{prefix}/{name}")).secret_string(text);
                Box::pin(request.send()).await.map(drop).map_err(|error| refused(name, &error))
            }
        }
    }
}

fn path(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json"))
}

/// Written beside and then renamed: whoever is interrupted leaves no half secret behind.
fn replace(folder: &Path, name: &str, json: &[u8]) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!("{name}.json.new"));
    let _ = fs::remove_file(&unfinished);
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(&unfinished)?.write_all(json)?;
    fs::rename(unfinished, path(folder, name))
}

fn unavailable(name: &str, error: &io::Error) -> SecretError {
    SecretError::Unavailable { name: name.to_owned(), cause: error.to_string() }
}

/// A secret that the template created and nobody has filled answers as one that does not exist.
fn refused<E: ProvideErrorMetadata, R>(name: &str, error: &SdkError<E, R>) -> SecretError {
    let code = error.as_service_error().and_then(ProvideErrorMetadata::code);
    match code {
        Some("ResourceNotFoundException") => SecretError::Missing(name.to_owned()),
        Some("AccessDeniedException") => SecretError::Forbidden(name.to_owned()),
        _ => SecretError::Unavailable { name: name.to_owned(), cause: code.unwrap_or("no answer").to_owned() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_secret_in_a_folder_is_replaced_as_a_whole_and_read_by_its_owner_only() {
        let folder = std::env::temp_dir().join(format!("latchkey-secret-source-{}", std::process::id()));
        let source = SecretSource::Folder(folder.clone());
        assert!(matches!(source.read("pepper").await, Err(SecretError::Missing(_))));
        source.write("pepper", b"one").await.unwrap();
        source.write("pepper", b"two").await.unwrap();
        assert_eq!(source.read("pepper").await.unwrap().as_slice(), b"two");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(folder.join("pepper.json")).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
