//! An owner's accounts with other services, out of files that hold one value each, into the secret `providers`.
//!
//! `secrets/GEOIPUPDATE_ACCOUNT_ID.txt` and `secrets/GEOIPUPDATE_LICENSE_KEY.txt` are what MaxMind's own updater calls
//! them when it runs in a container. Git ignores the folder.

use std::path::Path;

use latchkey_kernel::secret::{SecretError, SecretSource};
use serde_json::{Map, Value, json};

use crate::Failure;

const ACCOUNT_ID: &str = "GEOIPUPDATE_ACCOUNT_ID.txt";
const LICENSE_KEY: &str = "GEOIPUPDATE_LICENSE_KEY.txt";

/// Writes what the files say into the secret, whose other parts stay. Without files it stays as a whole.
pub(crate) async fn take_over(accounts: &Path, source: &SecretSource) -> Result<(), Failure> {
    let account = match (read(accounts, ACCOUNT_ID)?, read(accounts, LICENSE_KEY)?) {
        (None, None) => return Ok(()),
        (Some(id), Some(key)) => json!({ "account_id": id, "license_key": key }),
        (id, _) => {
            let (there, missing) = if id.is_some() { (ACCOUNT_ID, LICENSE_KEY) } else { (LICENSE_KEY, ACCOUNT_ID) };
            let folder = accounts.display();
            return Err(format!("{folder} has {there}, but {missing} is missing or empty").into());
        }
    };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_account_in_two_files_becomes_a_part_of_the_secret() {
        let folder = std::env::temp_dir().join(format!("latchkey-accounts-{}", std::process::id()));
        let source = SecretSource::Folder(folder.join("secret"));
        std::fs::create_dir_all(&folder).unwrap();
        take_over(&folder, &source).await.unwrap();
        assert!(matches!(source.read("providers").await, Err(SecretError::Missing(_))), "nothing is there yet");

        std::fs::write(folder.join(ACCOUNT_ID), "123456\n").unwrap();
        let error = take_over(&folder, &source).await.unwrap_err().to_string();
        assert!(error.ends_with("but GEOIPUPDATE_LICENSE_KEY.txt is missing or empty"), "{error}");

        std::fs::write(folder.join(LICENSE_KEY), "key\n").unwrap();
        source.write_json("providers", &json!({ "other": 1, "maxmind": { "old": true } })).await.unwrap();
        take_over(&folder, &source).await.unwrap();
        let expected = json!({ "other": 1, "maxmind": { "account_id": "123456", "license_key": "key" } });
        assert_eq!(source.read_json::<Value>("providers").await.unwrap(), expected);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
