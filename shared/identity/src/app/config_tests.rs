//! What configuration is refused, and by which words.

use super::*;

/// The configuration of a process that reads every section.
fn from(values: &BTreeMap<String, String>) -> Result<Config, ConfigError> {
    Config::from_variables(Process::Tool, values)
}

fn variables(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let base = [
        ("PUBLIC_URL", "https://id.example.com/"),
        ("MAIL_FROM", "Example <no-reply@example.com>"),
        ("MAIN_TABLE", "main"),
        ("EPHEMERAL_TABLE", "ephemeral"),
        ("SECRETS_PREFIX", "example"),
    ];
    base.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn what_must_be_set_is_named_when_it_is_missing() {
    let mut values = variables(&[]);
    values.remove("MAIL_FROM");
    let error = from(&values).unwrap_err();
    assert_eq!(error.to_string(), "MAIL_FROM is not set");
}

#[test]
fn a_wrong_value_is_named_with_what_it_should_be() {
    for (name, value) in [
        ("ACCESS_TOKEN_MINUTES", "61"),
        ("REFRESH_GRACE_SECONDS", "-1"),
        ("PASSWORD_MIN_LENGTH", "4"),
        ("PASSWORD_MIN_LENGTH_ALONE", "65"),
        ("CHANGE_PASSWORD_URL", "http://app.example.com/password"),
        ("CHANGE_PASSWORD_URL", "https://app.example.com/ password"),
        ("MFA_REQUIRED", "admins"),
        ("EMAIL_CODE_SIGN_IN", "yes"),
        ("RATE_MFA", "10/15"),
        ("RATE_MFA", "10/-1min"),
        ("RATE_SIGN_IN", "ten per minute"),
        ("RATE_SIGN_IN_FAILURES", "5/2day"),
        ("TRUSTED_PROXIES", "192.0.2.0/24,everybody"),
        ("TRUSTED_PROXIES", "192.0.2.1/24"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("TRUSTED_PROXY_KEYS", "the key itself"),
        ("CLIENT_KEYS", "the key itself"),
        ("CLIENT_KEYS", "00"),
        ("PUBLIC_URL", "http://id.example.com"),
        ("PUBLIC_URL", "http://127.0.0.1:8000"),
        ("PUBLIC_URL", "http://[::1]:8000"),
        ("PUBLIC_URL", "http://localhost.example.com"),
        ("PUBLIC_URL", "http://app.localhost:8000"),
        ("TOKEN_CLIENT_ID", "two words"),
        ("PUBLIC_URL", "https://id.example.com/path"),
        ("PUBLIC_URL", "https://user@id.example.com"),
        ("PUBLIC_URL", "https://id.example.com:99999"),
        ("PUBLIC_URL", "https://id.example.com:"),
        ("ALLOWED_ORIGINS", "https://app.example.com,http://app.example.com"),
        ("COOKIE_SAME_SITE", "Strict"),
        ("APP_NAME", "Acme\nSubject: x"),
        ("LOGO_URL", "http://example.com/logo.png"),
        ("BRAND_COLOUR", "blue"),
        ("APP_URL", "http://app.example.com/"),
        ("PRIVACY_URL", "acme.example/privacy"),
        ("TERMS_URL", "https://acme.example/terms of service"),
        ("SUPPORT_EMAIL", "Help <help@acme.example>"),
        ("LOG_LEVEL", "everything=yes"),
        ("FACEBOOK_GRAPH_VERSION", "24"),
        ("OAUTH_REDIRECTS", "https://app.example.com/,/welcome"),
        ("OAUTH_DEFAULT_REDIRECT", "https://app.example.com/#top"),
        ("MAXMIND_URL", "http://download.maxmind.com"),
        ("MAXMIND_URL", "https://download.maxmind.com/geoip"),
        ("SENTRY_DSN", "https://sentry.example.com/42"),
        ("SENTRY_SAMPLE_RATE", "0"),
        ("SENTRY_SAMPLE_RATE", "1.1"),
        ("SENTRY_SAMPLE_RATE", "NaN"),
        ("SENTRY_ENVIRONMENT", "two words"),
        ("SENTRY_ENVIRONMENT", "a/b"),
        ("SENTRY_ENVIRONMENT", "0123456789012345678901234567890123456789012345678901234567890123x"),
        ("MAIL_FROM", "no address"),
        ("MAIL_FROM", "a@example.com\r\nBcc: b@example.com"),
    ] {
        is_refused(name, value);
    }
}

#[test]
fn exports_and_what_is_kept_have_bounds_and_no_way_out_of_their_folder() {
    for (name, value) in [
        ("DELETION_GRACE_DAYS", "91"),
        ("EXPORT_PREFIX", "exports"),
        ("EXPORT_PREFIX", "/exports/"),
        ("EXPORT_PREFIX", "a//b/"),
        ("EXPORT_PREFIX", "ex ports/"),
        ("EXPORT_PREFIX", "/"),
        ("EXPORT_PREFIX", "../exports/"),
        ("EXPORT_PREFIX", "exports/./"),
        ("EXPORT_PREFIX", "exports%2f/"),
        ("EXPORT_PREFIX", "geo/"),
        ("EXPORT_PREFIX", "geo/exports/"),
        ("EXPORT_RETENTION_DAYS", "0"),
        ("EXPORT_RETENTION_DAYS", "-7"),
        ("EXPORT_RETENTION_DAYS", "31"),
        ("EXPORT_RETENTION_DAYS", "7.5"),
        ("EXPORT_RETENTION_DAYS", "99999999999999999999"),
        ("DELETION_GRACE_DAYS", "-1"),
        ("AUDIT_RETENTION_DAYS", "29"),
        ("SIGN_IN_RETENTION_DAYS", "for ever"),
    ] {
        is_refused(name, value);
    }
}

/// The refusal names the variable.
fn is_refused(name: &str, value: &str) {
    let error = from(&variables(&[(name, value)])).unwrap_err().to_string();
    assert!(error.starts_with(name), "{value:?}: {error}");
}

#[test]
fn what_is_wrong_with_a_dsn_is_said_without_its_key() {
    let wrong = ("SENTRY_DSN", "https://abc123:secret@sentry.example.com/42");
    let error = from(&variables(&[wrong])).unwrap_err().to_string();
    assert!(error.starts_with("SENTRY_DSN is \"…\"") && !error.contains("abc123"), "{error}");
}

#[test]
fn networks_of_proxies_need_a_key_that_the_proxies_show() {
    let networks = ("TRUSTED_PROXIES", "192.0.2.0/24");
    let error = from(&variables(&[networks])).unwrap_err().to_string();
    assert!(error.starts_with("TRUSTED_PROXY_KEYS"), "{error}");
    let digest = "0".repeat(64);
    assert!(from(&variables(&[networks, ("TRUSTED_PROXY_KEYS", &digest)])).is_ok());
}

#[test]
fn a_providers_secret_without_its_id_is_named_by_what_is_missing() {
    let error = from(&variables(&[("SERVER_GITHUB_CLIENT_SECRET", "a secret")])).unwrap_err();
    assert_eq!(error.to_string(), "SERVER_GITHUB_CLIENT_ID is not set");
}

#[test]
fn a_wrong_origin_is_refused_with_how_to_write_it() {
    let wrong = [("ALLOWED_ORIGINS", "https://app.example.com, https://www.example.com/")];
    let error = from(&variables(&wrong)).unwrap_err().to_string();
    assert!(
        error.starts_with("ALLOWED_ORIGINS is \"https://app.example.com, https://www.example.com/\", but"),
        "{error}"
    );
    assert!(error.contains("no slash at the end") && error.contains("http only for localhost"), "{error}");
}

#[test]
fn the_audience_is_the_public_url_unless_set() {
    assert_eq!(from(&variables(&[])).unwrap().tokens.audience, "https://id.example.com");
    let own = from(&variables(&[("TOKEN_AUDIENCE", "api")])).unwrap();
    assert_eq!(own.tokens.audience, "api");
}

#[test]
fn only_at_http_localhost_are_cookies_kept_without_tls() {
    let access = |url: &str| {
        let config = from(&variables(&[("PUBLIC_URL", url)])).unwrap();
        config.browsers.cookies.name(latchkey_kernel::http::cookies::ACCESS)
    };
    for url in ["http://localhost", "http://localhost:8000", "http://localhost:8000/"] {
        assert_eq!(access(url), "access", "{url}");
    }
    for url in ["https://localhost", "https://localhost:8443", "https://id.example.com"] {
        assert_eq!(access(url), "__Host-access", "{url}");
    }
}

#[test]
fn reserved_usernames_are_ours_the_applications_and_the_operators() {
    let changes = [("APP_NAME", "Acme Tools"), ("RESERVED_USERNAMES", "Globex, billing.desk, ")];
    let reserved = from(&variables(&changes)).unwrap().reserved_usernames;
    let holds = |name: &str| reserved.holds(&crate::accounts::Username::parse(name).unwrap());
    for name in ["admin", "ADMIN", "ad.min", "security", "acmetools", "Acme_Tools", "globex", "billing-desk"] {
        assert!(holds(name), "{name}");
    }
    for name in ["ada", "admina", "acme", "tools", "globe"] {
        assert!(!holds(name), "{name}");
    }
}

#[test]
fn a_function_starts_without_what_it_does_not_read() {
    let values = variables(&[("MFA_REQUIRED", "admins"), ("MAIL_FROM", "")]);
    let error = |process| Config::from_variables(process, &values).unwrap_err().to_string();
    assert!(error(Process::Api("auth")).starts_with("MFA_REQUIRED"), "it reads who needs a second factor");
    assert_eq!(error(Process::Worker("mailer")), "MAIL_FROM is not set");
    assert!(Config::from_variables(Process::Worker("scheduler"), &values).is_ok());
}
