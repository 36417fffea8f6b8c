//! The data subject of an account, for its export and its erasure.

use uuid::Uuid;

use super::{Account, keys};
use crate::app::App;
use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::kernel::{Application as _, DataSubject, Kernel};
use latchkey_kernel::telemetry::EventKinds;

/// A user with an account.
pub struct AccountHolder {
    /// The application.
    pub app: App,
    /// The account.
    pub account: Account,
    /// The kinds of events that a line of the audit log may be of.
    pub events: EventKinds,
    /// The time of the export or erasure.
    pub now: Timestamp,
}

impl DataSubject for AccountHolder {
    fn kernel(&self) -> &Kernel {
        self.app.kernel()
    }

    fn id(&self) -> Uuid {
        self.account.id.into()
    }

    fn partition(&self) -> String {
        keys::partition(self.account.id)
    }
}
