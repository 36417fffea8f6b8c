//! The providers of the tests on a socket of this machine: what signing in by one costs is measured without it.
//!
//! The first part of a path names the host that it stands for.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use latchkey_tests::{Asked, CLIENT_ID, CLIENT_SECRET, Play};
use serde_json::json;

use crate::Failure;
use crate::http::{Server, Whole};

/// A server that answers as the providers of one application.
pub(crate) struct Providers {
    play: Arc<Mutex<Option<Play>>>,
    _server: Server,
}

impl Providers {
    /// Starts it, and makes its providers the operator's.
    pub(crate) async fn start(folder: &Path) -> Result<Self, Failure> {
        let play: Arc<Mutex<Option<Play>>> = Arc::default();
        let answering = Arc::clone(&play);
        let server = Server::start(move |request| {
            let play = answering.lock().unwrap_or_else(PoisonError::into_inner).clone();
            answer(play, request)
        })
        .await?;
        let client = |host: &str, api_host: &str| {
            let base = format!("http://{}", server.address);
            json!({
                "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET,
                "url": format!("{base}/{host}"), "api_url": format!("{base}/{api_host}"),
            })
        };
        let (github, facebook) =
            (client("github.com", "api.github.com"), client("www.facebook.com", "graph.facebook.com"));
        let secret = json!({ "github": github, "facebook": facebook });
        std::fs::write(folder.join("secrets/providers.json"), secret.to_string())?;
        Ok(Self { play, _server: server })
    }

    /// From now on the providers of another application answer.
    pub(crate) fn stand_in_for(&self, play: &Play) {
        *self.play.lock().unwrap_or_else(PoisonError::into_inner) = Some(play.clone());
    }
}

async fn answer(play: Option<Play>, request: Request<Incoming>) -> Response<Whole> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let target = head.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let asked = Asked {
        method: head.method.to_string(),
        address: format!("https:/{target}"),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let headers =
        head.headers.iter().filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    let Some(answer) = play.and_then(|play| play.ask(&asked, &headers.collect())) else {
        let mut nothing = Response::new(Whole::default());
        *nothing.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return nothing;
    };
    let (head, body) = answer.into_parts();
    Response::from_parts(head, Whole::from(Bytes::copy_from_slice(body.bytes().unwrap_or_default())))
}
