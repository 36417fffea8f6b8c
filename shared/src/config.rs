//! Configuration: every variable in one list, read once at start; a wrong one stops the process with its name.

mod aws;
mod lifetimes;
mod links;
mod origins;
mod passkeys;
mod rates;
mod reader;
mod social;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use crate::accounts::ReservedUsernames;
use crate::brand::{Brand, Colour, LogoUrl};
use crate::http::cookies::{Cookies, SameSite};
use crate::http::source::{Network, Proxies};
use crate::mfa::Required;
use crate::retention::Retention;
use crate::secret::Digest;
use crate::telemetry;
use crate::telemetry::sentry::Reporting;
use reader::{Reader, page_address};

pub use crate::public_url::PublicUrl;
pub use aws::Aws;
pub use lifetimes::Lifetimes;
pub use links::Links;
pub use origins::parse_origin;
pub use passkeys::Passkeys;
pub use rates::{CodeMails, Rates};
pub use reader::ConfigError;
pub use social::{ClientPair, Redirects, Social};

/// One environment variable that the product reads.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The value it has when it is not set; none means that it must be set.
    pub default: Option<&'static str>,
    /// What it decides.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($name:ident = $default:expr, $meaning:literal;)*) => {
        $(const $name: &str = stringify!($name);)*
        /// Every variable, in the order of `.env.example`.
        pub const VARIABLES: &[Variable] =
            &[$(Variable { name: stringify!($name), default: $default, meaning: $meaning },)*];
    };
}

variables! {
    APP_NAME = Some("Latchkey"), "The name that people read in mails and on pages.";
    LOGO_URL = Some(""), "The https address of a logo for mails and pages, a PNG for the sake of mail programs, shown 40 pixels high. Empty: the name instead.";
    BRAND_COLOUR = Some("#1f5fd0"), "The colour of links and buttons, such as #1f5fd0. What is too pale or too dark to be read is adjusted.";
    APP_URL = Some(""), "The https URL of the application that the accounts are for: pages and mails link to it. Empty: no link.";
    PRIVACY_URL = Some(""), "The https URL of the privacy policy, for pages, mails and the discovery document. Empty: none.";
    TERMS_URL = Some(""), "The https URL of the terms of service, for the same. Empty: none.";
    SUPPORT_EMAIL = Some(""), "The email address of the support: shown on pages and in mails, and the Reply-To of every mail. Empty: none.";
    PUBLIC_URL = None, "Where the API is reached, such as https://id.example.com: issuer of tokens and host of every mailed link.";
    TOKEN_AUDIENCE = Some(""), "The `aud` of access tokens. Empty: PUBLIC_URL.";
    TOKEN_CLIENT_ID = Some("first-party"), "The `client_id` of access tokens (RFC 9068): what the owner's APIs call the application that people sign in to, 1 to 64 visible ASCII characters.";
    MAIL_FROM = None, "The sender of every mail, an address or `Name <address>`. SES must have verified it.";
    MAIL_CONFIGURATION_SET = Some(""), "The SES configuration set of every mail, which reports bounces and complaints. Empty: none.";
    MAIL_TEMPLATES_DIR = Some(""), "A folder whose files replace mail templates of the same name. Empty: none.";
    MAIN_TABLE = None, "The DynamoDB table of people and business data.";
    EPHEMERAL_TABLE = None, "The DynamoDB table of what expires by itself.";
    BUCKET = Some(""), "The S3 bucket of what is kept as files, such as the database of places. Empty: none.";
    SECRETS_PREFIX = Some(""), "What the names of the secrets in AWS Secrets Manager begin with: {SECRETS_PREFIX}/pepper and so on.";
    SECRETS_DIR = Some(""), "A folder that holds macs.json, pepper.json, sealing.json, signing.json and verifying.json, read instead of AWS Secrets Manager. providers.json may be there as well.";
    MAXMIND_URL = Some("https://download.maxmind.com"), "Where the database of places is downloaded from, with the account of the secret `providers`.";
    ALLOWED_ORIGINS = Some(""), "Origins whose pages may call the API from a browser and use cookies, separated by commas, as browsers write them: https://app.example.com, without a path or a slash at the end. Pages of PUBLIC_URL always may.";
    COOKIE_SAME_SITE = Some("Lax"), "`Lax`, or `None` for a front end on another site than PUBLIC_URL. At http://localhost it is always `Lax`.";
    RESERVED_USERNAMES = Some(""), "Usernames that nobody can take, separated by commas, besides APP_NAME and those such as admin and support. Case, `_`, `.` and `-` make no other name.";
    ACCESS_TOKEN_MINUTES = Some("15"), "Life of an access token, 1 to 60 minutes.";
    REFRESH_IDLE_DAYS = Some("30"), "A session that is not used for so many days ends, 1 to 365.";
    REFRESH_ABSOLUTE_DAYS = Some("90"), "A session ends after so many days however much it is used, 1 to 365.";
    REFRESH_GRACE_SECONDS = Some("30"), "How long a used refresh token still answers with its successor, 0 to 60 seconds.";
    PASSWORD_MIN_LENGTH = Some("8"), "The fewest characters of a password, 8 to 64.";
    PASSWORD_MIN_LENGTH_ALONE = Some("8"), "The fewest characters of a password that is its account's only factor, 8 to 64; NIST asks for 15.";
    CHANGE_PASSWORD_URL = Some(""), "The https address of the page on which people change their password: /.well-known/change-password leads there. Empty: nowhere.";
    PASSKEY_RP_ID = Some(""), "The domain that passkeys are bound to, such as example.com: that of the pages that use them, or one above it. Who changes it loses all passkeys. Empty: the host of PUBLIC_URL.";
    PASSKEY_ORIGINS = Some(""), "Origins that may use passkeys, separated by commas, such as https://app.example.com, or an Android app's android:apk-key-hash:{digest}. Empty: PUBLIC_URL and ALLOWED_ORIGINS.";
    PASSKEY_ENROLL_URL = Some(""), "The https address of the page on which people enrol a passkey, for /.well-known/passkey-endpoints. Empty: none.";
    PASSKEY_MANAGE_URL = Some(""), "The https address of the page on which people look after their passkeys, for the same. Empty: none.";
    MFA_REQUIRED = Some("nobody"), "Who must have a second factor: `nobody`, `staff` or `everybody`.";
    EMAIL_CODE_SIGN_IN = Some("off"), "`on` lets people sign in with a code by mail in place of a password.";
    SERVER_GOOGLE_CLIENT_ID = Some(""), "The client that Google gave. Empty: none, or the one in the secret `providers`, which also holds other issuers.";
    SERVER_GOOGLE_CLIENT_SECRET = Some(""), "Its secret. On AWS the secret `providers` is the better place.";
    SERVER_FACEBOOK_CLIENT_ID = Some(""), "The app that Facebook gave. Empty: none, or the one in the secret `providers`.";
    SERVER_FACEBOOK_CLIENT_SECRET = Some(""), "Its secret.";
    SERVER_GITHUB_CLIENT_ID = Some(""), "The OAuth app that GitHub gave. Empty: none, or the one in the secret `providers`.";
    SERVER_GITHUB_CLIENT_SECRET = Some(""), "Its secret.";
    FACEBOOK_GRAPH_VERSION = Some("v24.0"), "The version of Facebook's Graph API.";
    OAUTH_REDIRECTS = Some(""), "The pages that people may be led back to from a provider, addresses in full, separated by commas. Each is allowed as it stands.";
    OAUTH_DEFAULT_REDIRECT = Some(""), "The page that people are led back to when none is asked for. Empty: one must be asked for.";
    DELETION_GRACE_DAYS = Some("14"), "An account is deleted so many days after its person asked for it, 0 to 90; until then it can be taken back.";
    EXPORT_PREFIX = Some("user_exports/"), "What the keys of exports in the bucket begin with: letters, digits, `_`, `-` and `/`, with a slash at the end.";
    EXPORT_RETENTION_DAYS = Some("7"), "An export and its link are there for so many days, 1 to 30.";
    AUDIT_RETENTION_DAYS = Some("365"), "A line of the audit log is kept for so many days, 30 to 3650.";
    SIGN_IN_RETENTION_DAYS = Some("180"), "A line of the audit log about a sign-in is kept for so many days, 30 to 3650.";
    TRUSTED_PROXIES = Some(""), "Networks of the owner's own proxies (a CDN), such as 192.0.2.0/24, separated by commas: where a request comes from one of them and shows a key of TRUSTED_PROXY_KEYS, its `X-Forwarded-For` tells the address. Empty: none is believed.";
    TRUSTED_PROXY_KEYS = Some(""), "SHA-256 digests (hexadecimal) of the keys that those proxies show in `X-Proxy-Key`, separated by commas: the networks of a CDN are also those of its other customers.";
    CLIENT_KEYS = Some(""), "SHA-256 digests (hexadecimal) of the keys of trusted clients, separated by commas. With any set, `/api` answers 404 to who shows no such key in `X-Client-Key`. Empty: everybody may ask.";
    RATE_ANON = Some("5000/hour"), "Everything that nobody known asks, per address (of IPv6: per /64 network).";
    RATE_USER = Some("5000/hour"), "Everything that a person who is signed in asks, per person.";
    RATE_REGISTER = Some("15/hour"), "Registrations, and mails asked for again, per address.";
    RATE_CONFIRM = Some("30/hour"), "Confirmations of a mailed code or link per address.";
    RATE_SIGN_IN = Some("10/min"), "Sign-ins per address.";
    RATE_SIGN_IN_FAILURES = Some("5/5min"), "Wrong passwords per login, and per known device, before it must wait; three times as many in 12 such spans and ten times as many in 288 must wait longer.";
    RATE_REFRESH = Some("60/hour"), "Refreshes per session.";
    RATE_SESSIONS = Some("50/hour"), "Requests for sessions (listing and ending them) per person.";
    RATE_VERIFICATION_MAIL = Some("5/hour"), "Verification mails per mail address.";
    RATE_MAILBOX = Some("20/day"), "All mails that strangers can have sent to one email address, over all routes; two fifths are for verification mails, the rest for codes of its account.";
    RATE_EMAIL_CHANGE = Some("15/hour"), "Changes of the mail address asked for, per account.";
    RATE_PASSWORD = Some("15/hour"), "Passwords and codes shown again by a person who is signed in, and changes of the password, per account.";
    RATE_MFA = Some("10/15min"), "Failures at a second factor per account, over all factors and sign-ins, before all of them must wait; three times as many in 12 such spans must wait longer.";
    RATE_EMAIL_CODE = Some("5/hour"), "Sign-in codes asked for per address.";
    RATE_EMAIL_CODE_ACCOUNT = Some("10/hour"), "Sign-in codes mailed per email address; one network may ask for two fifths of them.";
    RATE_PASSWORD_RESET = Some("5/hour"), "Password resets asked for per address.";
    RATE_PASSWORD_RESET_ACCOUNT = Some("10/hour"), "Password resets mailed per email address; one network may ask for two fifths of them. After that the last link stays good until another can be mailed.";
    RATE_CODES_BURST = Some("3/10min"), "The same for sign-in codes and for password resets, each in a short time.";
    RATE_CODES_DAY = Some("12/day"), "The same for sign-in codes and for password resets, each in a day. A code is worth five guesses, so this bounds the guesses at an account.";
    RATE_PROFILE = Some("20/hour"), "Changes of names and profile per person.";
    RATE_DELETION = Some("5/day"), "Deletions of the own account asked for per person.";
    RATE_SOCIAL = Some("5/min"), "Sign-ins by a provider per address, and connections of one per person.";
    RATE_DATA_REQUESTS = Some("2/day"), "Exports and deletions asked for as data requests, per person.";
    RATE_FACTOR = Some("1"), "Every rate is multiplied by this whole number; for development only.";
    METRICS_NAMESPACE = Some("Latchkey"), "The CloudWatch namespace of the product's own metrics.";
    LOG_LEVEL = Some("info"), "What is logged: error, warn, info, or a filter per module.";
    SENTRY_DSN = Some(""), "Where errors are reported to, such as https://key@o1.ingest.sentry.io/42. Empty: nowhere.";
    SENTRY_SAMPLE_RATE = Some("1"), "Which part of the errors is reported, above 0 and at most 1.";
    SENTRY_ENVIRONMENT = Some("local"), "Which deployment the reports name as their environment, 1 to 64 letters, digits, `.`, `_` and `-`. On AWS it is the name of the stack.";
}

/// The configuration, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The name that people read.
    pub app_name: String,
    /// The logo and the colour that people see.
    pub brand: Brand,
    /// The operator's own pages, and the support.
    pub links: Links,
    /// Where the API is reached, without a slash at the end.
    pub public_url: PublicUrl,
    /// What browsers may do.
    pub browsers: Browsers,
    /// The proxies that may tell a request's address.
    pub trusted_proxies: Proxies,
    /// The digests of the keys that clients must show; none where anybody may ask.
    pub client_keys: Vec<Digest>,
    /// The `aud` of access tokens.
    pub token_audience: String,
    /// The `client_id` of access tokens.
    pub token_client_id: String,
    /// The usernames that nobody can take.
    pub reserved_usernames: ReservedUsernames,
    /// The sender of every mail.
    pub mail_from: String,
    /// The SES configuration set of every mail.
    pub mail_configuration_set: Option<String>,
    /// Where an owner's mail templates lie.
    pub mail_templates: Option<PathBuf>,
    /// The tables' names.
    pub tables: Tables,
    /// The bucket.
    pub bucket: Option<String>,
    /// Where the secrets rest.
    pub secrets: SecretsAt,
    /// Where the database of places is downloaded from.
    pub maxmind_url: PublicUrl,
    /// How long tokens and sessions live.
    pub lifetimes: Lifetimes,
    /// The fewest characters of a password.
    pub password_min_length: usize,
    /// The fewest characters of a password that is its account's only factor.
    pub password_min_length_alone: usize,
    /// The page on which people change their password.
    pub change_password_url: Option<String>,
    /// What passkeys are bound to.
    pub passkeys: Passkeys,
    /// Who must have a second factor.
    pub mfa_required: Required,
    /// Whether people sign in with a mailed code in place of a password.
    pub email_code_sign_in: bool,
    /// Signing in by a provider.
    pub social: Social,
    /// How long a deletion can be taken back.
    pub deletion_grace: SignedDuration,
    /// What the keys of exports in the bucket begin with.
    pub export_prefix: String,
    /// How long things are kept.
    pub retention: Retention,
    /// The rate limits.
    pub rates: Rates,
    /// The CloudWatch namespace of metrics.
    pub metrics_namespace: String,
    /// Where AWS is.
    pub aws: Aws,
    /// The filter of the log.
    pub log_level: String,
    /// Whether and where errors are reported.
    pub reporting: Option<Reporting>,
}

/// Where the secrets rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretsAt {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// In AWS Secrets Manager, under names with this prefix.
    Manager(String),
}

/// The names of the two tables.
#[derive(Debug, Clone)]
pub struct Tables {
    /// People and business data.
    pub main: String,
    /// What expires by itself.
    pub ephemeral: String,
}

/// What browsers may do that sign in with cookies.
#[derive(Debug, Clone)]
pub struct Browsers {
    /// Whose pages may ask, besides our own.
    pub origins: Vec<PublicUrl>,
    /// How the cookies are named and marked.
    pub cookies: Cookies,
}

impl Browsers {
    fn read(read: &Reader<'_>, public_url: &PublicUrl) -> Result<Self, ConfigError> {
        let same_site = read.parsed(COOKIE_SAME_SITE, "Lax or None", SameSite::parse)?;
        Ok(Self {
            origins: read
                .parsed(ALLOWED_ORIGINS, origins::EXPECTED, |text| listed(text).map(parse_origin).collect())?,
            cookies: if public_url.is_secure() { Cookies::secure(same_site) } else { Cookies::of_localhost() },
        })
    }
}

impl Config {
    /// The configuration of this process's environment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn from_environment() -> Result<Self, ConfigError> {
        Self::from_variables(&std::env::vars().collect())
    }

    /// The configuration of these variables; an empty value counts as not set.
    pub fn from_variables(values: &BTreeMap<String, String>) -> Result<Self, ConfigError> {
        let read = Reader::of(values);
        let length =
            |name| read.parsed(name, "8 to 64", |text| text.parse().ok().filter(|length| (8..=64).contains(length)));
        let own = "https:// and a host, without a path; or http://localhost, perhaps with a port, to develop";
        let public_url = read.parsed(PUBLIC_URL, own, PublicUrl::parse_own)?;
        let audience = read.text(TOKEN_AUDIENCE)?;
        let browsers = Browsers::read(&read, &public_url)?;
        Ok(Self {
            passkeys: Passkeys::read(&read, &public_url, &browsers)?,
            browsers,
            app_name: read.parsed(APP_NAME, "a name on one line", one_line)?,
            brand: brand(&read)?,
            links: Links::read(&read)?,
            token_client_id: read.parsed(TOKEN_CLIENT_ID, "1 to 64 visible ASCII characters", visible)?,
            reserved_usernames: ReservedUsernames::new(&read.text(APP_NAME)?, listed(&read.text(RESERVED_USERNAMES)?)),
            token_audience: if audience.is_empty() { public_url.to_string() } else { audience },
            public_url,
            trusted_proxies: trusted_proxies(&read)?,
            client_keys: read.parsed(
                CLIENT_KEYS,
                "SHA-256 digests of 64 hexadecimal digits, separated by commas",
                |text| listed(text).map(Digest::from_hex).collect(),
            )?,
            mail_from: read.parsed(MAIL_FROM, "a mail address, or `Name <address>`, on one line", |text| {
                (text.contains('@') && !text.contains(char::is_control)).then(|| text.to_owned())
            })?,
            mail_configuration_set: Some(read.text(MAIL_CONFIGURATION_SET)?).filter(|name| !name.is_empty()),
            mail_templates: Some(read.text(MAIL_TEMPLATES_DIR)?).filter(|path| !path.is_empty()).map(PathBuf::from),
            tables: Tables { main: read.text(MAIN_TABLE)?, ephemeral: read.text(EPHEMERAL_TABLE)? },
            bucket: Some(read.text(BUCKET)?).filter(|name| !name.is_empty()),
            secrets: read.secrets()?,
            maxmind_url: read.parsed(MAXMIND_URL, "https:// and a host, without a path", PublicUrl::parse)?,
            lifetimes: Lifetimes::read(&read)?,
            password_min_length: length(PASSWORD_MIN_LENGTH)?,
            password_min_length_alone: length(PASSWORD_MIN_LENGTH_ALONE)?,
            change_password_url: read.optional(CHANGE_PASSWORD_URL, "an https:// address of a page", page_address)?,
            mfa_required: read.parsed(MFA_REQUIRED, "nobody, staff or everybody", Required::parse)?,
            email_code_sign_in: read.parsed(EMAIL_CODE_SIGN_IN, "on or off", on_or_off)?,
            social: Social::read(&read)?,
            deletion_grace: days(read.number(DELETION_GRACE_DAYS, 0..=90, "0 to 90")?),
            export_prefix: export_prefix(&read)?,
            retention: retention(&read)?,
            rates: Rates::read(&read)?,
            aws: Aws::from_variables(values),
            metrics_namespace: read.text(METRICS_NAMESPACE)?,
            log_level: read.parsed(LOG_LEVEL, "error, warn, info, or a filter per module", |text| {
                telemetry::filter(text).map(|_| text.to_owned())
            })?,
            reporting: read.reporting()?,
        })
    }

    /// How long connecting to AWS may take.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
    /// How long one try of a call to AWS may take.
    pub const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1500);
    /// How long all tries of a call together may take.
    pub const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);
    /// How long reading a secret may take.
    pub const SECRET_TIMEOUT: Duration = Duration::from_secs(2);
    /// How long SES may take for a mail.
    pub const SEND_TIMEOUT: Duration = Duration::from_secs(8);
}

/// Networks without keys are refused: they would be believed by no request, and look as if they were.
fn trusted_proxies(read: &Reader<'_>) -> Result<Proxies, ConfigError> {
    let networks: Vec<_> =
        read.parsed(TRUSTED_PROXIES, "networks such as 192.0.2.0/24, separated by commas", |text| {
            listed(text).map(Network::parse).collect()
        })?;
    let keys = read.parsed(
        TRUSTED_PROXY_KEYS,
        "SHA-256 digests of 64 hexadecimal digits, separated by commas, at least one where there are TRUSTED_PROXIES",
        |text| {
            let keys: Option<Vec<_>> = listed(text).map(Digest::from_hex).collect();
            keys.filter(|keys| networks.is_empty() || !keys.is_empty())
        },
    )?;
    Ok(Proxies { networks, keys })
}

/// The entries of a list that commas separate.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|one| !one.is_empty())
}

fn one_line(text: &str) -> Option<String> {
    (!text.contains(char::is_control)).then(|| text.to_owned())
}

fn visible(text: &str) -> Option<String> {
    (text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_graphic())).then(|| text.to_owned())
}

fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn brand(read: &Reader<'_>) -> Result<Brand, ConfigError> {
    Ok(Brand::new(
        read.optional(LOGO_URL, "an https:// address of a picture", LogoUrl::parse)?,
        read.parsed(BRAND_COLOUR, "# and six hexadecimal digits", Colour::parse)?,
    ))
}

fn retention(read: &Reader<'_>) -> Result<Retention, ConfigError> {
    Ok(Retention {
        exports: days(read.number(EXPORT_RETENTION_DAYS, 1..=30, "1 to 30")?),
        audit: days(read.number(AUDIT_RETENTION_DAYS, 30..=3650, "30 to 3650")?),
        sign_ins: days(read.number(SIGN_IN_RETENTION_DAYS, 30..=3650, "30 to 3650")?),
    })
}

fn export_prefix(read: &Reader<'_>) -> Result<String, ConfigError> {
    let expected = "letters, digits, _, - and /, with a slash at the end and none at the beginning, and not geo/";
    read.parsed(EXPORT_PREFIX, expected, |text| is_prefix(text).then(|| text.to_owned()))
}

/// Whether keys may begin so: nothing that an address would have to encode, no empty folder, and not where the database
/// of places lies, which whoever forgets exports must not be able to delete.
fn is_prefix(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/');
    let folders = text.ends_with('/') && !text.starts_with('/') && !text.contains("//");
    text.len() <= 100 && folders && !text.starts_with("geo/") && text.chars().all(fits)
}

fn days(count: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * count)
}

#[cfg(test)]
mod tests;
