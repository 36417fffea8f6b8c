//! `feedback`: what SES reports of mails that did not arrive, or that somebody did not want.
//!
//! SES tells EventBridge, and a rule brings the event here. Addresses that bounce for good and those whose owners
//! complain get no more mail. A mailbox that is full or a server that is down today says nothing about tomorrow.

use latchkey_kernel::clock::Timestamp;
use latchkey_kernel::config::Process;
use latchkey_kernel::fault::Fault;
use latchkey_kernel::mail::{Feedback, SuppressionReason};
use latchkey_kernel::telemetry::metrics;
use serde::Deserialize;

/// Which function it is.
pub const PROCESS: Process = Process::Worker("feedback");

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
        mail: Mail,
    },
    Complaint {
        complaint: Complaint,
        mail: Mail,
    },
    #[serde(other)]
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bounce {
    bounce_type: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Complaint {
    complaint_feedback_type: Option<String>,
}

/// The mail that the event is about. Its destination is what we sent to. The recipients that a bounce names are the
/// words of a stranger's mail server, which could name anybody.
#[derive(Debug, Deserialize)]
struct Mail {
    #[serde(default)]
    destination: Vec<String>,
}

impl Complaint {
    /// Whether the owner does not want our mail: not if a filter was corrected, or a signature failed.
    fn is_of_the_owner(&self) -> bool {
        !matches!(self.complaint_feedback_type.as_deref(), Some("not-spam" | "auth-failure"))
    }
}

/// Acts on an event. An event that comes twice changes nothing.
pub async fn handle(feedback: &Feedback, event: Event) -> Result<(), Fault> {
    let (metric, reason, mail) = match event.detail {
        Detail::Bounce { bounce, mail } if bounce.bounce_type == "Permanent" => {
            (metrics::MAIL_BOUNCED, SuppressionReason::Bounce, mail)
        }
        Detail::Complaint { complaint, mail } if complaint.is_of_the_owner() => {
            (metrics::MAIL_COMPLAINED, SuppressionReason::Complaint, mail)
        }
        Detail::Bounce { .. } | Detail::Complaint { .. } | Detail::Other => return Ok(()),
    };
    feedback.metrics.count(metric, event.time);
    for address in &mail.destination {
        feedback.suppress(address, reason, event.time).await?;
    }
    tracing::info!(?reason, addresses = mail.destination.len(), "addresses suppressed");
    Ok(())
}
