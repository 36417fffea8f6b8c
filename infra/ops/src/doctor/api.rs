//! Whether the API answers, as itself.

use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use latchkey_identity::app::SecretName;
use latchkey_identity::sessions::KeySet;
use serde_json::Value;

use super::{Finding, broken, good, notice};
use crate::Failure;
use crate::deployment::Deployment;

/// More than any document of ours.
const LONGEST_ANSWER: usize = 1 << 20;
/// A function that starts and reads its secrets takes less.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(20);

pub(super) async fn examine(deployment: &Deployment) -> Vec<Finding> {
    let own = deployment.config.public_url.to_string();
    let ready = match get(&format!("{own}/api/health/ready")).await {
        Ok((200, _)) => good(format!("{own} answers and reaches the tables")),
        Ok((status, _)) => {
            broken(format!("{own}/api/health/ready answers {status}; the log of the function auth says why"))
        }
        Err(error) => return vec![broken(format!("{own} does not answer: {error}; does its DNS point to the API?"))],
    };
    vec![ready, issuer(&own).await, keys(deployment, &own).await]
}

async fn issuer(own: &str) -> Finding {
    match get(&format!("{own}/.well-known/openid-configuration")).await {
        Ok((200, document)) => match document.get("issuer").and_then(Value::as_str) {
            Some(issuer) if issuer == own => good("the discovery document names this address as issuer"),
            other => broken(format!(
                "tokens are issued by {}, not by {own}; set DomainName or PublicUrl and deploy again",
                other.unwrap_or("nobody")
            )),
        },
        Ok((status, _)) => broken(format!("the discovery document answers {status}")),
        Err(error) => broken(format!("the discovery document does not answer: {error}")),
    }
}

async fn keys(deployment: &Deployment, own: &str) -> Finding {
    let Ok(verifying) = deployment.secrets.read_json::<KeySet>(SecretName::Verifying.name()).await else {
        return notice("the published keys were not compared: their secret cannot be read");
    };
    match get(&format!("{own}/.well-known/jwks.json")).await {
        Ok((200, document))
            if serde_json::from_value::<KeySet>(document.clone()).is_ok_and(|keys| keys == verifying) =>
        {
            good("the published keys are those of the secret")
        }
        Ok((200, _)) => notice("the published keys are older than the secret; environments follow within five minutes"),
        Ok((status, _)) => broken(format!("the published keys answer {status}")),
        Err(error) => broken(format!("the published keys do not answer: {error}")),
    }
}

async fn get(url: &str) -> Result<(u16, Value), Failure> {
    let connector =
        hyper_rustls::HttpsConnectorBuilder::new().with_native_roots()?.https_or_http().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).build(connector);
    let request = http::Request::get(url).body(Empty::<hyper::body::Bytes>::new())?;
    let answer = tokio::time::timeout(PATIENCE, client.request(request)).await??;
    let status = answer.status().as_u16();
    let body = Limited::new(answer.into_body(), LONGEST_ANSWER).collect().await?.to_bytes();
    Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
}
