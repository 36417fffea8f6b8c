//! Carrying out what the stream shows: claim, render, send, mark.

use aws_lambda_events::dynamodb::EventRecord;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::OutboxId;
use super::item::{self, OutboxItem, Unreadable};
use crate::clock::Timestamp;
use crate::dynamo::Store;
use crate::entropy::Entropy;
use crate::fault::Fault;
use crate::mail::{Mail, Renderer, SendError, Sender, SuppressionReason, suppression_of};
use crate::secret::{Held, Sealer, SealingError};
use crate::telemetry::{Metrics, metrics};

/// What the mailer works with.
pub struct Mailer {
    /// Where the outbox is.
    pub store: Store,
    /// Opens the mails.
    pub sealing: Held<Sealer>,
    /// Renders them.
    pub renderer: Renderer,
    /// Sends them.
    pub sender: Sender,
    /// Counts them.
    pub metrics: Metrics,
    /// Names the claims.
    pub entropy: Entropy,
}

/// How one item fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It was carried out.
    Done,
    /// There is nothing to do now: it is done already, dead, somebody else is at it, or it may have gone out.
    Nothing,
    /// It was given up, and counted.
    Buried,
    /// It waits for another try.
    Deferred,
}

/// Why a mail is not sent now, or never.
enum Failure {
    /// It may go later; give the item back.
    Later(String),
    /// It may have gone.
    Unknown,
    /// It never can.
    Never(String),
    /// Nothing is sent to its address.
    Suppressed(SuppressionReason),
    /// It has no address: it was written so that an answer tells nothing.
    ToNobody,
}

impl Mailer {
    /// Carries out the item that a stream record shows. The record only says where to look: what counts is the
    /// item itself, claimed before anything is sent.
    pub async fn deliver(&self, record: &EventRecord, now: Timestamp) -> Result<Delivery, Fault> {
        let Some(id) = outbox_id(record) else { return Ok(Delivery::Nothing) };
        let name = URL_SAFE_NO_PAD.encode(self.entropy.bytes::<12>());
        let Some(item) = item::claim(&self.store, id, &name, now, item::CLAIM).await? else {
            return Ok(Delivery::Nothing);
        };
        if item.useful_until <= now {
            return self.bury(&item, "too old to be useful", now).await;
        }
        match self.send(&item, now).await {
            Ok(()) => {
                self.metrics.count(metrics::MAIL_SENT, now);
                item::complete(&self.store, &item).await?;
                Ok(Delivery::Done)
            }
            Err(Failure::Later(why)) => {
                self.note_deferral(&item, &why, now);
                item::release(&self.store, &item, &why).await?;
                Ok(Delivery::Deferred)
            }
            Err(Failure::Unknown) => {
                self.note_deferral(&item, "no answer", now);
                // Most often the connection was dead after a rest, and a code must not wait for the schedule: once
                // more at once, at the price of perhaps two copies. After that the claim is kept until it runs out.
                if item.attempts > 1 {
                    return Ok(Delivery::Nothing);
                }
                item::release(&self.store, &item, "no answer").await?;
                Ok(Delivery::Deferred)
            }
            Err(Failure::Never(why)) => self.bury(&item, &why, now).await,
            Err(Failure::ToNobody) => {
                item::complete(&self.store, &item).await?;
                Ok(Delivery::Done)
            }
            Err(Failure::Suppressed(reason)) => {
                tracing::warn!(request_id = item.request_id, item = %item.id, ?reason, "mail suppressed");
                self.metrics.count(metrics::MAIL_SUPPRESSED, now);
                item::complete(&self.store, &item).await?;
                Ok(Delivery::Done)
            }
        }
    }

    /// A missing key or template may only mean that this environment is older than the one that wrote the mail:
    /// such a mail waits, as long as it is useful.
    async fn send(&self, item: &OutboxItem, now: Timestamp) -> Result<(), Failure> {
        let mail = self.open(item).await.map_err(|error| match error {
            Unreadable::Failed(Fault::Sealing(SealingError::Damaged)) | Unreadable::Form => {
                Failure::Never(error.to_string())
            }
            Unreadable::Failed(_) => Failure::Later(error.to_string()),
        })?;
        if mail.to.is_empty() {
            return Err(Failure::ToNobody);
        }
        let suppressed = suppression_of(&self.store, &mail.suppressed_by, now).await;
        if let Some(suppression) = suppressed.map_err(|error| Failure::Later(error.to_string()))? {
            return Err(Failure::Suppressed(suppression.reason));
        }
        let rendered = self
            .renderer
            .render(&mail.template, &mail.values)
            .map_err(|error| Failure::Later(format!("template {}: {}", mail.template, error.kind())))?;
        if !rendered.broken.is_empty() {
            self.metrics.count(metrics::MAIL_TEMPLATE_BROKEN, now);
        }
        self.sender.send(&mail.to, &rendered).await.map_err(|error| match error {
            SendError::Deferred(why) => Failure::Later(why),
            SendError::Unanswered => Failure::Unknown,
            SendError::Refused(why) => Failure::Never(why),
        })
    }

    /// A mail sealed with a key that this environment does not know yet is looked at again with the secret of now.
    async fn open(&self, item: &OutboxItem) -> Result<Mail, Unreadable> {
        match item.open(&*self.sealing.get().await?) {
            Err(Unreadable::Failed(Fault::Sealing(SealingError::UnknownKey(_)))) => {
                item.open(&*self.sealing.read().await?)
            }
            opened => opened,
        }
    }

    fn note_deferral(&self, item: &OutboxItem, why: &str, now: Timestamp) {
        tracing::warn!(request_id = item.request_id, item = %item.id, why, "mail deferred");
        self.metrics.count(metrics::MAIL_DEFERRED, now);
    }

    async fn bury(&self, item: &OutboxItem, why: &str, now: Timestamp) -> Result<Delivery, Fault> {
        if item::bury(&self.store, item, why, now).await? {
            tracing::error!(request_id = item.request_id, item = %item.id, why, "mail given up");
            self.metrics.count(metrics::MAIL_DEAD_LETTERED, now);
        }
        Ok(Delivery::Buried)
    }
}

pub(super) fn outbox_id(record: &EventRecord) -> Option<OutboxId> {
    let serde_dynamo::AttributeValue::S(id) = record.change.new_image.get("id")? else { return None };
    id.parse().ok()
}
