//! What a caller gets back.

use flate2::read::GzDecoder;
use http::{HeaderMap, StatusCode, header};
use latchkey_local::gateway;
use serde_json::Value;

/// The answer to one request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text, unpacked if it came as gzip.
    pub text: String,
}

impl Answer {
    pub(crate) fn of(returned: &Value) -> Self {
        let answer = gateway::Answer::from_function(returned);
        let text = match answer.headers.get(header::CONTENT_ENCODING) {
            // The answer to HEAD tells of a body that it does not have.
            Some(_) if answer.body.is_empty() => String::new(),
            None => String::from_utf8(answer.body).unwrap(),
            Some(_) => std::io::read_to_string(GzDecoder::new(&*answer.body)).unwrap(),
        };
        Self { status: answer.status, headers: answer.headers, text }
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A string of the body.
    pub fn text_of(&self, field: &str) -> String {
        let json = self.json();
        json[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.text)).to_owned()
    }

    /// Status and, if it is a problem, its code: `409 username_taken`.
    pub fn summary(&self) -> String {
        match self.json()["code"].as_str() {
            Some(code) => format!("{} {code}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }

    /// The same with the first field error: `422 validation_failed /email invalid`.
    pub fn details(&self) -> String {
        let json = self.json();
        match (&json["errors"][0]["pointer"], &json["errors"][0]["code"]) {
            (Value::String(pointer), Value::String(code)) => format!("{} {pointer} {code}", self.summary()),
            _ => self.summary(),
        }
    }

    /// The body of a success; panics with the whole answer otherwise.
    pub fn success(self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }

    /// A header's value; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}
