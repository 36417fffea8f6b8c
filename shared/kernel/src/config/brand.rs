//! How the application is called and how it looks.

use std::ops::Deref;

use super::{ConfigError, Configured, ReadBy, SectionShape, Values};
use crate::config::looks::{Brand, Colour, LogoUrl};
use crate::section;

section! {
    /// The name of the application.
    NAME: "app name", ReadBy::Only(&["auth", "pages", "front", "mailer", "exporter"]), also [];
    APP_NAME = Some("Latchkey"), 40, "The name that people read in mails and on pages.";
}

section! {
    /// How pages and mails look.
    LOOKS: "brand", ReadBy::Only(&["pages", "mailer"]), also [];
    LOGO_URL = Some(""), 100, "The https address of a logo for mails and pages, a PNG for the sake of mail programs, shown 40 pixels high. Empty: the name instead.";
    BRAND_COLOUR = Some("#1f5fd0"), 7, "The colour of links and buttons, such as #1f5fd0. What is too pale or too dark to be read is adjusted.";
}

/// The name that people read, on one line.
#[derive(Debug, Clone)]
pub struct AppName(String);

impl AppName {
    /// A name on one line.
    pub fn parse(text: &str) -> Option<Self> {
        (!text.contains(char::is_control)).then(|| Self(text.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for AppName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AppName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Configured for AppName {
    const SHAPE: SectionShape = NAME;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        read.parsed(&APP_NAME, "a name on one line", Self::parse)
    }
}

impl Configured for Brand {
    const SHAPE: SectionShape = LOOKS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self::new(
            read.optional(&LOGO_URL, "an https:// address of a picture", LogoUrl::parse)?,
            read.parsed(&BRAND_COLOUR, "# and six hexadecimal digits", Colour::parse)?,
        ))
    }
}
