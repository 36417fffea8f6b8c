//! An owner's accounts with other services, out of files that hold one value each, into the secret `providers`.
//!
//! `secrets/GEOIPUPDATE_ACCOUNT_ID.txt` and `secrets/GEOIPUPDATE_LICENSE_KEY.txt` are what MaxMind's own updater calls
//! them when it runs in a container. Git ignores the folder.

use std::path::Path;

use latchkey::secret::{SecretError, SecretSource};
use serde_json::{Map, Value, json};

use crate::Failure;
use crate::options::Settings;

const ACCOUNT_ID: &str = "GEOIPUPDATE_ACCOUNT_ID.txt";
const LICENSE_KEY: &str = "GEOIPUPDATE_LICENSE_KEY.txt";

/// Writes what the files say into the secret, whose other parts stay. Without files it stays as a whole.
pub(crate) async fn take_over(settings: &Settings) -> Result<(), Failure> {
    let account = match (read(&settings.accounts, ACCOUNT_ID)?, read(&settings.accounts, LICENSE_KEY)?) {
        (None, None) => return Ok(()),
        (Some(id), Some(key)) => json!({ "account_id": id, "license_key": key }),
        (id, _) => {
            let (there, missing) = if id.is_some() { (ACCOUNT_ID, LICENSE_KEY) } else { (LICENSE_KEY, ACCOUNT_ID) };
            let folder = settings.accounts.display();
            return Err(format!("{folder} has {there}, but {missing} is missing or empty").into());
        }
    };
    let source = SecretSource::Folder(settings.local.join("secrets"));
    let mut providers = match source.read_json::<Map<String, Value>>("providers").await {
        Ok(providers) => providers,
        Err(SecretError::Missing(_)) => Map::new(),
        Err(error) => return Err(error.into()),
    };
    providers.insert("maxmind".to_owned(), account);
    Ok(source.write_json("providers", &providers).await?)
}

/// The value in a file; none if there is no file, or nothing in it.
fn read(folder: &Path, name: &str) -> Result<Option<String>, Failure> {
    let path = folder.join(name);
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned()).filter(|value| !value.is_empty())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{} cannot be read: {error}", path.display()).into()),
    }
}
