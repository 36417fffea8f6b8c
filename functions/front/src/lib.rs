//! `front`: the API's `$default` route. All routers in one, so that a path which no other route caught (a slash at
//! its end, a typing error) gets the same answer and meets the same limits as everywhere, and unknown ones a problem.

use latchkey::app::SecretName;
use latchkey::http::routes::Routes;

/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &SecretName::ALL;

/// Every route of every function.
pub fn routes<R: Routes>() -> R {
    R::new()
        .merge(latchkey_auth::routes())
        .merge(latchkey_account::routes())
        .merge(latchkey_pages::routes())
        .merge(latchkey_privacy::routes())
        .merge(latchkey_social::routes())
}
