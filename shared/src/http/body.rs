//! Reading bodies: JSON that is checked before it is believed.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Code, FieldError, Problem};

/// The most bytes a body may have.
pub const BODY_LIMIT: usize = 64 * 1024;

/// A JSON body, in and out.
///
/// In: 415 without `application/json`, 413 over [`BODY_LIMIT`], 400 when it is no JSON, 422 with a pointer when
/// it does not fit the type. Requests' types deny unknown fields, so nothing can be smuggled past them.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        if !is_content_type(request.headers(), "application/json") {
            return Err(Problem::new(Code::UnsupportedMediaType));
        }
        parse(&read(request).await?).map(Json)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => Problem::internal(error).into_response(),
        }
    }
}

/// Whether the body is declared as this media type, parameters aside.
pub fn is_content_type(headers: &HeaderMap, expected: &str) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    declared.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(expected))
}

/// Reads the whole body, up to [`BODY_LIMIT`].
pub async fn read(request: Request) -> Result<Bytes, Problem> {
    collect(request.into_body()).await
}

/// The same of a body alone.
pub(crate) async fn collect(body: Body) -> Result<Bytes, Problem> {
    match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::new(Code::BodyTooLarge)),
        Err(_) => Err(Problem::new(Code::MalformedBody)),
    }
}

/// A JSON body that may be left out: an empty one stands for `{}`.
#[derive(Debug)]
pub struct OptionalJson<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for OptionalJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let is_json = is_content_type(request.headers(), "application/json");
        let bytes = read(request).await?;
        match (bytes.is_empty(), is_json) {
            (true, _) => parse(b"{}").map(Self),
            (false, true) => parse(&bytes).map(Self),
            (false, false) => Err(Problem::new(Code::UnsupportedMediaType)),
        }
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // The parser would take a list for a structure, field by field; on the wire only objects are.
    if !matches!(bytes.trim_ascii_start().first(), Some(b'{') | None) {
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
        let wrong_type = FieldError::new("", "wrong_type", "The body must be an object.");
        return Err(if is_json {
            Problem::fields(Code::InvalidBody, vec![wrong_type])
        } else {
            Problem::new(Code::MalformedBody)
        });
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| refusal(&error))?;
    json.end().map_err(|_| Problem::new(Code::MalformedBody))?;
    Ok(value)
}

/// A syntax error is 400; a value that does not fit is 422, with a pointer to it. The parser's words are not
/// passed on: they may quote the body, and the body may hold a password.
fn refusal(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    if error.inner().classify() != serde_json::error::Category::Data {
        return Problem::new(Code::MalformedBody);
    }
    let text = error.inner().to_string();
    let pointer = pointer(error.path());
    let (code, detail) = if text.starts_with("missing field") {
        ("missing", quoted_name(&text).map_or_else(String::new, |name| format!("The field {name} is missing.")))
    } else if text.starts_with("unknown field") {
        ("unknown", "There is no such field.".to_owned())
    } else if text.starts_with("duplicate field") {
        ("duplicate", "The field stands twice.".to_owned())
    } else {
        ("wrong_type", "The value has the wrong type or form.".to_owned())
    };
    let pointer = match (code, quoted_name(&text)) {
        ("missing" | "duplicate", Some(name)) => format!("{}/{name}", pointer.trim_end_matches('/')),
        _ => pointer,
    };
    Problem::fields(Code::InvalidBody, vec![FieldError::new(&pointer, code, detail)])
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |pointer, segment| match segment {
        Segment::Map { key } => {
            let key: String = key.chars().take(64).collect();
            format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
        }
        Segment::Seq { index } => format!("{pointer}/{index}"),
        Segment::Enum { .. } | Segment::Unknown => pointer,
    })
}

/// The name of one of our own fields in the parser's words.
fn quoted_name(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only whether it parses matters here")]
    struct Body {
        email: String,
        tags: Option<Vec<u8>>,
    }

    fn code_and_pointer(body: &[u8]) -> String {
        let document = parse::<Body>(body).unwrap_err().document("");
        let pointer = document.errors.first().map(|error| format!(" {} {}", error.pointer, error.code));
        format!("{}{}", document.code, pointer.unwrap_or_default())
    }

    #[test]
    fn each_way_a_body_can_be_wrong_has_its_own_answer() {
        for (body, expected) in [
            (&b""[..], "malformed_body"),
            (b"{", "malformed_body"),
            (b"{\"email\":\"\xff\"}", "malformed_body"),
            (b"{\"email\":\"a\"} x", "malformed_body"),
            (b"[]", "invalid_body  wrong_type"),
            (b" [\"a\",null]", "invalid_body  wrong_type"),
            (b"null", "invalid_body  wrong_type"),
            (b"nul", "malformed_body"),
            (b"{}", "invalid_body /email missing"),
            (b"{\"email\":1}", "invalid_body /email wrong_type"),
            (b"{\"email\":\"a\",\"email\":\"b\"}", "invalid_body /email duplicate"),
            (b"{\"email\":\"a\",\"role\":\"admin\"}", "invalid_body /role unknown"),
            (b"{\"email\":\"a\",\"tags\":[1,300]}", "invalid_body /tags/1 wrong_type"),
        ] {
            assert_eq!(code_and_pointer(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn deep_nesting_is_refused_rather_than_followed() {
        let deep = format!("{{\"email\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000));
        assert!(
            code_and_pointer(deep.as_bytes()).starts_with("invalid_body")
                || code_and_pointer(deep.as_bytes()) == "malformed_body"
        );
    }

    #[test]
    fn an_answer_never_quotes_the_body() {
        let document = parse::<Body>(br#"{"email":["a secret"]}"#).unwrap_err().document("");
        assert!(!serde_json::to_string(&document).unwrap().contains("secret"));
    }
}
