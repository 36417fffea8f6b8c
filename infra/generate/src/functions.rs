//! The functions behind the API, each with its routes: the one list of them.

use latchkey_identity::app::{App, SecretName};
use latchkey_kernel::config::Process;
use latchkey_kernel::http::routes;

/// A function behind the API.
#[derive(Debug)]
pub struct Function<R> {
    /// Its process, which has the name of its binary.
    pub process: Process,
    /// The secrets that it reads before its first request.
    pub secrets: &'static [SecretName],
    /// Its routes, served or documented.
    pub routes: R,
}

impl<R> Function<R> {
    /// The name of its binary.
    pub fn name(&self) -> &'static str {
        let (Process::Api(name) | Process::Worker(name)) = self.process else { return "" };
        name
    }
}

/// The functions whose routes are theirs alone.
pub fn functions<R: routes::Routes<State = App>>() -> Vec<Function<R>> {
    vec![
        Function {
            process: latchkey_account::PROCESS,
            secrets: latchkey_account::SECRETS,
            routes: latchkey_account::routes(),
        },
        Function { process: latchkey_auth::PROCESS, secrets: latchkey_auth::SECRETS, routes: latchkey_auth::routes() },
        Function {
            process: latchkey_pages::PROCESS,
            secrets: latchkey_pages::SECRETS,
            routes: latchkey_pages::routes(),
        },
        Function {
            process: latchkey_privacy::PROCESS,
            secrets: latchkey_privacy::SECRETS,
            routes: latchkey_privacy::routes(),
        },
        Function {
            process: latchkey_social::PROCESS,
            secrets: latchkey_social::SECRETS,
            routes: latchkey_social::routes(),
        },
    ]
}

/// The function that takes what no other route catches. Its routes are those of others.
pub fn front<R: routes::Routes<State = App>>() -> Function<R> {
    Function { process: latchkey_front::PROCESS, secrets: latchkey_front::SECRETS, routes: latchkey_front::routes() }
}

/// Every route of every function.
pub fn every_route<R: routes::Routes<State = App>>() -> R {
    functions().into_iter().fold(R::new(), |all, function| all.merge(function.routes))
}
