//! Lists in pages: `?limit=` and an opaque `cursor` in, `items` and `next_cursor` out.
//!
//! A cursor says where the next page begins. It is authenticated and bound to one list of one person, so that nobody
//! can ask the store for a place of their own making, or use a cursor that was somebody else's. It is good for as long as
//! a session can be, and opens nothing that the asking person may not read from the beginning.

use axum::extract::FromRequestParts;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use super::{FieldError, Problem};
use crate::http::codes::VALIDATION_FAILED;
use crate::secret::{TagKeys, mac};

/// How many items a page has unless the caller says otherwise.
const DEFAULT_LIMIT: usize = 20;
/// The most items of a page.
const LARGEST_LIMIT: usize = 100;
/// Half of a MAC: 128 bits, which nobody guesses online.
const TAG: usize = 16;

/// Which page is asked for. Other parameters of the query are not its business.
#[derive(Debug, Clone, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// How many items at most.
    #[param(minimum = 1, maximum = 100, default = 20)]
    pub limit: Option<usize>,
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last one.
    pub next_cursor: Option<String>,
}

impl PageQuery {
    /// How many items at most.
    pub fn limit(&self) -> usize {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// Where the page begins in this list: the place of the last item of the page before, or none at the beginning.
    pub fn place(&self, list: &List<'_>, keys: &TagKeys) -> Result<Option<[u8; 16]>, Problem> {
        let Some(cursor) = self.cursor.as_deref() else { return Ok(None) };
        let wrong = "This is no cursor of this list. Begin again without one.";
        list.place(cursor, keys).map(Some).ok_or_else(|| refusal("cursor", wrong))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PageQuery {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let mut page = Self::default();
        for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
            match (name.as_ref(), &page) {
                ("limit", Self { limit: None, .. }) => {
                    let limit = value.parse().ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
                    page.limit = Some(limit.ok_or_else(|| refusal("limit", "A limit is a number from 1 to 100."))?);
                }
                ("cursor", Self { cursor: None, .. }) => page.cursor = Some(value.into_owned()),
                ("limit" | "cursor", _) => return Err(refusal(&name, "The parameter stands twice.")),
                _ => {}
            }
        }
        Ok(page)
    }
}

fn refusal(parameter: &str, detail: &str) -> Problem {
    Problem::fields(VALIDATION_FAILED, vec![FieldError::new(&format!("/{parameter}"), "invalid", detail)])
}

/// One list of one owner: what a cursor is bound to. Its places are the ids of its items.
#[derive(Debug, Clone, Copy)]
pub struct List<'a> {
    /// Which list, such as `sessions`.
    pub name: &'static str,
    /// Whose.
    pub owner: &'a [u8; 16],
}

impl List<'_> {
    /// The cursor of the page that follows this place.
    pub fn cursor(&self, place: &[u8; 16], keys: &TagKeys) -> Option<String> {
        let key = keys.derive("cursor/v1").into_iter().next()?;
        let mut bytes = place.to_vec();
        bytes.extend_from_slice(self.tag(&key, place).get(..TAG)?);
        Some(URL_SAFE_NO_PAD.encode(bytes))
    }

    fn place(&self, cursor: &str, keys: &TagKeys) -> Option<[u8; 16]> {
        let bytes: [u8; 16 + TAG] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
        let (place, tag) = bytes.split_first_chunk::<16>()?;
        let keys = keys.derive("cursor/v1");
        let fits =
            |key: &Zeroizing<[u8; 32]>| self.tag(key, place).get(..TAG).is_some_and(|made| bool::from(made.ct_eq(tag)));
        keys.iter().any(fits).then_some(*place)
    }

    fn tag(&self, key: &[u8; 32], place: &[u8; 16]) -> [u8; 32] {
        mac(key, &[self.name.as_bytes(), self.owner, place])
    }
}
