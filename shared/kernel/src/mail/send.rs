//! Handing a mail to SES (API version 2).

use std::time::Duration;

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::error::{ProvideErrorMetadata as _, SdkError};
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message, MessageHeader};

use super::Rendered;
use crate::config::Config;

/// How long SES may take for a mail.
pub const SEND_TIMEOUT: Duration = Duration::from_secs(8);

/// Why SES did not take a mail.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// Not now: throttled, paused, not yet verified, or not reachable. Another try may succeed.
    #[error("not now: {0}")]
    Deferred(String),
    /// Perhaps: the answer was lost, or tells nothing.
    #[error("no answer")]
    Unanswered,
    /// Never: this very mail is refused.
    #[error("refused: {0}")]
    Refused(String),
}

/// Sends mails from one address.
pub struct Sender {
    client: Client,
    from: String,
    reply_to: Option<String>,
    configuration_set: Option<String>,
}

/// What SES refuses for good. Everything else (throttling, a paused or suspended account) may pass, and the mail
/// waits.
const FINAL: &[&str] = &["MessageRejected", "BadRequestException"];

/// How SES begins to say that a sender or, in the sandbox, a recipient is not verified: under the code of a final
/// refusal, but an owner can still verify either.
const NOT_VERIFIED: &str = "Email address is not verified";

impl Sender {
    /// Sends through `client`, from the address or `Name <address>` of the configuration; answers go to the support. SES
    /// reports to the configuration set what becomes of the mails.
    pub fn new(client: Client, config: &Config) -> Self {
        let configuration_set = config.mail.configuration_set.clone();
        Self { client, from: config.mail.from.clone(), reply_to: config.links.support.clone(), configuration_set }
    }

    /// `SendEmail` with a plain and an HTML part: once. `SendEmail` knows no token by which SES could tell a
    /// repetition, so the client must be one that does not repeat by itself.
    pub async fn send(&self, to: &str, mail: &Rendered) -> Result<(), SendError> {
        let message = message(mail).map_err(|error| SendError::Refused(error.to_string()))?;
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.from)
            .set_reply_to_addresses(self.reply_to.clone().map(|address| vec![address]))
            .set_configuration_set_name(self.configuration_set.clone())
            .destination(Destination::builder().to_addresses(to).build())
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await;
        sent.map(drop).map_err(|error| match &error {
            SdkError::ServiceError(context) if context.raw().status().is_server_error() => SendError::Unanswered,
            SdkError::ServiceError(context) => {
                let code = context.err().code().unwrap_or("unknown").to_owned();
                let unverified = context.err().message().is_some_and(|message| message.starts_with(NOT_VERIFIED));
                if FINAL.contains(&code.as_str()) && !unverified {
                    SendError::Refused(code)
                } else {
                    SendError::Deferred(code)
                }
            }
            SdkError::ConstructionFailure(_) => SendError::Refused("the request could not be built".to_owned()),
            _ => SendError::Unanswered,
        })
    }
}

fn message(mail: &Rendered) -> Result<Message, aws_sdk_sesv2::error::BuildError> {
    let utf8 = |data: &str| Content::builder().data(data).charset("UTF-8").build();
    // RFC 3834, section 5: so that no vacation responder answers.
    let automatic = MessageHeader::builder().name("Auto-Submitted").value("auto-generated").build()?;
    Ok(Message::builder()
        .subject(utf8(&mail.subject)?)
        .body(Body::builder().text(utf8(&mail.text)?).html(utf8(&mail.html)?).build())
        .headers(automatic)
        .build())
}
