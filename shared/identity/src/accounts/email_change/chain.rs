//! The changes of an account's address that can still be undone, oldest first.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use super::super::EmailAddress;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::secret::{Digest, OpaqueToken, TokenKind};

/// How long a change can be undone, and the address it gave up is held.
pub(super) const UNDO_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How many changes may be there to undo. Past it the oldest must expire first: were it dropped instead, somebody in a
/// stolen session could change the address until the owner's link is gone.
pub(super) const MOST: usize = 10;

/// The kind of [`UndoLink`].
pub struct UndoLinkKind;

impl TokenKind for UndoLinkKind {
    const PREFIX: &'static str = "lku_";
}

/// The token in the link that undoes a change. Its id is the account's.
pub type UndoLink = OpaqueToken<UndoLinkKind>;

/// One change: the address that it gave up, and the link that brings it back.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) link: Digest,
    pub(super) address: EmailAddress,
    pub(super) until: Timestamp,
}

impl Step {
    /// When the change was made.
    pub(super) fn made_at(&self) -> Timestamp {
        self.until.plus(-UNDO_LIFE)
    }
}

/// The changes that can be undone.
#[derive(Debug, Clone, Default)]
pub(super) struct Chain(Vec<Step>);

impl Chain {
    /// Those of `steps` that can be undone at `now`.
    pub(super) fn of(steps: Vec<Step>, now: Timestamp) -> Self {
        Self(steps.into_iter().filter(|step| step.until > now).collect())
    }

    /// Its steps, oldest first.
    pub(super) fn steps(&self) -> &[Step] {
        &self.0
    }

    /// When the last link expires.
    pub(super) fn ends_at(&self) -> Option<Timestamp> {
        self.0.iter().map(|step| step.until).max()
    }

    /// The chain with one more change; the moment from which there is room for it, if there is none now.
    pub(super) fn extended(&self, step: Step) -> Result<Self, Timestamp> {
        if self.0.len() < MOST {
            return Ok(Self(self.0.iter().cloned().chain([step]).collect()));
        }
        Err(self.0.iter().map(|step| step.until).min().unwrap_or(step.until))
    }

    /// The change behind a link, and the chain that is left when it is undone: what came before it.
    pub(super) fn undone(&self, link: Digest) -> Option<(&Step, Self)> {
        let place = self.0.iter().position(|step| step.link == link)?;
        Some((self.0.get(place)?, Self(self.0.iter().take(place).cloned().collect())))
    }

    /// The addresses that it holds, each once, and until when.
    pub(super) fn addresses(&self) -> Vec<(EmailAddress, Timestamp)> {
        let held = self.held();
        let mut seen = Vec::new();
        for (normalised, until) in held {
            let address = self.0.iter().map(|step| &step.address).find(|address| address.normalised() == normalised);
            seen.extend(address.map(|address| (address.clone(), until)));
        }
        seen
    }

    /// The addresses that it holds, by their normalised form, and until when.
    pub(super) fn held(&self) -> BTreeMap<String, Timestamp> {
        let mut held = BTreeMap::new();
        for step in &self.0 {
            let until = held.entry(step.address.normalised()).or_insert(step.until);
            *until = step.until.max(*until);
        }
        held
    }
}
