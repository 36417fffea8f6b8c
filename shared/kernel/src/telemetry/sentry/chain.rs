//! An error and what caused it, as Sentry's exceptions.

use std::error::Error;
use std::fmt::{self, Write};
use std::iter::successors;

use sentry_core::parse_type_from_debug;
use sentry_core::protocol::Exception;

/// How many errors of a chain are reported, from the outermost.
const LONGEST: usize = 10;
/// How much of an error's `Debug` is read for its type, in bytes.
const TYPE: usize = 80;

/// The error and its sources in Sentry's order: the first cause first, what was logged last.
pub(super) fn exceptions(error: &(dyn Error + 'static)) -> Vec<Exception> {
    let chain = successors(Some(error), |error| Error::source(*error)).take(LONGEST);
    let mut exceptions: Vec<_> = chain.map(exception).collect();
    exceptions.reverse();
    exceptions
}

fn exception(error: &(dyn Error + 'static)) -> Exception {
    let value = error.to_string();
    Exception { ty: kind(error, &value), value: Some(value), ..Exception::default() }
}

/// The name of an error's type or variant, as its `Debug` begins with it. One whose `Debug` is its text has no name
/// there, and what is no name of Rust's may be anything.
fn kind(error: &(dyn Error + 'static), value: &str) -> String {
    let mut beginning = Beginning::default();
    // Cut off: an error of the SDK holds a whole answer.
    let _ = write!(beginning, "{error:?}");
    let name = parse_type_from_debug(&beginning.0);
    let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name && !value.starts_with(name) { name.to_owned() } else { "Error".to_owned() }
}

/// The beginning of a text; the rest is refused, which ends the writing.
#[derive(Default)]
struct Beginning(String);

impl Write for Beginning {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = TYPE.saturating_sub(self.0.len());
        self.0.extend(text.chars().take(room));
        if room == 0 { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error("the mail cannot be sent")]
        Sending(#[source] Inner),
    }

    #[derive(Debug, thiserror::Error)]
    #[error("the connection failed")]
    struct Inner {
        #[source]
        source: std::io::Error,
    }

    /// Says of itself only what it has to say.
    #[derive(thiserror::Error)]
    #[error("Ada is unknown")]
    struct Plain;

    impl fmt::Debug for Plain {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            fmt::Display::fmt(self, formatter)
        }
    }

    fn told(error: &(dyn Error + 'static)) -> Vec<(String, String)> {
        exceptions(error).into_iter().map(|exception| (exception.ty, exception.value.unwrap())).collect()
    }

    #[test]
    fn a_chain_is_told_from_its_first_cause_to_what_was_logged() {
        let source = std::io::Error::new(std::io::ErrorKind::BrokenPipe, "the pipe broke");
        let pair = |kind: &str, value: &str| (kind.to_owned(), value.to_owned());
        assert_eq!(
            told(&Outer::Sending(Inner { source })),
            [
                pair("Custom", "the pipe broke"),
                pair("Inner", "the connection failed"),
                pair("Sending", "the mail cannot be sent"),
            ]
        );
    }

    #[test]
    fn an_error_without_a_name_of_its_own_is_an_error() {
        let text: Box<dyn Error + Send + Sync> = "a handler panicked".into();
        assert_eq!(told(&*text), [("Error".to_owned(), "a handler panicked".to_owned())]);
        assert_eq!(told(&Plain), [("Error".to_owned(), "Ada is unknown".to_owned())]);
    }

    #[test]
    fn a_chain_without_an_end_is_cut() {
        #[derive(Debug, thiserror::Error)]
        #[error("again")]
        struct Again(#[source] Option<Box<Again>>);
        let long = (0..50).fold(Again(None), |inner, _| Again(Some(Box::new(inner))));
        assert_eq!(exceptions(&long).len(), LONGEST);
    }
}
