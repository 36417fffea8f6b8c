//! `front`: the API's `$default` route. All routers in one, so that a path which no other route caught (a slash at
//! its end, a typing error) gets the same answer and meets the same limits as everywhere, and unknown ones a problem.

use latchkey::app::SecretName;
use latchkey::config::Process;
use latchkey::http::routes::Routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("front");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &SecretName::ALL;

/// Every route of every function but the download of exports: its paths have a token at their end, so that a route of the
/// template always catches them with whatever follows, and `front` need not link the client for S3.
pub fn routes<R: Routes>() -> R {
    R::new()
        .merge(latchkey_auth::routes())
        .merge(latchkey_account::routes())
        .merge(latchkey_pages::routes())
        .merge(latchkey_privacy::requests())
        .merge(latchkey_social::routes())
}
