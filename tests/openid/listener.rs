//! GitHub and Facebook on a socket of this machine: the harness's providers behind a server that listens, asked over the
//! product's own client. The first part of a path names the host that it stands for.

use std::convert::Infallible;
use std::net::SocketAddr;

use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use latchkey_tests::{Asked, CLIENT_ID, CLIENT_SECRET, Play, TestApp};
use serde_json::json;
use tokio::net::TcpListener;

/// Lets the application's providers listen, and tells the application where.
pub(crate) async fn listen(app: &TestApp) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(serve(listener, app.providers.clone()));
    let client = |host: &str, api_host: &str| {
        json!({
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "url": base(address, host),
            "api_url": base(address, api_host),
        })
    };
    let github = client("github.com", "api.github.com");
    let facebook = client("www.facebook.com", "graph.facebook.com");
    app.vault.put("providers", &json!({ "github": github, "facebook": facebook }));
}

fn base(address: SocketAddr, host: &str) -> String {
    format!("http://localhost:{}/{host}", address.port())
}

async fn serve(listener: TcpListener, play: Play) {
    while let Ok((stream, _)) = listener.accept().await {
        let play = play.clone();
        let service = service_fn(move |request| answer(play.clone(), request));
        tokio::spawn(async move {
            // A client that has read enough leaves in the middle of an answer.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(play: Play, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let target = head.uri.path_and_query().unwrap().as_str();
    let asked = Asked {
        method: head.method.to_string(),
        address: format!("https:/{target}"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    match play.ask(&asked, &headers.collect()) {
        Some(answer) => {
            let (head, body) = answer.into_parts();
            Ok(Response::from_parts(head, Full::from(body.bytes().unwrap_or_default().to_vec())))
        }
        None => std::future::pending().await,
    }
}
