//! `feedback`: what SES reports of mails that did not arrive, or that somebody did not want.
//!
//! SES tells EventBridge, and a rule brings the event here. Addresses that bounce for good and those whose owners
//! complain get no more mail. A mailbox that is full or a server that is down today says nothing about tomorrow.

use latchkey::clock::Timestamp;
use latchkey::mail::{Feedback, FeedbackError, SuppressionReason};
use latchkey::telemetry::Metric;
use serde::Deserialize;

/// An event of SES on EventBridge, as far as it is read.
/// <https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>
#[derive(Debug, Deserialize)]
pub struct Event {
    /// When it happened.
    time: Timestamp,
    detail: Detail,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "eventType")]
enum Detail {
    Bounce {
        bounce: Bounce,
    },
    Complaint {
        complaint: Complaint,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
    #[serde(default)]
    bounced_recipients: Vec<Recipient>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    #[serde(default)]
    complained_recipients: Vec<Recipient>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recipient {
    email_address: String,
}

/// Acts on an event. An event that comes twice changes nothing.
pub async fn handle(feedback: &Feedback, event: Event) -> Result<(), FeedbackError> {
    let (reason, recipients) = match event.detail {
        Detail::Bounce { bounce } if bounce.bounce_type == "Permanent" => {
            feedback.metrics.count(Metric::MailBounced, event.time);
            (SuppressionReason::Bounce, bounce.bounced_recipients)
        }
        Detail::Complaint { complaint } => {
            feedback.metrics.count(Metric::MailComplained, event.time);
            (SuppressionReason::Complaint, complaint.complained_recipients)
        }
        Detail::Bounce { .. } | Detail::Other => return Ok(()),
    };
    for recipient in &recipients {
        feedback.suppress(&recipient.email_address, reason, event.time).await?;
    }
    tracing::info!(?reason, recipients = recipients.len(), "addresses suppressed");
    Ok(())
}
