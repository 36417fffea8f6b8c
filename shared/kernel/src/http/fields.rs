//! Turning a body's strings into domain types, and collecting everything that is wrong with them on the way: a
//! person who fills in a form wants all of it at once.

use std::fmt::Display;

use super::{Change, FieldError, Problem};
use crate::http::codes::VALIDATION_FAILED;

/// What is wrong so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<FieldError>);

impl Fields {
    /// The value, or none and a note of what is wrong with the field at `pointer`.
    pub fn read<T, E: Display>(&mut self, pointer: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.refuse(pointer, "invalid", &error)).ok()
    }

    /// The same for a field that may be absent: `Some(None)` when it is.
    pub fn read_optional<T, E: Display>(
        &mut self,
        pointer: &str,
        value: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match value {
            None => Some(None),
            Some(text) => self.read(pointer, parse(text)).map(Some),
        }
    }

    /// The same for a field of a PATCH body.
    pub fn read_change<T, E: Display>(
        &mut self,
        pointer: &str,
        change: &Change<String>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Change<T>> {
        match change {
            Change::Keep => Some(Change::Keep),
            Change::Clear => Some(Change::Clear),
            Change::Set(text) => self.read(pointer, parse(text)).map(Change::Set),
        }
    }

    /// Notes what is wrong with a field.
    pub fn refuse(&mut self, pointer: &str, code: &str, detail: &dyn Display) {
        self.0.push(FieldError::new(pointer, code, detail.to_string()));
    }
}

impl From<Fields> for Problem {
    fn from(fields: Fields) -> Self {
        Self::fields(VALIDATION_FAILED, fields.0)
    }
}
