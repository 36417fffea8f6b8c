//! The keys of the accounts that users have with providers, and of visits to providers.

use super::ProviderVisitId;
use crate::accounts::keys::partition;
use crate::accounts::{AccountId, RegistrationId};
use latchkey_kernel::dynamo::{Key, Range};
use latchkey_kernel::entities;
use latchkey_kernel::secret::Digest;

entities! {
    SOCIAL_LINK: "SocialLink" {
        table: Main, pk: "ACCOUNT#{account}", sk: "SOCIAL#{provider}", index: None, ttl: None,
        personal: Partition,
        meaning: "A person's account with a provider such as Google: issuer, subject, picture, and when it was last used."
    }
    SOCIAL_CLAIM: "SocialClaim" {
        table: Main, pk: "SOCIAL#{MAC of issuer and subject}", sk: "CLAIM", index: None, ttl: None,
        personal: Listed,
        meaning: "Makes an account with a provider belong to one person, and finds the person."
    }
    PROVIDER_VISIT: "ProviderVisit" {
        table: Ephemeral, pk: "VISIT#{visit}", sk: "STATE", index: None, ttl: Some("10 minutes"),
        personal: No("digests, and what is sealed; dies within minutes"),
        meaning: "A browser that was sent to a provider and has not come back: digests of its state and its cookie."
    }
    PROVIDER_RETURN: "ProviderReturn" {
        table: Ephemeral, pk: "VISIT#{visit}", sk: "RETURN", index: None, ttl: Some("1 minute"),
        personal: No("sealed; dies within minutes"),
        meaning: "Whom a provider named, sealed, until the page that the browser came back to exchanges its code."
    }
    PENDING_IDENTITY: "PendingIdentity" {
        table: Ephemeral, pk: "REGISTRATION#{registration}", sk: "IDENTITY", index: None, ttl: Some("24 hours"),
        personal: No("sealed, but for a name; no account yet; useless after 24 hours, and removed by TTL soon after"),
        meaning: "Whom a provider named that does not vouch for an email address, sealed, until a mailed code proves one."
    }
    USED_ID_TOKEN: "UsedIdToken" {
        table: Ephemeral, pk: "ID-TOKEN#{digest of what was signed}", sk: "USED", index: None, ttl: Some("when the token expires"),
        personal: No("a digest; dies within a day"),
        meaning: "What a client showed of a provider's to sign in with: it signs nobody in again."
    }
}

/// [`SOCIAL_LINK`] with the provider of this name.
pub fn social_link(account: AccountId, provider: &str) -> Key {
    Key::main(partition(account), format!("SOCIAL#{provider}"))
}

/// Every [`SOCIAL_LINK`] of an account.
pub fn social_links_of(account: AccountId) -> Range {
    Range::main(partition(account), "SOCIAL#")
}

/// [`SOCIAL_CLAIM`], by the MAC of issuer and subject.
pub fn social_claim(mac: &str) -> Key {
    Key::main(format!("SOCIAL#{mac}"), "CLAIM")
}

/// [`PROVIDER_VISIT`].
pub fn provider_visit(visit: ProviderVisitId) -> Key {
    Key::ephemeral(format!("VISIT#{visit}"), "STATE")
}

/// [`PROVIDER_RETURN`].
pub fn provider_return(visit: ProviderVisitId) -> Key {
    Key::ephemeral(format!("VISIT#{visit}"), "RETURN")
}

/// [`PENDING_IDENTITY`] of a registration.
pub fn pending_identity(id: RegistrationId) -> Key {
    Key::ephemeral(format!("REGISTRATION#{id}"), "IDENTITY")
}

/// [`USED_ID_TOKEN`], by the digest of what its issuer signed.
pub fn used_id_token(digest: Digest) -> Key {
    Key::ephemeral(format!("ID-TOKEN#{digest}"), "USED")
}
