//! `front`: the API's `$default` route, which takes what no other route catches: unknown paths, and paths with a slash at
//! their end. Of those it serves the roots of identity's resources. Any other path with a slash, be it a page's, a passkey's
//! or of another domain, is answered 308 to the path without it, so `front` grows no further.

use latchkey_identity::app::{App, SecretName};
use latchkey_kernel::config::Process;
use latchkey_kernel::http::routes::Routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("front");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &SecretName::ALL;

/// The routes that it has in common with other functions.
pub fn routes<R: Routes<State = App>>() -> R {
    R::new().merge(latchkey_auth::roots()).merge(latchkey_account::roots()).merge(latchkey_privacy::roots())
}
