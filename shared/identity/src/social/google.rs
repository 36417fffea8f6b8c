//! What is special of Google among the issuers.
//! <https://developers.google.com/identity/gsi/web/guides/verify-google-id-token>

use serde::Deserialize;

use super::ask::{ProviderError, ask, post_form};
use super::identity::Subject;
use super::provider::OurClient;
use latchkey_kernel::outbound::Outbound;

/// The issuer.
pub(super) const ISSUER: &str = "https://accounts.google.com";
/// The same, as some of its tokens name it.
pub(super) const OTHER_NAME: &str = "accounts.google.com";
/// Tells for whom an access token was made.
const TOKEN_INFO: &str = "https://oauth2.googleapis.com/tokeninfo";

/// Google's numbers come as texts.
#[derive(Deserialize)]
struct TokenInfo {
    aud: String,
    sub: Option<String>,
    expires_in: String,
}

/// Whether Google itself gives out the mailboxes of this domain: its own, and those of a Workspace, which it names in `hd`.
/// Of every other address it knows that it was its person's once, and not whose it is now.
pub(super) fn is_authority(domain: &str, hd: Option<&str>) -> bool {
    matches!(domain, "gmail.com" | "googlemail.com") || hd.is_some_and(|hd| !hd.is_empty())
}

/// Whom an access token is about, if it was made for us: 1 request, with the token in a header.
pub(super) async fn subject_of(outbound: &Outbound, client: &OurClient, token: &str) -> Result<Subject, ProviderError> {
    let request = post_form(TOKEN_INFO, &[], Some(&format!("Bearer {token}")))?;
    let info: TokenInfo = ask(outbound, request).await?.success()?;
    if !client.ids().contains(&info.aud.as_str()) {
        return Err(ProviderError::Refused("the access token is for another client"));
    }
    if info.expires_in.parse::<i64>().is_ok_and(|seconds| seconds > 0) {
        let subject = info.sub.as_deref().and_then(Subject::parse);
        return subject.ok_or(ProviderError::Distrusted("the subject says nothing"));
    }
    Err(ProviderError::Refused("the access token has expired"))
}
