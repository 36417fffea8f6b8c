//! The configuration of tests: of all sections, or of one function.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use latchkey_generate::{front, functions};
use latchkey_identity::app::{App, Config};
use latchkey_identity::registry;
use latchkey_kernel::config::{Process, environment};
use latchkey_kernel::http::routes::Served;

use crate::app::TestApp;

/// The workers.
const WORKERS: [Process; 4] =
    [latchkey_exporter::PROCESS, latchkey_feedback::PROCESS, latchkey_mailer::PROCESS, latchkey_scheduler::PROCESS];

/// Every function: those behind the API, and the workers.
pub fn processes() -> &'static [Process] {
    static ALL: LazyLock<Vec<Process>> = LazyLock::new(|| {
        let api = functions::<Served<App>>().into_iter().chain([front()]).map(|function| function.process);
        api.chain(WORKERS).collect()
    });
    &ALL
}

/// The function of this name.
pub fn process(function: &str) -> Process {
    let named = |process: &Process| matches!(process, Process::Api(name) | Process::Worker(name) if *name == function);
    processes().iter().copied().find(named).unwrap_or_else(|| panic!("{function} is no function"))
}

/// The configuration that tests run with, of all sections: the defaults, with these changes.
pub fn config(changes: &[(&str, &str)]) -> Config {
    Config::from_variables(Process::Tool, &variables(changes)).unwrap()
}

fn variables(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let base = [
        ("APP_NAME", "Acme"),
        ("PUBLIC_URL", "https://id.example.com"),
        ("MAIL_FROM", "Acme <no-reply@example.com>"),
        ("MAIN_TABLE", "MainTable"),
        ("EPHEMERAL_TABLE", "EphemeralTable"),
        ("SECRETS_PREFIX", crate::vault::PREFIX),
    ];
    let values = base.iter().chain(changes).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    values.collect()
}

/// The configuration of each function: it reads the variables that it declares, and finds no others.
pub(crate) struct Configs {
    variables: BTreeMap<String, String>,
    read: Mutex<BTreeMap<&'static str, Config>>,
}

impl Configs {
    pub(crate) fn new(changes: &[(&str, &str)]) -> Self {
        Self { variables: variables(changes), read: Mutex::default() }
    }
}

impl TestApp {
    /// The configuration of a function, from the variables that it declares and no others.
    pub fn config_of(&self, function: &'static str) -> Config {
        let read = || {
            let process = process(function);
            let declared = environment(registry::sections(), process);
            let given = self.configs.variables.iter().filter(|(name, _)| declared.iter().any(|one| one.name == **name));
            let given = given.map(|(name, value)| (name.clone(), value.clone())).collect();
            Config::from_variables(process, &given).unwrap()
        };
        self.configs.read.lock().unwrap().entry(function).or_insert_with(read).clone()
    }

    /// The sections of the configuration that each function read so far.
    pub fn sections_read(&self) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let configs = self.configs.read.lock().unwrap();
        configs.iter().map(|(function, config)| (*function, config.sections_read())).collect()
    }
}
