//! MaxMind's download service and the store that it sends people on to, as far as the product asks them.

use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use http_body_util::StreamBody;
use hyper::body::Frame;
use latchkey_kernel::outbound::Outbound;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::bucket::body;

/// The store's address of an archive: its own permission.
const STORE: &str = "https://store.test/archive?signature=permission";

/// What is published. Clones share it.
#[derive(Clone, Default)]
pub struct Downloads(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    archive: Vec<u8>,
    digest: String,
    account: String,
    location: Option<String>,
    break_after: Option<usize>,
    repeat: usize,
    status: Option<u16>,
    sent: Vec<Sent>,
}

/// A request that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// The host and what was asked of it.
    pub address: String,
    /// Whether the account was shown.
    pub authorized: bool,
}

impl Downloads {
    /// Publishes an archive with these files, for this account.
    pub fn publish(&self, files: &[(&str, &[u8])], account: &str) {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, path, *content).unwrap();
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&builder.into_inner().unwrap()).unwrap();
        self.publish_bytes(&encoder.finish().unwrap(), account);
    }

    /// Publishes these bytes as an archive.
    pub fn publish_bytes(&self, archive: &[u8], account: &str) {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, archive);
        let mut inner = self.0.lock().unwrap();
        inner.archive = archive.to_vec();
        inner.digest = digest.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        account.clone_into(&mut inner.account);
        inner.repeat = 1;
    }

    /// Publishes this in place of the digest.
    pub fn publish_digest(&self, digest: &str) {
        digest.clone_into(&mut self.0.lock().unwrap().digest);
    }

    /// The digest that is published.
    pub fn digest(&self) -> String {
        self.0.lock().unwrap().digest.clone()
    }

    /// Where people are sent on to, in place of the store.
    pub fn send_on_to(&self, location: &str) {
        self.0.lock().unwrap().location = Some(location.to_owned());
    }

    /// The store's connection breaks after so many bytes.
    pub fn break_after(&self, bytes: usize) {
        self.0.lock().unwrap().break_after = Some(bytes);
    }

    /// The store sends the archive so many times over.
    pub fn repeat(&self, times: usize) {
        self.0.lock().unwrap().repeat = times;
    }

    /// The service answers everything with this status.
    pub fn refuse(&self, status: u16) {
        self.0.lock().unwrap().status = Some(status);
    }

    /// The requests since the last time this was asked.
    pub fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.0.lock().unwrap().sent)
    }

    pub(crate) fn outbound(&self) -> Outbound {
        Outbound::over(SharedHttpConnector::new(self.clone()))
    }
}

impl Inner {
    fn answer(&mut self, request: &HttpRequest) -> Response<SdkBody> {
        let address = request.uri().to_owned();
        let shown = request.headers().get("authorization").map(str::to_owned);
        self.sent.push(Sent { address: address.clone(), authorized: shown.is_some() });
        if address == STORE {
            assert!(shown.is_none(), "the store would refuse a second permission");
            let content = if self.repeat > 1 {
                repeated(&self.archive, self.repeat)
            } else {
                body(&self.archive, self.break_after)
            };
            return Response::new(content);
        }
        if address.starts_with("https://elsewhere.test/") {
            return Response::builder().status(302).header("location", STORE).body(SdkBody::empty()).unwrap();
        }
        if let Some(status) = self.status {
            return Response::builder().status(status).body(SdkBody::empty()).unwrap();
        }
        let wanted = format!("Basic {}", STANDARD.encode(&self.account));
        let status = |status: u16| Response::builder().status(status);
        if shown != Some(wanted) {
            return status(401).body(SdkBody::from("Invalid license key")).unwrap();
        }
        let (_, file) = address.split_once("/geoip/databases/GeoLite2-City/download?suffix=").expect("a known file");
        match file {
            "tar.gz.sha256" => {
                let text = format!("{}  GeoLite2-City_20260227.tar.gz\n", self.digest);
                Response::new(SdkBody::from(text))
            }
            "tar.gz" => {
                let location = self.location.as_deref().unwrap_or(STORE);
                status(302).header("location", location).body(SdkBody::empty()).unwrap()
            }
            other => panic!("nothing is called {other}"),
        }
    }
}

/// Content that does not say how long it is.
fn repeated(content: &[u8], times: usize) -> SdkBody {
    let piece = Bytes::copy_from_slice(content);
    let pieces = std::iter::repeat_n(piece, times).map(|piece| Ok::<_, std::io::Error>(Frame::data(piece)));
    SdkBody::from_body_1_x(StreamBody::new(futures_util::stream::iter(pieces)))
}

impl fmt::Debug for Downloads {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Downloads")
    }
}

impl HttpConnector for Downloads {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let answer = self.0.lock().unwrap().answer(&request);
        let answer = HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None));
        HttpConnectorFuture::ready(answer)
    }
}

impl TestApp {
    /// The owner has this account with MaxMind.
    pub fn has_maxmind_account(&self, id: &str, key: &str) {
        let account: Value = json!({ "maxmind": { "account_id": id, "license_key": key } });
        self.vault.put("providers", &account);
    }
}
