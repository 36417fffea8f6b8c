//! How mails are sent.

use std::path::PathBuf;

use super::{ConfigError, Configured, ReadBy, SectionShape, Values};
use crate::section;

section! {
    /// How mails are sent.
    MAIL: "mail", ReadBy::Only(&["mailer"]), also [];
    MAIL_FROM = None, 100, "The sender of every mail, an address or `Name <address>`. SES must have verified it.";
    MAIL_CONFIGURATION_SET = Some(""), 64, "The SES configuration set of every mail, which reports bounces and complaints. Empty: none.";
    MAIL_TEMPLATES_DIR = Some(""), 60, "A folder whose files replace mail templates of the same name. Empty: none.";
}

/// How mails are sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender of every mail.
    pub from: String,
    /// The SES configuration set of every mail.
    pub configuration_set: Option<String>,
    /// Where an owner's mail templates lie.
    pub templates: Option<PathBuf>,
}

impl Configured for Mail {
    const SHAPE: SectionShape = MAIL;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            from: read.parsed(&MAIL_FROM, "a mail address, or `Name <address>`, on one line", |text| {
                (text.contains('@') && !text.contains(char::is_control)).then(|| text.to_owned())
            })?,
            configuration_set: read.filled(&MAIL_CONFIGURATION_SET)?,
            templates: read.filled(&MAIL_TEMPLATES_DIR)?.map(PathBuf::from),
        })
    }
}
