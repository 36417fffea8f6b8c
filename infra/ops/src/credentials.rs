//! Which credentials a command uses. They are looked for before anything is asked, so that an operator who has none, or
//! whose sign-in has expired, reads which command to run and not what the SDK makes of it.

use std::error::Error;

use aws_config::profile::{Profile, ProfileSet};
use aws_config::{SdkConfig, profile};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

use crate::Failure;

/// How many profiles may take a role by one another.
const LONGEST_CHAIN: usize = 5;

/// What an operator has to do where there are no credentials that AWS takes.
#[derive(Debug, PartialEq, Eq)]
enum Remedy {
    /// Sign in to IAM Identity Center for this profile.
    SsoLogin(String),
    /// Sign in to the console for this profile.
    Login(String),
    /// Mend the program that this profile names.
    Process(String),
    /// Name another profile: there is none of this name.
    NoProfile(String),
    /// Mend the file of profiles.
    Unreadable(String),
    /// Replace the keys in the environment.
    Environment,
    /// Say where credentials are.
    Anywhere,
}

/// The same configuration with credentials that were found. A command takes seconds, so what was found serves all of
/// it, and a program that a profile names runs once.
pub(crate) async fn found(aws: SdkConfig) -> Result<SdkConfig, Failure> {
    let Some(provider) = aws.credentials_provider() else { return Err(Remedy::Anywhere.to_string().into()) };
    match provider.provide_credentials().await {
        Ok(credentials) => Ok(with(aws, credentials)),
        // What each provider of the chain did not find says no more than the remedy.
        Err(CredentialsError::CredentialsNotLoaded(_)) => {
            Err(format!("there are no credentials: {}", remedy().await).into())
        }
        Err(error) => Err(format!("there are no credentials: {}\n  ({})", remedy().await, causes(&error)).into()),
    }
}

fn with(aws: SdkConfig, credentials: Credentials) -> SdkConfig {
    aws.into_builder().credentials_provider(SharedCredentialsProvider::new(credentials)).build()
}

/// What to do where AWS refuses the credentials themselves; none where its code means anything else.
pub(crate) async fn refused(code: Option<&str>) -> Option<String> {
    let what = match code? {
        "ExpiredToken" | "ExpiredTokenException" | "RequestExpired" => "the credentials have expired",
        "InvalidClientTokenId" | "UnrecognizedClientException" | "SignatureDoesNotMatch" => {
            "AWS does not know these credentials"
        }
        _ => return None,
    };
    Some(format!("{what}: {}", remedy().await))
}

/// An error with all that caused it, on one line, each said once.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let mut all: Vec<_> =
        std::iter::successors(Some(error), |error| (*error).source()).map(ToString::to_string).collect();
    all.dedup();
    all.join(": ").trim_end().replace('\n', " ")
}

async fn remedy() -> Remedy {
    let env = Env::real();
    // The SDK takes these before any profile.
    if env.get("AWS_ACCESS_KEY_ID").is_ok_and(|id| !id.is_empty()) {
        return Remedy::Environment;
    }
    match profile::load(&Fs::real(), &env, &EnvConfigFiles::default(), None).await {
        Ok(profiles) => of_profile(&profiles, env.get("AWS_PROFILE").is_ok()),
        Err(error) => Remedy::Unreadable(causes(&error)),
    }
}

/// What the selected profile needs, or the one whose credentials it takes its role with.
fn of_profile(profiles: &ProfileSet, is_named: bool) -> Remedy {
    let mut name = profiles.selected_profile();
    for _ in 0..LONGEST_CHAIN {
        let Some(profile) = profiles.get_profile(name) else {
            return if is_named { Remedy::NoProfile(name.to_owned()) } else { Remedy::Anywhere };
        };
        match profile.get("source_profile") {
            Some(source) if source != name => name = source,
            _ => return of_source(profile),
        }
    }
    Remedy::Anywhere
}

fn of_source(profile: &Profile) -> Remedy {
    let name = profile.name().to_owned();
    let has = |property| profile.get(property).is_some();
    if has("sso_session") || has("sso_start_url") {
        Remedy::SsoLogin(name)
    } else if has("login_session") {
        Remedy::Login(name)
    } else if has("credential_process") {
        Remedy::Process(name)
    } else {
        Remedy::Anywhere
    }
}

impl std::fmt::Display for Remedy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SsoLogin(profile) => write!(formatter, "sign in with `aws sso login --profile {profile}`"),
            Self::Login(profile) => write!(formatter, "sign in with `aws login --profile {profile}`"),
            Self::Process(profile) => {
                write!(formatter, "the program in credential_process of the profile {profile} gave none")
            }
            Self::NoProfile(profile) => write!(
                formatter,
                "there is no profile {profile}; `aws configure list-profiles` lists those that there are"
            ),
            Self::Unreadable(cause) => write!(formatter, "the file of profiles cannot be read: {cause}"),
            Self::Environment => formatter.write_str(
                "renew AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or unset them to use a profile",
            ),
            Self::Anywhere => formatter.write_str(
                "name a profile in AWS_PROFILE and sign in with `aws sso login` or `aws login`, or set \
                 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILES: &str = "
        [default]
        region = eu-central-1
        [profile sso]
        sso_session = acme
        [profile legacy]
        sso_start_url = https://acme.awsapps.com/start
        [profile console]
        login_session = arn:aws:iam::123456789012:user/Ada
        [profile vault]
        credential_process = vault get
        [profile admin]
        role_arn = arn:aws:iam::123456789012:role/Admin
        source_profile = sso
        [profile circle]
        source_profile = circle
        [profile orphan]
        source_profile = nowhere
        [sso-session acme]
        sso_start_url = https://acme.awsapps.com/start
    ";

    /// The remedy where this profile is selected.
    async fn of(profile: Option<&str>) -> Remedy {
        let lines: Vec<_> = PROFILES.lines().map(str::trim).collect();
        let fs = Fs::from_slice(&[("/config", &lines.join("\n"))]);
        let mut variables = vec![("AWS_CONFIG_FILE", "/config"), ("HOME", "/home")];
        variables.extend(profile.map(|profile| ("AWS_PROFILE", profile)));
        let env = Env::from_slice(&variables);
        let profiles = profile::load(&fs, &env, &EnvConfigFiles::default(), None).await.unwrap();
        of_profile(&profiles, profile.is_some())
    }

    #[tokio::test]
    async fn the_remedy_is_that_of_the_profile_in_use() {
        assert_eq!(of(Some("sso")).await, Remedy::SsoLogin("sso".to_owned()));
        assert_eq!(of(Some("legacy")).await, Remedy::SsoLogin("legacy".to_owned()));
        assert_eq!(of(Some("console")).await, Remedy::Login("console".to_owned()));
        assert_eq!(of(Some("vault")).await, Remedy::Process("vault".to_owned()));
        // A role is taken with the credentials of another profile, and that is the one to sign in for.
        assert_eq!(of(Some("admin")).await, Remedy::SsoLogin("sso".to_owned()));
        assert_eq!(of(Some("nobody")).await, Remedy::NoProfile("nobody".to_owned()));
        assert_eq!(of(Some("orphan")).await, Remedy::NoProfile("nowhere".to_owned()));
        assert_eq!(of(Some("circle")).await, Remedy::Anywhere);
        assert_eq!(of(None).await, Remedy::Anywhere);
    }
}
