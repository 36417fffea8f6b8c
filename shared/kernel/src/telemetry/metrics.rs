//! What the kernel counts.

use crate::metrics;

metrics! {
    /// A mail was handed to SES.
    MAIL_SENT = "MailSent",
    /// A mail could not be handed over now and will be tried again.
    MAIL_DEFERRED = "MailDeferred",
    /// A mail was given up: refused for good, or older than what it says. The item is kept for two weeks.
    MAIL_DEAD_LETTERED = "MailDeadLettered",
    /// A mail was not sent, since its address bounces or its owner complained.
    MAIL_SUPPRESSED = "MailSuppressed",
    /// SES reported that an address refuses mail for good.
    MAIL_BOUNCED = "MailBounced",
    /// SES reported that somebody did not want a mail.
    MAIL_COMPLAINED = "MailComplained",
    /// A mail went out in our words, since the owner's template for it is broken.
    MAIL_TEMPLATE_BROKEN = "MailTemplateBroken",
    /// How long the mail that waits longest has waited, in seconds.
    OUTBOX_AGE = "OutboxAge",
    /// A limiter refused a request.
    RATE_LIMITED = "RateLimited",
    /// A new database of places was put into the bucket.
    PLACES_UPDATED = "PlacesUpdated",
    /// The database of places could not be fetched; the one from before stays.
    PLACES_UPDATE_FAILED = "PlacesUpdateFailed",
    /// A function found the database of places damaged. Places are not known there until there is another.
    PLACES_DAMAGED = "PlacesDamaged",
    /// How long a request took, from the gateway's event to the answer, in milliseconds.
    LATENCY = "Latency",
}
