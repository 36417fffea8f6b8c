//! Error codes: what callers branch on. Each domain has its own in its `codes.rs`, and a code that several answer with is
//! the lowest one's. `docs/generated/errors.md` is made from all of them.

use std::fmt;

use http::StatusCode;

use crate::telemetry::Metric;

/// A stable error code. Two are the same if they read the same to a caller, in the status and in the body.
#[derive(Clone, Copy)]
pub struct Code(&'static CodeShape);

/// What there is to say of a code. [`codes!`](crate::codes) writes it.
#[derive(Debug, Clone, Copy)]
pub struct CodeShape {
    /// The code as callers read it.
    pub slug: &'static str,
    /// The status it is answered with.
    pub status: StatusCode,
    /// A short summary, the same for every occurrence.
    pub title: &'static str,
    /// What it means and what a caller can do about it.
    pub meaning: &'static str,
    /// What counts the answers that have it.
    pub metric: Option<Metric>,
    /// The caller showed a credential that is good for nothing any more. Limits that the credential's user met are not
    /// told then: they would say something of the user to a thief.
    pub dead_credential: bool,
}

impl CodeShape {
    /// A code without words that nothing counts: where the others begin.
    pub const NONE: Self = Self {
        slug: "",
        status: StatusCode::INTERNAL_SERVER_ERROR,
        title: "",
        meaning: "",
        metric: None,
        dead_credential: false,
    };
}

impl Code {
    /// The code of this shape.
    pub const fn new(shape: &'static CodeShape) -> Self {
        Self(shape)
    }

    /// The code as callers read it.
    pub const fn slug(self) -> &'static str {
        self.0.slug
    }

    /// The status it is answered with.
    pub const fn status(self) -> StatusCode {
        self.0.status
    }

    /// A short summary, the same for every occurrence.
    pub const fn title(self) -> &'static str {
        self.0.title
    }

    /// What it means and what a caller can do about it.
    pub const fn meaning(self) -> &'static str {
        self.0.meaning
    }

    /// What counts the answers that have it.
    pub const fn metric(self) -> Option<Metric> {
        self.0.metric
    }

    /// Whether the caller showed a credential that is good for nothing any more.
    pub const fn is_dead_credential(self) -> bool {
        self.0.dead_credential
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        (self.slug(), self.status()) == (other.slug(), other.status())
    }
}

impl Eq for Code {}

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.status().as_u16(), self.slug())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Error codes as a `codes.rs` lists them, a [`Code`](crate::http::Code) each, and all of them as `CODES`. Fields of
/// [`CodeShape`](crate::http::CodeShape) that are not as in its `NONE` may follow the words.
///
/// ```
/// latchkey_kernel::codes! {
///     SHELF_FULL = "shelf_full", CONFLICT, "The shelf is full",
///         "A shelf holds a hundred books. Remove one first.";
/// }
///
/// assert_eq!(SHELF_FULL.status(), 409);
/// assert_eq!(CODES, [SHELF_FULL]);
/// ```
#[macro_export]
macro_rules! codes {
    ($(
        $name:ident = $slug:literal, $status:ident, $title:literal, $meaning:literal $(, $field:ident: $value:expr)*;
    )*) => {
        $(
            #[doc = $meaning]
            pub const $name: $crate::http::Code = $crate::http::Code::new(&$crate::http::CodeShape {
                slug: $slug,
                status: $crate::http::StatusCode::$status,
                title: $title,
                meaning: $meaning,
                $($field: $value,)*
                ..$crate::http::CodeShape::NONE
            });
        )*

        /// All of them.
        pub const CODES: &[$crate::http::Code] = &[$($name),*];
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_equal_when_callers_cannot_tell_them_apart() {
        const TAKEN: CodeShape = CodeShape { slug: "taken", status: StatusCode::CONFLICT, ..CodeShape::NONE };
        let code = Code::new(&TAKEN);
        assert_eq!(code, Code::new(&CodeShape { title: "It is taken", ..TAKEN }));
        assert_ne!(code, Code::new(&CodeShape { status: StatusCode::GONE, ..TAKEN }));
        assert_ne!(code, Code::new(&CodeShape { slug: "gone", ..TAKEN }));
        assert_eq!(code.to_string(), "409 taken");
    }
}
