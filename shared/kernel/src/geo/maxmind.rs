//! MaxMind's download service: what it publishes of GeoLite2 City, and its digest.
//! <https://dev.maxmind.com/geoip/updating-databases/#directly-downloading-databases>
//!
//! It asks for the account id and the licence key, and sends who has them on to a store of somebody else's, with an
//! address that is its own permission. The key must not go there with the request.

use std::fmt::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, LOCATION, USER_AGENT};
use http::{HeaderValue, Request, StatusCode, Uri};
use sha2::{Digest as _, Sha256};

use crate::config::PublicUrl;
use crate::outbound::{Outbound, OutboundError, Reply};
use crate::secret::MaxMindAccount;

/// The largest archive that is fetched, in bytes; that of 2026 has 35 million.
const LARGEST_ARCHIVE: usize = 100 * 1024 * 1024;
/// The digest, a blank and a file's name.
const LARGEST_DIGEST: usize = 1024;
/// How long an answer may take to begin, and how long to pause.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long an archive may take.
const WHOLE_PATIENCE: Duration = Duration::from_secs(50);

/// The download service.
#[derive(Clone)]
pub struct MaxMind {
    outbound: Outbound,
    address: PublicUrl,
}

/// Why nothing could be downloaded. Shows neither account nor key, nor an address that is a permission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// MaxMind does not know the account or its key.
    #[error("MaxMind refuses the account id or the licence key")]
    Refused,
    /// The account has downloaded too much today.
    #[error("MaxMind limits downloads; the account has used up today's")]
    TooMany,
    /// Another answer.
    #[error("the download was answered {0}")]
    Unexpected(StatusCode),
    /// It was sent on once more, or to nowhere.
    #[error("the download was sent on more than once, or to no address")]
    SentOn,
    /// It was sent on to an address without TLS.
    #[error("the download was sent on to an address without TLS")]
    Insecure,
    /// No answer, or too much of one.
    #[error("the download: {0}")]
    Outbound(#[from] OutboundError),
    /// The digest is none.
    #[error("the published digest is not a SHA-256")]
    NoDigest,
    /// The archive is not the one that was published.
    #[error("the archive does not have the published digest")]
    WrongDigest,
    /// The account or the key cannot be sent.
    #[error("the account id or the licence key has characters that it cannot have")]
    Malformed,
}

impl MaxMind {
    /// The service at this address.
    pub fn new(outbound: Outbound, address: PublicUrl) -> Self {
        Self { outbound, address }
    }

    /// The SHA-256 of the archive that is published now, in hexadecimal: 1 or 2 requests.
    pub async fn digest(&self, account: &MaxMindAccount) -> Result<String, DownloadError> {
        let reply = self.get("tar.gz.sha256", account).await?;
        let text = reply.read(LARGEST_DIGEST, PATIENCE).await?;
        let digest = text.split(u8::is_ascii_whitespace).next().and_then(|digest| str::from_utf8(digest).ok());
        let digest = digest.filter(|text| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digest.map(str::to_ascii_lowercase).ok_or(DownloadError::NoDigest)
    }

    /// The archive with this digest: 1 or 2 requests.
    pub async fn archive(&self, account: &MaxMindAccount, digest: &str) -> Result<Vec<u8>, DownloadError> {
        let receive = async {
            let mut reply = self.get("tar.gz", account).await?;
            let (mut archive, mut hash) = (Vec::new(), Sha256::new());
            while let Some(piece) = reply.next(PATIENCE).await? {
                if archive.len() + piece.len() > LARGEST_ARCHIVE {
                    return Err(OutboundError::TooLarge(LARGEST_ARCHIVE).into());
                }
                hash.update(&piece);
                archive.extend_from_slice(&piece);
            }
            if hexadecimal(&hash.finalize()) == digest { Ok(archive) } else { Err(DownloadError::WrongDigest) }
        };
        tokio::time::timeout(WHOLE_PATIENCE, receive).await.map_err(|_| OutboundError::TimedOut)?
    }

    /// Asks for a file, and follows one redirect without the credentials.
    async fn get(&self, suffix: &str, account: &MaxMindAccount) -> Result<Reply, DownloadError> {
        let address = format!("{}/geoip/databases/GeoLite2-City/download?suffix={suffix}", self.address);
        let first = request(&address, Some(authorization(account)?))?;
        let reply = self.outbound.send(first, PATIENCE).await?;
        let reply = if reply.status.is_redirection() {
            let location = reply.header(&LOCATION).ok_or(DownloadError::SentOn)?;
            let location: Uri = location.parse().map_err(|_| DownloadError::SentOn)?;
            // Who is sent on by TLS goes on by TLS, and never to a port of this machine.
            if location.scheme_str() != Some("https") && self.address.scheme() == "https" {
                return Err(DownloadError::Insecure);
            }
            self.outbound.send(request(&location.to_string(), None)?, PATIENCE).await?
        } else {
            reply
        };
        match reply.status {
            StatusCode::OK => Ok(reply),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Err(DownloadError::Refused),
            StatusCode::TOO_MANY_REQUESTS => Err(DownloadError::TooMany),
            status if status.is_redirection() => Err(DownloadError::SentOn),
            status => Err(DownloadError::Unexpected(status)),
        }
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn request(address: &str, authorization: Option<HeaderValue>) -> Result<Request<Bytes>, DownloadError> {
    let mut request = Request::get(address).header(USER_AGENT, concat!("latchkey/", env!("CARGO_PKG_VERSION")));
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    request.body(Bytes::new()).map_err(|_| DownloadError::SentOn)
}

/// Basic authentication (RFC 7617).
fn authorization(account: &MaxMindAccount) -> Result<HeaderValue, DownloadError> {
    let pair = STANDARD.encode(account.user_and_password().as_bytes());
    let mut value = HeaderValue::try_from(format!("Basic {pair}")).map_err(|_| DownloadError::Malformed)?;
    value.set_sensitive(true);
    Ok(value)
}
