//! What an operator sets of accounts: their usernames and passwords, signing in by a mailed code, and their limits.

use super::ReservedUsernames;
use latchkey_kernel::config::{
    APP_NAME, ConfigError, Configured, RATE_FACTOR, ReadBy, SectionShape, Values, Variable, listed, page_address,
};
use latchkey_kernel::http::rate::{Limit, Rate};
use latchkey_kernel::section;

/// The sections of accounts.
pub const SECTIONS: &[SectionShape] =
    &[USERNAMES, PASSWORDS, PASSWORD_PAGE, CODE_SIGN_IN, REGISTRATION, CONFIRMATION, PASSWORD_RESET, ACCOUNT_CHANGES];

section! {
    /// The usernames that cannot be taken.
    USERNAMES: "usernames", ReadBy::Only(&["auth", "account", "social", "front"]), also [APP_NAME];
    RESERVED_USERNAMES = Some(""), 100, "Usernames that nobody can take, separated by commas, besides APP_NAME and those such as admin and support. Case, `_`, `.` and `-` make no other name.";
}

section! {
    /// How long passwords must be.
    PASSWORDS: "passwords", ReadBy::Only(&["auth", "pages", "front"]), also [];
    PASSWORD_MIN_LENGTH = Some("8"), 2, "The fewest characters of a password, 8 to 64.";
    PASSWORD_MIN_LENGTH_ALONE = Some("8"), 2, "The fewest characters of a password that is its account's only factor, 8 to 64; NIST asks for 15.";
}

section! {
    /// Where people change their password.
    PASSWORD_PAGE: "password page", ReadBy::Only(&["auth"]), also [];
    CHANGE_PASSWORD_URL = Some(""), 80, "The https address of the page on which people change their password: /.well-known/change-password leads there. Empty: nowhere.";
}

section! {
    /// Signing in with a mailed code.
    CODE_SIGN_IN: "code sign-in", ReadBy::Only(&["auth", "front"]), also [RATE_CODES_BURST, RATE_CODES_DAY, RATE_FACTOR];
    EMAIL_CODE_SIGN_IN = Some("off"), 3, "`on` lets people sign in with a code by mail in place of a password.";
    RATE_EMAIL_CODE = Some("5/hour"), 10, "Sign-in codes asked for per address.";
    RATE_EMAIL_CODE_ACCOUNT = Some("10/hour"), 10, "Sign-in codes mailed per email address; one network may ask for two fifths of them.";
}

section! {
    /// Limits on registrations and on verification mails.
    REGISTRATION: "registration", ReadBy::Only(&["auth", "account", "social", "front"]), also [RATE_FACTOR];
    RATE_REGISTER = Some("15/hour"), 10, "Registrations, and mails asked for again, per address.";
    RATE_VERIFICATION_MAIL = Some("5/hour"), 10, "Verification mails per mail address.";
}

section! {
    /// How often a mailed code or link may be shown.
    CONFIRMATION: "confirmation", ReadBy::Only(&["auth", "account", "privacy", "pages", "front"]), also [RATE_FACTOR];
    RATE_CONFIRM = Some("30/hour"), 10, "Confirmations of a mailed code or link per address.";
}

section! {
    /// How often a new password may be asked for.
    PASSWORD_RESET: "password reset", ReadBy::Only(&["auth", "front"]), also [RATE_FACTOR];
    RATE_PASSWORD_RESET = Some("5/hour"), 10, "Password resets asked for per address.";
    RATE_PASSWORD_RESET_ACCOUNT = Some("10/hour"), 10, "Password resets mailed per email address; one network may ask for two fifths of them. After that the last link stays good until another can be mailed.";
    RATE_CODES_BURST = Some("3/10min"), 10, "The same for sign-in codes and for password resets, each in a short time.";
    RATE_CODES_DAY = Some("12/day"), 10, "The same for sign-in codes and for password resets, each in a day. A code is worth five guesses, so this bounds the guesses at an account.";
}

section! {
    /// How often a user may change the own account.
    ACCOUNT_CHANGES: "account changes", ReadBy::Only(&["account", "front"]), also [RATE_FACTOR];
    RATE_EMAIL_CHANGE = Some("15/hour"), 10, "Changes of the mail address asked for, per account.";
    RATE_PROFILE = Some("20/hour"), 10, "Changes of names and profile per person.";
}

/// How long passwords must be.
#[derive(Debug, Clone, Copy)]
pub struct PasswordLengths {
    /// The fewest characters.
    pub least: usize,
    /// The fewest characters of one that is its account's only factor; never less.
    pub least_alone: usize,
}

/// Where people change their password.
#[derive(Debug, Clone)]
pub struct PasswordPage {
    /// Its address, if the operator named one.
    pub url: Option<String>,
}

/// Signing in with a mailed code.
#[derive(Debug, Clone, Copy)]
pub struct CodeSignIn {
    /// Whether people may sign in so.
    pub is_on: bool,
    /// Codes asked for per address.
    pub limit: Limit,
    /// Codes mailed per email address.
    pub mails: CodeMails,
}

/// Limits on registrations and on verification mails.
#[derive(Debug, Clone, Copy)]
pub struct Registration {
    /// Registrations per address.
    pub limit: Limit,
    /// Verification mails per email address.
    pub mail_limit: Limit,
}

/// How often a mailed code or link may be shown.
#[derive(Debug, Clone, Copy)]
pub struct Confirmation {
    /// Confirmations per address.
    pub limit: Limit,
}

/// How often a new password may be asked for.
#[derive(Debug, Clone, Copy)]
pub struct PasswordReset {
    /// Asked for per address.
    pub limit: Limit,
    /// Mailed per email address.
    pub mails: CodeMails,
}

/// How often a user may change the own account.
#[derive(Debug, Clone, Copy)]
pub struct AccountChanges {
    /// Changes of the email address asked for, per account.
    pub email_limit: Limit,
    /// Changes of names and profile per user.
    pub profile_limit: Limit,
}

/// How many codes of one kind anybody can have mailed to one email address: in a burst, in an hour, and in a day.
///
/// Each code is worth five guesses, so the day's limit is what bounds the guesses at an account: 12 codes, 60 guesses. And
/// one network may ask for no more than two fifths of each, so that whatever it asks for, something is left to the owner
/// of the address, who asks from another one.
#[derive(Debug, Clone, Copy)]
pub struct CodeMails {
    /// For all who ask.
    pub all: [Limit; 3],
    /// Asked for by one network.
    pub one_network: [Limit; 3],
}

impl CodeMails {
    fn read(read: &Values<'_>, names: [&'static str; 3], hourly: &Variable) -> Result<Self, ConfigError> {
        Ok(Self::new(names, [read.rate(&RATE_CODES_BURST)?, read.rate(hourly)?, read.rate(&RATE_CODES_DAY)?]))
    }

    fn new(names: [&'static str; 3], rates: [Rate; 3]) -> Self {
        let [burst, hour, day] = names;
        let limits = |[of_burst, of_hour, of_day]: [Rate; 3]| {
            [Limit::new(burst, of_burst), Limit::new(hour, of_hour), Limit::new(day, of_day)]
        };
        Self { all: limits(rates), one_network: limits(rates.map(|rate| rate.share(2, 5))) }
    }
}

impl Configured for ReservedUsernames {
    const SHAPE: SectionShape = USERNAMES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self::new(&read.text(&APP_NAME)?, listed(&read.text(&RESERVED_USERNAMES)?)))
    }
}

impl Configured for PasswordLengths {
    const SHAPE: SectionShape = PASSWORDS;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let length = |variable| {
            read.parsed(variable, "8 to 64", |text| text.parse().ok().filter(|length| (8..=64).contains(length)))
        };
        Ok(Self::new(length(&PASSWORD_MIN_LENGTH)?, length(&PASSWORD_MIN_LENGTH_ALONE)?))
    }
}

impl PasswordLengths {
    /// At least so many characters, and at least so many where the password is the only factor.
    pub fn new(least: usize, least_alone: usize) -> Self {
        Self { least, least_alone: least_alone.max(least) }
    }
}

impl Configured for PasswordPage {
    const SHAPE: SectionShape = PASSWORD_PAGE;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { url: read.optional(&CHANGE_PASSWORD_URL, "an https:// address of a page", page_address)? })
    }
}

impl Configured for CodeSignIn {
    const SHAPE: SectionShape = CODE_SIGN_IN;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let names = ["email_code_burst", "email_code_account", "email_code_day"];
        Ok(Self {
            is_on: read.parsed(&EMAIL_CODE_SIGN_IN, "on or off", on_or_off)?,
            limit: read.limit("email_code", &RATE_EMAIL_CODE)?,
            mails: CodeMails::read(read, names, &RATE_EMAIL_CODE_ACCOUNT)?,
        })
    }
}

fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

impl Configured for Registration {
    const SHAPE: SectionShape = REGISTRATION;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            limit: read.limit("register", &RATE_REGISTER)?,
            mail_limit: read.limit("verification_mail", &RATE_VERIFICATION_MAIL)?,
        })
    }
}

impl Configured for Confirmation {
    const SHAPE: SectionShape = CONFIRMATION;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self { limit: read.limit("confirm", &RATE_CONFIRM)? })
    }
}

impl Configured for PasswordReset {
    const SHAPE: SectionShape = PASSWORD_RESET;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        let names = ["password_reset_burst", "password_reset_account", "password_reset_day"];
        Ok(Self {
            limit: read.limit("password_reset", &RATE_PASSWORD_RESET)?,
            mails: CodeMails::read(read, names, &RATE_PASSWORD_RESET_ACCOUNT)?,
        })
    }
}

impl Configured for AccountChanges {
    const SHAPE: SectionShape = ACCOUNT_CHANGES;

    fn read(read: &Values<'_>) -> Result<Self, ConfigError> {
        Ok(Self {
            email_limit: read.limit("email_change", &RATE_EMAIL_CHANGE)?,
            profile_limit: read.limit("profile", &RATE_PROFILE)?,
        })
    }
}
