//! Carrying out what the stream shows: claim, render, send, mark.

use aws_lambda_events::dynamodb::EventRecord;

use super::item::{self, OutboxItem};
use crate::clock::Timestamp;
use crate::dynamo::{Store, StoreError};
use crate::id::OutboxId;
use crate::mail::{Renderer, SendError, Sender};
use crate::secret::Sealer;
use crate::telemetry::{Metric, Metrics};

/// What the mailer works with.
pub struct Mailer {
    /// Where the outbox is.
    pub store: Store,
    /// Opens the mails.
    pub sealer: Sealer,
    /// Renders them.
    pub renderer: Renderer,
    /// Sends them.
    pub sender: Sender,
    /// Counts them.
    pub metrics: Metrics,
}

/// How one item fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// It was carried out.
    Done,
    /// There is nothing to do: it is done already, dead, or somebody else is at it.
    Nothing,
    /// It was given up, and counted.
    Buried,
    /// It waits for another try.
    Deferred,
}

impl Mailer {
    /// Carries out the item that a stream record shows. The record only says where to look: what counts is the
    /// item itself, claimed before anything is sent.
    pub async fn deliver(&self, record: &EventRecord, now: Timestamp) -> Result<Delivery, StoreError> {
        let Some(id) = outbox_id(record) else { return Ok(Delivery::Nothing) };
        let Some(item) = item::claim(&self.store, id, now).await? else { return Ok(Delivery::Nothing) };
        if item.useful_until < now {
            return self.bury(&item, "too old to be useful", now).await;
        }
        match self.send(&item).await {
            Ok(()) => {
                self.metrics.count(Metric::MailSent, now);
                item::complete(&self.store, &item).await?;
                Ok(Delivery::Done)
            }
            Err(SendError::Deferred(why)) => {
                tracing::warn!(request_id = item.request_id, item = %item.id, why, "mail deferred");
                self.metrics.count(Metric::MailDeferred, now);
                item::release(&self.store, &item, &why).await?;
                Ok(Delivery::Deferred)
            }
            Err(SendError::Refused(why)) => self.bury(&item, &why, now).await,
        }
    }

    async fn send(&self, item: &OutboxItem) -> Result<(), SendError> {
        let mail = item.open(&self.sealer).map_err(|error| SendError::Refused(error.to_string()))?;
        let rendered = self
            .renderer
            .render(&mail.template, &mail.values)
            .map_err(|error| SendError::Refused(format!("template {}: {}", mail.template, error.kind())))?;
        self.sender.send(&mail.to, &rendered).await
    }

    async fn bury(&self, item: &OutboxItem, why: &str, now: Timestamp) -> Result<Delivery, StoreError> {
        tracing::error!(request_id = item.request_id, item = %item.id, why, "mail given up");
        item::bury(&self.store, crate::dynamo::keys::outbox_item(item.id), why, now).await?;
        self.metrics.count(Metric::MailDeadLettered, now);
        Ok(Delivery::Buried)
    }
}

fn outbox_id(record: &EventRecord) -> Option<OutboxId> {
    let serde_dynamo::AttributeValue::S(id) = record.change.new_image.get("id")? else { return None };
    id.parse().ok()
}
