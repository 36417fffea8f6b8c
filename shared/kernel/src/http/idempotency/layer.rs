//! What stands before the handler of a route that takes `Idempotency-Key`s, or refuses them.

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use serde::{Deserialize, Serialize};

use super::caller::Caller;
use super::record::{self, Claim, Record};
use crate::http::client::Client;
use crate::http::codes::{IDEMPOTENCY_KEY_INVALID, IDEMPOTENCY_KEY_REFUSED, IDEMPOTENCY_KEY_REUSED};
use crate::http::{Problem, body, layers, rate};
use crate::kernel::{Application, Kernel};
use crate::secret::{Sealed, Sealer};

/// The most characters of a key.
pub(super) const LONGEST: usize = 255;
/// The most bytes of an answer that is kept; an item holds 400 KB.
const LARGEST: usize = 128 * 1024;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// The headers of an answer that are its handler's. All others are the same for every answer, or name the request.
const KEPT: [HeaderName; 2] = [header::CONTENT_TYPE, header::LOCATION];

/// An answer, as it is sealed and told again.
#[derive(Serialize, Deserialize)]
struct KeptAnswer {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// A request with a key to a route whose answer must not be kept.
pub(super) async fn refuse(request: Request, next: Next) -> Result<Response, Problem> {
    if request.method() == Method::POST && request.headers().contains_key(IDEMPOTENCY_KEY) {
        return Err(Problem::new(IDEMPOTENCY_KEY_REFUSED));
    }
    Ok(next.run(request).await)
}

/// Answers a request with a key once. Besides what the handler costs: 1 `UpdateItem` before and 1 after it, or 1
/// alone and 1 limiter update if it is answered already; and 1 `BatchGetItem` of who is signed in, which the handler need not do again.
pub(super) async fn accept<S: Application, C: Caller<S>>(request: Request, next: Next) -> Result<Response, Problem> {
    if request.method() != Method::POST {
        return Ok(next.run(request).await);
    }
    let Some(key) = key_of(request.headers())? else { return Ok(next.run(request).await) };
    let (mut parts, body) = request.into_parts();
    let application = parts.extensions.get::<S>().cloned().ok_or_else(|| Problem::internal("no application"))?;
    let kernel = application.kernel();
    let client = Client::from_request_parts(&mut parts, &()).await?;
    let caller = C::identify(&mut parts, &client, &application).await?;
    let body = body::collect(body).await?;
    let (sealer, macs) = (kernel.sealer().await?, kernel.macs().await?);
    let path = parts.uri.path();
    let content = [parts.uri.query().unwrap_or_default().as_bytes(), &body];
    let record = Record::new(kernel, &macs, &[caller.as_bytes(), path.as_bytes(), key.as_bytes()], &content);

    let claim = record::claim(&kernel.store, &record, client.now).await?;
    // What is not done is counted by nobody else.
    if !matches!(claim, Claim::Ours) {
        rate::admit_visit(kernel, &client).await?;
    }
    match claim {
        Claim::Ours => {}
        Claim::Held => return Err(Problem::in_progress()),
        Claim::OfAnotherBody => return Err(Problem::new(IDEMPOTENCY_KEY_REUSED)),
        Claim::Answered(answer) => {
            let plain = sealer.open(&answer, record.holder()).map_err(Problem::internal)?;
            return replay(serde_json::from_slice(&plain).map_err(Problem::internal)?);
        }
    }
    let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (answer, kept) = copy(answer, &client.request_id).await?;
    let noted = match kept {
        Some(kept) => record::keep(kernel, &record, &seal(kernel, &sealer, &record, &kept)?).await,
        None => record::release(&kernel.store, &record, client.now).await,
    };
    // The act is done, and its answer must not be lost for this: the lease runs out by itself.
    if let Err(error) = noted {
        tracing::warn!(%error, "an answer was not noted under its idempotency key");
    }
    Ok(answer)
}

/// The key: 1 to 255 visible ASCII characters, once.
fn key_of(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let bytes = value.as_bytes();
    let is_key = (1..=LONGEST).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
    let key = value.to_str().ok().filter(|_| is_key && values.next().is_none());
    key.map(|key| Some(key.to_owned())).ok_or_else(|| Problem::new(IDEMPOTENCY_KEY_INVALID))
}

/// Whether an answer with this status is the one for the key's whole day.
fn is_final(status: StatusCode) -> bool {
    let passing = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::TOO_MANY_REQUESTS];
    !status.is_server_error() && !passing.contains(&status)
}

/// The answer, and what of it is kept, if anything. A problem has no body yet, so it is written here already; the
/// outer layer will write the same.
async fn copy(mut answer: Response, request_id: &str) -> Result<(Response, Option<KeptAnswer>), Problem> {
    if !is_final(answer.status()) {
        return Ok((answer, None));
    }
    if let Some(problem) = answer.extensions().get::<Problem>().cloned() {
        layers::write_problem(&mut answer, &problem, request_id);
    }
    let (parts, body) = answer.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.map_err(Problem::internal)?;
    let header = |name: &HeaderName| Some((name.to_string(), parts.headers.get(name)?.to_str().ok()?.to_owned()));
    let text = std::str::from_utf8(&body).ok().filter(|text| text.len() <= LARGEST);
    let kept = text.map(|text| KeptAnswer {
        status: parts.status.as_u16(),
        headers: KEPT.iter().filter_map(header).collect(),
        body: text.to_owned(),
    });
    Ok((Response::from_parts(parts, Body::from(body)), kept))
}

fn seal(kernel: &Kernel, sealer: &Sealer, record: &Record, kept: &KeptAnswer) -> Result<Sealed, Problem> {
    let plain = zeroize::Zeroizing::new(serde_json::to_vec(kept).map_err(Problem::internal)?);
    Ok(sealer.seal(&plain, record.holder(), &kernel.entropy))
}

fn replay(kept: KeptAnswer) -> Result<Response, Problem> {
    let mut answer = StatusCode::from_u16(kept.status).map_err(Problem::internal)?.into_response();
    for (name, value) in kept.headers {
        let name = HeaderName::try_from(name).map_err(Problem::internal)?;
        answer.headers_mut().insert(name, HeaderValue::try_from(value).map_err(Problem::internal)?);
    }
    answer.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    *answer.body_mut() = Body::from(kept.body);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&[u8]]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(IDEMPOTENCY_KEY, HeaderValue::from_bytes(value).unwrap());
        }
        key_of(&headers).unwrap_or_else(|problem| Some(problem.code().slug().to_owned()))
    }

    #[test]
    fn a_key_is_up_to_255_visible_characters_and_stands_once() {
        assert_eq!(key(&[]), None);
        let longest = "k".repeat(255);
        for good in ["1", "8e03978e-40d5-43e8-bc93-6894a57f9324", "\"quoted\"", &longest] {
            assert_eq!(key(&[good.as_bytes()]).as_deref(), Some(good));
        }
        for wrong in [&b""[..], b"a b", b"a\tb", "k\u{e9}".as_bytes(), &[b'k'; 256]] {
            assert_eq!(key(&[wrong]).as_deref(), Some("idempotency_key_invalid"));
        }
        assert_eq!(key(&[b"one", b"two"]).as_deref(), Some("idempotency_key_invalid"));
    }

    #[test]
    fn only_what_would_not_change_by_itself_is_kept() {
        for (status, kept) in [(202, true), (204, true), (400, true), (404, true), (409, true), (422, true)] {
            assert_eq!(is_final(StatusCode::from_u16(status).unwrap()), kept, "{status}");
        }
        for status in [401, 403, 429, 500, 503] {
            assert!(!is_final(StatusCode::from_u16(status).unwrap()), "{status}");
        }
    }
}
