//! Python and Node with what the example declares, fetched once into `.local/examples`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use latchkey_tests::has_node;

use crate::{example, root};

/// How one of the example's scripts is called.
#[derive(Debug, Clone)]
pub(crate) struct Script {
    pub(crate) interpreter: PathBuf,
    pub(crate) file: PathBuf,
}

/// `verify.py` with the packages of `requirements.txt`.
pub(crate) fn python() -> Script {
    static PYTHON: LazyLock<Script> = LazyLock::new(|| {
        let folder = root(".local/examples/python");
        let interpreter = folder.join("bin/python");
        once(&folder, "requirements.txt", || {
            let hint = "the examples' tests need Python 3 with venv and pip, and its package registry";
            run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder), hint);
            let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
            run(Command::new(&interpreter).args(pip).arg(example("requirements.txt")), hint);
        });
        Script { interpreter: interpreter.clone(), file: example("verify.py") }
    });
    PYTHON.clone()
}

/// `verify.mjs` with the packages of `package.json`; none on a machine that is said to have no Node.
pub(crate) fn node() -> Option<Script> {
    static NODE: LazyLock<Option<Script>> = LazyLock::new(|| {
        if !has_node("verify.mjs is tested") {
            return None;
        }
        let folder = root(".local/examples/node");
        once(&folder, "package.json", || {
            std::fs::copy(example("package.json"), folder.join("package.json")).unwrap();
            let install = ["install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"];
            run(Command::new("npm").args(install).current_dir(&folder), "the examples' tests need npm's registry");
        });
        // Node looks for packages beside the file that imports them.
        let file = folder.join("verify.mjs");
        std::fs::copy(example("verify.mjs"), &file).unwrap();
        Some(Script { interpreter: "node".into(), file })
    });
    NODE.clone()
}

/// Installs, unless what is declared was installed already. Cut off in the middle, it begins anew.
fn once(folder: &Path, declared: &str, install: impl FnOnce()) {
    let wanted = std::fs::read_to_string(example(declared)).unwrap();
    let installed = folder.join("installed");
    if std::fs::read_to_string(&installed).is_ok_and(|text| text == wanted) {
        return;
    }
    std::fs::create_dir_all(folder).unwrap();
    install();
    std::fs::write(installed, wanted).unwrap();
}

fn run(command: &mut Command, hint: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}; {hint}"));
    assert!(output.status.success(), "{command:?}: {}; {hint}", String::from_utf8_lossy(&output.stderr));
}
