//! cargo-lambda and the functions' binaries: found, fetched, built, and run.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::process::Command;

use crate::Failure;
use crate::options::Settings;
use crate::start_function;
use crate::supervisor::Guarded;

/// The version whose behaviour this local cloud was built on.
const CARGO_LAMBDA: &str = "cargo-lambda==1.9.2";

/// `PATH` of the children: with the folder of the fetched cargo-lambda in front, when it was fetched.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    path: OsString,
}

impl Toolchain {
    /// Finds cargo-lambda on `PATH` or under `.local/tools`, or fetches it there.
    pub(crate) async fn find(settings: &Settings) -> Result<Self, Failure> {
        let tools = settings.root.join(".local/tools");
        let own = Self { path: in_front(&tools.join("bin")) };
        if own.has_cargo_lambda().await {
            return Ok(own);
        }
        println!("cargo-lambda is missing: fetching it into .local/tools (14 MB, once) ...");
        let fetched = match own.fetch(&tools).await {
            Ok(()) if own.has_cargo_lambda().await => return Ok(own),
            Ok(()) => "it was installed, but `cargo-lambda lambda --version` still fails".into(),
            Err(failure) => failure,
        };
        Err(format!(
            "cargo-lambda could not be fetched ({fetched}). Install it by hand, for example with \
             `pip install --no-deps cargo-lambda` or `brew install cargo-lambda`, so that `cargo-lambda` is on the PATH, \
             and start again"
        )
        .into())
    }

    async fn has_cargo_lambda(&self) -> bool {
        let mut command = Command::new("cargo-lambda");
        command.args(["lambda", "--version"]).env("PATH", &self.path).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().await.is_ok_and(|status| status.success())
    }

    /// The wheel holds one static binary; its declared dependencies are only for cross-building.
    async fn fetch(&self, tools: &Path) -> Result<(), Failure> {
        let folder = tools.display().to_string();
        self.run("making a Python environment", &["python3", "-m", "venv", &folder], Path::new(".")).await?;
        let python = tools.join("bin/python").display().to_string();
        let install = [&python, "-m", "pip", "install", "--disable-pip-version-check", "--no-deps", CARGO_LAMBDA];
        self.run("pip", &install, Path::new(".")).await
    }

    /// Builds every binary of the workspace at once: per package, features would differ and all be built again.
    pub(crate) async fn build(&self, settings: &Settings) -> Result<(), Failure> {
        println!("Building the functions (the first time takes some minutes) ...");
        start_function::build_begins(&settings.local)?;
        self.run("the build", &["cargo", "build", "--workspace", "--bins"], &settings.root).await
    }

    async fn run(&self, what: &str, arguments: &[&str], folder: &Path) -> Result<(), Failure> {
        let mut child = Guarded::start(arguments, |command| {
            command.env("PATH", &self.path).current_dir(folder);
        })?;
        let status = child.ended().await?;
        if status.success() { Ok(()) } else { Err(format!("{what} failed; its output is above").into()) }
    }

    /// Starts `cargo lambda watch` and waits until it listens. Not by way of cargo, which would put itself in the place of
    /// what starts the functions.
    pub(crate) async fn watch(&self, settings: &Settings, environment: &Path, port: u16) -> Result<Guarded, Failure> {
        let (port_text, file) = (port.to_string(), environment.display().to_string());
        let arguments = [
            "cargo-lambda",
            "lambda",
            "watch",
            "-A",
            "127.0.0.1",
            "-P",
            &port_text,
            "--env-file",
            &file,
            "--disable-cors",
        ];
        let starts_functions = start_function::write(&settings.local)?;
        let mut child = Guarded::start(&arguments, |command| {
            command.env("PATH", &self.path).env("CARGO", starts_functions).current_dir(&settings.root);
        })?;
        for _ in 0..150 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(child);
            }
            // It ends with status 0 and without a word when its port was taken in the meantime.
            if tokio::time::timeout(Duration::from_millis(100), child.ended()).await.is_ok() {
                return Err("cargo lambda watch ended at once; its output is above".into());
            }
        }
        Err("cargo lambda watch did not start to listen within 15 seconds".into())
    }
}

fn in_front(folder: &Path) -> OsString {
    let mut path = folder.as_os_str().to_owned();
    if let Some(rest) = inherited_path() {
        path.push(":");
        path.push(rest);
    }
    path
}

#[expect(clippy::disallowed_methods, reason = "the search path is the machine's, not a setting of the product")]
fn inherited_path() -> Option<OsString> {
    std::env::var_os("PATH")
}
