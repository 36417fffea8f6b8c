//! Reading bodies: JSON that is checked before it is believed.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::lenient::{Object, SecondLook, look_again};
use super::{FieldError, Problem};
use crate::http::codes::{BODY_TOO_LARGE, INVALID_BODY, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE};

type Refused = serde_path_to_error::Error<serde_json::Error>;

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
            return Err(Problem::new(UNSUPPORTED_MEDIA_TYPE));
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
        Err(error) if error.is::<LengthLimitError>() => Err(Problem::new(BODY_TOO_LARGE)),
        Err(_) => Err(Problem::new(MALFORMED_BODY)),
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
            (false, false) => Err(Problem::new(UNSUPPORTED_MEDIA_TYPE)),
        }
    }
}

/// Some programs begin every text with it, though JSON is sent without (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    // The parser would take a list for a structure, field by field; on the wire only objects are.
    if !matches!(bytes.trim_ascii_start().first(), Some(b'{') | None) {
        let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok();
        let wrong_type = FieldError::new("", "wrong_type", "The body must be an object.");
        return Err(if is_json {
            Problem::fields(INVALID_BODY, vec![wrong_type])
        } else {
            Problem::new(MALFORMED_BODY)
        });
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    match serde_path_to_error::deserialize(&mut json) {
        Ok(value) => {
            json.end().map_err(|_| Problem::new(MALFORMED_BODY))?;
            Ok(value)
        }
        Err(error) => look_again_at(bytes, &error),
    }
}

/// A body whose values do not fit: without its nulls they may, and if not, all that is missing is told at once. A field
/// that stands twice, or a text that goes on after the object, is refused as it was.
fn look_again_at<T: DeserializeOwned>(bytes: &[u8], error: &Refused) -> Result<T, Problem> {
    let malformed = || Problem::new(MALFORMED_BODY);
    let invalid = |errors| Problem::fields(INVALID_BODY, errors);
    // A syntax error is 400. The parser also calls it one where null stands for a word of a list.
    let is_json = error.inner().classify() == Category::Data;
    let object: Object<'_> = serde_json::from_slice(bytes).map_err(|_| malformed())?;
    if object.repeats() {
        return Err(if is_json { invalid(vec![refusal(error)]) } else { malformed() });
    }
    match look_again(object) {
        SecondLook::Fits(value) => Ok(value),
        SecondLook::Wrong(missing, _) if missing.is_empty() && !is_json => Err(malformed()),
        SecondLook::Wrong(missing, other) => {
            let mut errors: Vec<_> = missing.iter().map(|name| missing_field("", name)).collect();
            errors.extend(other.as_ref().map(refusal));
            Err(invalid(errors))
        }
    }
}

fn missing_field(at: &str, name: &str) -> FieldError {
    FieldError::new(&format!("{at}/{name}"), "missing", format!("The field {name} is missing."))
}

/// A value that does not fit is 422, with a pointer to it. The parser's words are not passed on: they may quote the
/// body, and the body may hold a password.
fn refusal(error: &Refused) -> FieldError {
    let text = error.inner().to_string();
    let pointer = pointer(error.path());
    let at = pointer.trim_end_matches('/');
    match (text.split_once(' '), quoted_name(&text)) {
        (Some(("missing", _)), Some(name)) => missing_field(at, name),
        (Some(("duplicate", _)), Some(name)) => {
            FieldError::new(&format!("{at}/{name}"), "duplicate", "The field stands twice.")
        }
        (Some(("unknown", _)), _) if text.starts_with("unknown field") => {
            FieldError::new(&pointer, "unknown", "There is no such field.")
        }
        _ => FieldError::new(&pointer, "wrong_type", "The value has the wrong type or form."),
    }
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
    use crate::http::Change;

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
            (b"{\"email\":null}", "invalid_body /email missing"),
            (b"{\"email\":\"a\",\"email\":null}", "invalid_body /email duplicate"),
            (b"{\"email\":null,\"email\":\"a\"}", "invalid_body /email wrong_type"),
            (b"{\"email\":1} x", "malformed_body"),
        ] {
            assert_eq!(code_and_pointer(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Form {
        name: String,
        password: String,
        kind: Kind,
        inner: Inner,
        numbers: Vec<u32>,
        #[serde(default)]
        cookie: bool,
        #[serde(default = "yes")]
        remember: bool,
        #[serde(default)]
        phone: Change<String>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "UPPERCASE")]
    enum Kind {
        Export,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Inner {
        id: String,
    }

    fn yes() -> bool {
        true
    }

    #[test]
    fn null_is_a_field_left_out_and_what_it_clears_is_cleared() {
        let whole = r#""name":"a","password":"b","kind":"EXPORT","inner":{"id":"c"},"numbers":[1]"#;
        let read = |more: &str| parse::<Form>(format!("{{{whole}{more}}}").as_bytes()).unwrap();
        let form = read(r#","cookie":null,"remember":null,"phone":null"#);
        assert_eq!((form.cookie, form.remember, form.phone), (false, true, Change::Clear));
        assert_eq!(read(r#","cookie":null"#), read(""));
        assert_eq!(parse::<Form>(format!("\u{feff}{{{whole}}}").as_bytes()).unwrap(), read(""));
    }

    #[test]
    fn everything_that_is_missing_is_told_at_once_beside_what_does_not_fit() {
        let told = |body: &str| {
            let document = parse::<Form>(body.as_bytes()).unwrap_err().document("");
            document.errors.iter().map(|error| format!("{} {}", error.pointer, error.code)).collect::<Vec<_>>()
        };
        let all = ["/name missing", "/password missing", "/kind missing", "/inner missing", "/numbers missing"];
        assert_eq!(told("{}"), all);
        assert_eq!(told(r#"{"password":null,"cookie":null}"#), all);
        assert_eq!(told(r#"{"name":"a","kind":"EXPORT","numbers":[]}"#), ["/password missing", "/inner missing"]);
        assert_eq!(told(r#"{"name":"a","kind":"x"}"#).last().unwrap(), "/kind wrong_type");
        let nested = r#"{"name":"a","password":"b","kind":"EXPORT","inner":{},"numbers":[]}"#;
        assert_eq!(told(nested), ["/inner/id missing"]);
    }

    #[test]
    fn deep_nesting_is_refused_rather_than_followed() {
        // The first bracket stands where it cannot, or in a field that there is not: nothing reads the second.
        let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
        for (body, expected) in [
            (format!("{{\"email\":{deep}}}"), "invalid_body /email wrong_type"),
            (format!("{{\"x\":{deep}}}"), "invalid_body /x unknown"),
            (deep, "invalid_body  wrong_type"),
        ] {
            assert_eq!(code_and_pointer(body.as_bytes()), expected, "{}", &body[..12]);
        }
    }

    #[test]
    fn an_answer_never_quotes_the_body() {
        let document = parse::<Body>(br#"{"email":["a secret"]}"#).unwrap_err().document("");
        assert!(!serde_json::to_string(&document).unwrap().contains("secret"));
    }
}
