//! The body of `SendEmail`, checked as the service checks it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use mail_parser::{MessageParser, MimeHeaders};
use serde::Deserialize;

use super::mail::{Attachment, Header, Mail, bare};

/// A refusal by the service's name for it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) name: &'static str,
    pub(super) message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendEmail {
    #[serde(default)]
    from_email_address: String,
    #[serde(default)]
    reply_to_addresses: Vec<String>,
    #[serde(default)]
    destination: Destination,
    content: Content,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Destination {
    #[serde(rename = "ToAddresses")]
    to: Vec<String>,
    #[serde(rename = "CcAddresses")]
    cc: Vec<String>,
    #[serde(rename = "BccAddresses")]
    bcc: Vec<String>,
}

#[derive(Deserialize)]
enum Content {
    Simple(Simple),
    Raw(Raw),
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Text,
    body: Body,
    #[serde(default)]
    headers: Vec<SimpleHeader>,
    #[serde(default)]
    attachments: Vec<SimpleAttachment>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Body {
    text: Option<Text>,
    html: Option<Text>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Text {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SimpleHeader {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SimpleAttachment {
    raw_content: String,
    file_name: String,
    content_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    data: String,
}

/// The mail that a request asks for, or the service's refusal.
pub(super) fn read(body: &[u8], id: String, sent_at: Timestamp) -> Result<Mail, Refusal> {
    let request: SendEmail = serde_json::from_slice(body)
        .map_err(|error| Refusal { name: "SerializationException", message: error.to_string() })?;
    let Destination { to, cc, bcc } = request.destination;
    let to = [to, cc, bcc].concat();
    let mail = Mail {
        id,
        to,
        from: request.from_email_address,
        subject: String::new(),
        text: String::new(),
        html: String::new(),
        headers: Vec::new(),
        attachments: Vec::new(),
        sent_at,
    };
    let mut mail = match request.content {
        Content::Simple(simple) => read_simple(mail, simple)?,
        Content::Raw(raw) => read_raw(mail, &raw.data)?,
    };
    check(&mail, &request.reply_to_addresses)?;
    // The service writes this header, whichever form the content has.
    if !request.reply_to_addresses.is_empty() {
        mail.headers.push(Header { name: "Reply-To".to_owned(), value: request.reply_to_addresses.join(", ") });
    }
    Ok(mail)
}

fn read_simple(mut mail: Mail, simple: Simple) -> Result<Mail, Refusal> {
    if simple.body.text.is_none() && simple.body.html.is_none() {
        return Err(bad_request("Body must have a text or an HTML part"));
    }
    mail.subject = simple.subject.data;
    mail.text = simple.body.text.map(|part| part.data).unwrap_or_default();
    mail.html = simple.body.html.map(|part| part.data).unwrap_or_default();
    mail.headers = simple.headers.into_iter().map(|SimpleHeader { name, value }| Header { name, value }).collect();
    for attached in simple.attachments {
        let bytes = STANDARD.decode(&attached.raw_content).map_err(|error| bad_request(&error.to_string()))?;
        let media_type = attached.content_type.as_deref().unwrap_or("application/octet-stream");
        mail.attachments.push(Attachment::new(&attached.file_name, media_type, &bytes));
    }
    Ok(mail)
}

fn read_raw(mut mail: Mail, data: &str) -> Result<Mail, Refusal> {
    let bytes = STANDARD.decode(data).map_err(|error| bad_request(&error.to_string()))?;
    let message = MessageParser::default().parse(&bytes).ok_or_else(|| bad_request("Raw message is not readable"))?;
    let addresses = |list: Option<&mail_parser::Address<'_>>| -> Vec<String> {
        list.into_iter().flat_map(|list| list.iter()).filter_map(|one| one.address()).map(str::to_owned).collect()
    };
    // The service takes sender and recipients from the message where the request leaves them out.
    if mail.from.is_empty() {
        mail.from = addresses(message.from()).into_iter().next().unwrap_or_default();
    }
    if mail.to.is_empty() {
        mail.to = [addresses(message.to()), addresses(message.cc()), addresses(message.bcc())].concat();
    }
    message.subject().unwrap_or_default().clone_into(&mut mail.subject);
    mail.text = message.body_text(0).unwrap_or_default().into_owned();
    mail.html = message.body_html(0).unwrap_or_default().into_owned();
    mail.headers = message
        .headers_raw()
        .map(|(name, value)| Header {
            name: name.to_owned(),
            value: value.split_whitespace().collect::<Vec<_>>().join(" "),
        })
        .collect();
    for part in message.attachments() {
        let media_type = part.content_type().map_or_else(
            || "application/octet-stream".to_owned(),
            |kind| format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or("octet-stream")),
        );
        mail.attachments.push(Attachment::new(
            part.attachment_name().unwrap_or("attachment"),
            &media_type,
            part.contents(),
        ));
    }
    Ok(mail)
}

fn check(mail: &Mail, reply_to: &[String]) -> Result<(), Refusal> {
    if mail.from.trim().is_empty() {
        return Err(bad_request("From address is missing"));
    }
    if mail.to.is_empty() {
        return Err(bad_request("Destination must have at least one recipient"));
    }
    if mail.to.len() > 50 {
        return Err(bad_request("Recipient count exceeds 50."));
    }
    for address in mail.to.iter().chain([&mail.from]).chain(reply_to) {
        let Some((local, domain)) = bare(address).rsplit_once('@') else {
            return Err(bad_request("Missing final '@domain'"));
        };
        if local.is_empty() || domain.is_empty() || address.chars().any(char::is_control) {
            return Err(bad_request("Illegal address"));
        }
        if !local.is_ascii() {
            return Err(bad_request("Local address contains non-ASCII characters"));
        }
        if !domain.is_ascii() {
            return Err(bad_request("Domain contains illegal character"));
        }
    }
    Ok(())
}

fn bad_request(message: &str) -> Refusal {
    Refusal { name: "BadRequestException", message: message.to_owned() }
}
