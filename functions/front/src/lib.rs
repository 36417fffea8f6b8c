//! `front`: the API's `$default` route, which takes what no other route catches: unknown paths, and paths with a slash at
//! their end. Of those it serves the ones that no `{proxy+}` route leads to their own function. It grows no further: the
//! paths of another domain are answered 308 to the path without the slash.

use latchkey_identity::app::{App, SecretName};
use latchkey_kernel::config::Process;
use latchkey_kernel::http::routes::Routes;

/// Which function it is.
pub const PROCESS: Process = Process::Api("front");
/// The secrets that it uses, read before the first request.
pub const SECRETS: &[SecretName] = &SecretName::ALL;

/// The routes that it has in common with other functions.
pub fn routes<R: Routes<State = App>>() -> R {
    R::new()
        .merge(latchkey_auth::roots())
        .merge(latchkey_account::roots())
        .merge(latchkey_pages::routes())
        .merge(latchkey_privacy::roots())
}
