//! A secret that a process holds: read when it is first needed or warmed up, kept, and read again from time to time.

use std::sync::{Arc, PoisonError, RwLock};

use super::{Digest, SecretError, SecretSource};
use crate::fault::Fault;

/// What the content of a secret becomes.
pub trait FromSecret: Sized + Send + Sync + 'static {
    /// The secret's name.
    const NAME: &'static str;

    /// Reads the content; none when it does not have the form or the keys that it should.
    fn from_secret(json: &[u8]) -> Option<Self>;
}

/// One secret of this process. Clones share it.
pub struct Held<T>(Arc<Inner<T>>);

impl<T> Clone for Held<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

struct Inner<T> {
    source: SecretSource,
    current: RwLock<Option<(Digest, Arc<T>)>>,
}

impl<T: FromSecret> Held<T> {
    /// The secret of this source, not read yet.
    pub fn new(source: SecretSource) -> Self {
        Self(Arc::new(Inner { source, current: RwLock::default() }))
    }

    /// The secret as it was read last; read now, if it was not.
    pub async fn get(&self) -> Result<Arc<T>, Fault> {
        match self.current() {
            Some((_, value)) => Ok(value),
            None => self.read().await,
        }
    }

    /// Reads the secret. What was made of it stays the same as long as the content does.
    pub async fn read(&self) -> Result<Arc<T>, Fault> {
        let json = self.0.source.read(T::NAME).await?;
        let digest = Digest::of(&json);
        if let Some((_, value)) = self.current().filter(|(known, _)| *known == digest) {
            return Ok(value);
        }
        let value = T::from_secret(&json).ok_or_else(|| SecretError::Malformed(T::NAME.to_owned()))?;
        let value = Arc::new(value);
        *self.0.current.write().unwrap_or_else(PoisonError::into_inner) = Some((digest, Arc::clone(&value)));
        Ok(value)
    }

    /// Reads the secret again, if this process uses it. What it holds stays when that fails. Tells whether it went
    /// well.
    pub async fn read_again(&self) -> bool {
        if self.current().is_none() {
            return true;
        }
        let read = self.read().await;
        if let Err(error) = &read {
            tracing::warn!(%error, "a secret was not read again; the one from before is kept");
        }
        read.is_ok()
    }

    /// One whose value is known already. It is never read again.
    pub fn of(value: T) -> Self {
        let current = RwLock::new(Some((Digest::of(b""), Arc::new(value))));
        Self(Arc::new(Inner { source: SecretSource::Folder(std::path::PathBuf::new()), current }))
    }

    fn current(&self) -> Option<(Digest, Arc<T>)> {
        self.0.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number(u32);

    impl FromSecret for Number {
        const NAME: &'static str = "number";

        fn from_secret(json: &[u8]) -> Option<Self> {
            serde_json::from_slice(json).ok().map(Self)
        }
    }

    #[tokio::test]
    async fn a_held_secret_survives_a_source_that_fails_and_follows_one_that_changes() {
        let folder = std::env::temp_dir().join(format!("latchkey-held-{}", std::process::id()));
        let source = SecretSource::Folder(folder.clone());
        let held = Held::<Number>::new(source.clone());
        assert!(matches!(held.get().await, Err(Fault::Secret(SecretError::Missing(_)))));
        assert!(held.read_again().await, "what is not used is not read");

        source.write("number", b"1").await.unwrap();
        let first = held.get().await.unwrap();
        assert!(held.read_again().await);
        assert!(Arc::ptr_eq(&first, &held.get().await.unwrap()), "unchanged content is not parsed again");

        source.write("number", b"nonsense").await.unwrap();
        assert!(!held.read_again().await);
        assert_eq!(held.get().await.unwrap().0, 1);

        source.write("number", b"2").await.unwrap();
        assert!(held.read_again().await);
        assert_eq!(held.get().await.unwrap().0, 2);
        std::fs::remove_dir_all(folder).unwrap();
    }
}
