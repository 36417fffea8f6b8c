//! A GitHub on this machine, where everybody allows what is asked for: what signing in by a provider costs is measured
//! without the provider.

use std::path::Path;

use http::{Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::{Bytes, Incoming};
use serde_json::{Value, json};

use crate::Failure;
use crate::http::{Server, Whole};

/// The page that people are led back to.
pub(crate) const PAGE: &str = "https://app.example.com/welcome";
/// The token of somebody who comes by it.
pub(crate) const COMES_BY_IT: &str = "token-1";
/// The token of somebody who connects it.
pub(crate) const CONNECTS_IT: &str = "token-2";

/// The token of somebody who comes by it and has no address there.
pub(crate) const HAS_NO_ADDRESS: &str = "token-3";

/// Starts it, and makes it the owner's provider.
pub(crate) async fn start(folder: &Path) -> Result<Server, Failure> {
    let server = Server::start(answer).await?;
    let url = format!("http://{}", server.address);
    let client = json!({ "client_id": "bench", "client_secret": "bench", "url": url, "api_url": url });
    std::fs::write(folder.join("secrets/providers.json"), json!({ "github": client }).to_string())?;
    Ok(server)
}

async fn answer(request: Request<Incoming>) -> Response<Whole> {
    let (head, body) = request.into_parts();
    let shown = head.headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let checked = body.get("access_token").and_then(Value::as_str);
    let token = checked.unwrap_or(&shown);
    let person = [CONNECTS_IT, HAS_NO_ADDRESS].iter().zip(2..).find(|(known, _)| token.ends_with(*known));
    let person = person.map_or(1, |(_, person)| person);
    let told = match head.uri.path() {
        "/login/oauth/access_token" => json!({ "access_token": COMES_BY_IT, "token_type": "bearer" }),
        "/user" => json!({ "id": person, "login": format!("person{person}"), "name": "Ada Lovelace" }),
        "/user/emails" if person == 3 => json!([]),
        "/user/emails" => {
            json!([{ "email": format!("github{person}@example.com"), "primary": true, "verified": true }])
        }
        _ => json!({ "app": { "client_id": "bench" }, "user": { "id": person } }),
    };
    Response::new(Whole::from(Bytes::from(told.to_string())))
}
