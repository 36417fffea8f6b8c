//! What happens to connected accounts with providers, as the audit log records it.

use crate::accounts::ProviderName;
use crate::audit::{Event, Factor};
use latchkey_kernel::telemetry::EventKind;

latchkey_kernel::event_kinds! {
    /// An account with a provider was connected.
    SOCIAL_ACCOUNT_CONNECTED =
        EventKind::new("SOCIAL_ACCOUNT_CONNECTED", "An account with a provider was connected");
    /// An account with a provider was disconnected.
    SOCIAL_ACCOUNT_DISCONNECTED =
        EventKind::new("SOCIAL_ACCOUNT_DISCONNECTED", "An account with a provider was disconnected");
}

/// An account with a provider was connected: in a `session`, at `registration`, or because it has the same email `address`.
pub(crate) fn connected(provider: &ProviderName, by: &'static str) -> Event {
    let shown = matches!(by, "registration" | "address").then_some(Factor::Provider);
    Event::of(&SOCIAL_ACCOUNT_CONNECTED).shown(shown).with("provider", provider).with("by", by)
}

/// An account with a provider was disconnected: in a `session` or by `email_change_undone`.
pub(crate) fn disconnected(provider: &ProviderName, by: &'static str) -> Event {
    Event::of(&SOCIAL_ACCOUNT_DISCONNECTED).with("provider", provider).with("by", by)
}
