//! Who calls a route, and therefore whose its idempotency keys are.

use http::request::Parts;

use crate::http::Problem;
use crate::http::client::Client;
use crate::kernel::Application;

/// A kind of caller, which a route names for its idempotency keys.
pub trait Caller<S: Application>: 'static {
    /// What the OpenAPI document says of the keys of these callers.
    const ACCEPTED: &'static str;

    /// What tells the caller of this request from every other one: no two kinds may answer the same text.
    fn identify(
        parts: &mut Parts,
        client: &Client,
        application: &S,
    ) -> impl Future<Output = Result<String, Problem>> + Send;
}

/// Anybody; the key is the source address's.
#[derive(Debug, Clone, Copy)]
pub struct Anybody;

impl<S: Application> Caller<S> for Anybody {
    const ACCEPTED: &'static str = "accepted";

    async fn identify(_: &mut Parts, client: &Client, _: &S) -> Result<String, Problem> {
        Ok(client.address_block())
    }
}
