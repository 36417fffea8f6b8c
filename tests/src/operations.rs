//! The inventory of the API: one row for each operation says who calls it, what must have happened before, and the
//! request that then succeeds. Everything that is about every operation reads it: tests, policies, the permission
//! matrix, recorded events, and the benchmarks.
//!
//! Rows stand in one file per theme. An operation of the OpenAPI document without a row is named by a test.

mod accounts;
mod documents;
mod email_change;
mod passkeys;
mod passwords;
mod prepared;
mod privacy;
mod registration;
mod request;
mod schema;
mod second_factors;
mod sessions;
mod social;

use std::future::Future;
use std::pin::Pin;

use serde_json::{Value, json};

use crate::account::Person;
use crate::app::TestApp;

pub use prepared::{Besides, EVERYTHING};
pub use request::Ready;
pub use schema::{JsonBody, anonymous_json, json_bodies};

/// The user whose data the operations are about.
pub const ADA: &str = "ada@example.com";

/// The rows, by theme.
const INVENTORY: &[&[Operation]] = &[
    documents::OPERATIONS,
    registration::OPERATIONS,
    accounts::OPERATIONS,
    passwords::OPERATIONS,
    email_change::OPERATIONS,
    sessions::OPERATIONS,
    second_factors::OPERATIONS,
    passkeys::OPERATIONS,
    social::OPERATIONS,
    privacy::OPERATIONS,
];

/// One row: an operation, and how it is called well.
#[derive(Debug)]
pub struct Operation {
    /// Its `operationId` in the OpenAPI document.
    pub id: &'static str,
    /// Who may call it.
    pub by: By,
    /// Brings about what must have happened before.
    on: State,
    /// The request that then succeeds.
    request: fn(&Facts) -> Ready,
    /// Requests on the same state that take another path through the code.
    pub variations: &'static [Variation],
}

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Everybody. A token in the body may say who it is.
    Anyone,
    /// A user with an access token.
    User,
    /// The same, also while the account waits for its deletion.
    EvenLeaving,
}

/// A request that an operation refuses, or answers in another way than the row's own.
#[derive(Debug)]
pub struct Variation {
    /// What is different.
    pub what: &'static str,
    /// The answer: its status, and its code if it is a problem.
    pub answer: &'static str,
    /// What must have happened before, if that is not what the row says.
    on: Option<State>,
    request: fn(&Facts) -> Ready,
}

/// Brings about a state in a new application.
type State = for<'a> fn(&'a TestApp) -> Reached<'a>;
/// The state, once it is reached.
type Reached<'a> = Pin<Box<dyn Future<Output = Facts> + 'a>>;

/// What a request needs to know of the state that it is made in. What the state does not have is empty.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The access token of the user who calls.
    pub access: String,
    /// The refresh token of that user.
    pub refresh: String,
    /// The token of a flow that was begun, or of a provider.
    pub token: String,
    /// The token in a mailed link.
    pub link: String,
    /// The code that a mail or an authenticator app shows.
    pub code: String,
    /// The id in the path.
    pub id: String,
    /// What an authenticator made or signed for a passkey.
    pub credential: Value,
    /// A cookie that the browser holds, as `name=value`.
    pub cookie: Option<String>,
}

impl Facts {
    /// Facts of the right form that belong to no state: requests made of them are well formed and open nothing.
    pub fn specimen() -> Self {
        let credential = json!({
            "id": "AAAA", "rawId": "AAAA", "type": "public-key",
            "response": {
                "clientDataJSON": "e30", "authenticatorData": "AAAA", "signature": "AAAA", "attestationObject": "AAAA",
            },
        });
        Self {
            access: "an-access-token".to_owned(),
            refresh: format!("lkr_{}", "A".repeat(86)),
            token: "A".repeat(66),
            link: "A".repeat(43),
            code: "12345678".to_owned(),
            id: "019caddd-b0c0-7000-8000-000000000000".to_owned(),
            credential,
            cookie: None,
        }
    }

    /// Facts of a state in which this user is signed in.
    fn of(user: &Person) -> Self {
        Self { access: user.access.clone(), refresh: user.refresh.clone(), id: user.id().to_owned(), ..Self::default() }
    }
}

impl Operation {
    /// A row without variations.
    const fn new(id: &'static str, by: By, on: State, request: fn(&Facts) -> Ready) -> Self {
        Self { id, by, on, request, variations: &[] }
    }

    /// The same with requests that take other paths.
    const fn with(self, variations: &'static [Variation]) -> Self {
        Self { id: self.id, by: self.by, on: self.on, request: self.request, variations }
    }

    /// The request of these facts.
    pub fn request(&self, facts: &Facts) -> Ready {
        self.made(self.request, facts)
    }

    /// The request of one of the variations.
    pub fn vary(&self, variation: &Variation, facts: &Facts) -> Ready {
        self.made(variation.request, facts)
    }

    fn made(&self, request: fn(&Facts) -> Ready, facts: &Facts) -> Ready {
        let made = request(facts);
        let made = if self.by == By::Anyone { made } else { made.bearing(Some(&facts.access)) };
        made.with_cookie(facts.cookie.as_deref())
    }
}

impl Variation {
    const fn new(what: &'static str, answer: &'static str, request: fn(&Facts) -> Ready) -> Self {
        Self { what, answer, on: None, request }
    }

    /// The same on another state.
    const fn on(self, state: State) -> Self {
        Self { what: self.what, answer: self.answer, on: Some(state), request: self.request }
    }
}

/// Every row.
pub fn inventory() -> impl Iterator<Item = &'static Operation> {
    INVENTORY.iter().copied().flatten()
}

/// The row of an operation.
pub fn operation(id: &str) -> &'static Operation {
    inventory().find(|operation| operation.id == id).unwrap_or_else(|| panic!("{id} has no row in {}", file!()))
}

/// The OpenAPI document.
pub fn api_document() -> Value {
    serde_json::from_str(&crate::repository("docs/generated/openapi.json")).unwrap()
}

/// Every operation of the API, as the document names it: its id, and its method with its path.
pub fn operations() -> Vec<(String, String)> {
    let document = api_document();
    let paths = document["paths"].as_object().unwrap().iter();
    let all = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| {
            let id = operation["operationId"].as_str().unwrap();
            (id.to_owned(), format!("{} {path}", method.to_uppercase()))
        })
    });
    all.collect()
}

/// The token of the link in the newest mail to Ada, but for word of a new device.
fn mailed_link(app: &TestApp) -> String {
    token_in(&app.link_to(ADA))
}

/// The token in the query of a link.
fn token_in(link: &str) -> String {
    let (_, token) = link.split_once("token=").unwrap_or_else(|| panic!("no token in {link}"));
    token.to_owned()
}

/// A new application, in which nothing has happened.
fn nothing(_: &TestApp) -> Reached<'_> {
    Box::pin(async { Facts::default() })
}

/// Ada has an account and is signed in.
fn account(app: &TestApp) -> Reached<'_> {
    Box::pin(async { Facts::of(&app.new_account(ADA).await) })
}
