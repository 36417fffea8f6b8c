//! How `cargo lambda watch` starts a function: with `cargo`, unless there is nothing to build.
//!
//! It runs `cargo run --bin NAME` at a function's first request. Cargo then takes the lock of the build folder, which
//! another cargo holds for as long as it compiles: beside `make test` a function that had not been asked before would
//! answer after minutes, though it was built long ago. So cargo-lambda is given this script in cargo's place. A function whose
//! sources are all older than the build with which the local cloud began is started as that build left it. What has
//! changed since must be built, and is left to cargo, as everything else that cargo-lambda asks of it.
//!
//! A target folder of its own would not do: all would be compiled twice. Nor would comparing a binary with its sources: one
//! that was saved while rustc was reading the others is older than the binary and not in it.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The script beside which the moment of the build is kept. What a binary was made of, cargo writes beside it, in the form
/// that make and xargs read; what is missing there or cannot be read leads to cargo.
const SCRIPT: &str = r#"#!/bin/sh
# Made by latchkey-local; starts the functions for `cargo lambda watch`.
began=${0%/*}/build-began
name= before=
if [ "$1" = run ]; then
  for argument; do
    if [ "$before" = --bin ]; then name=$argument; fi
    before=$argument
  done
fi
binary=${CARGO_TARGET_DIR:-target}/debug/$name

is_as_built() {
  [ -n "$name" ] && [ -x "$binary" ] && [ -s "$binary.d" ] && [ -e "$began" ] || return 1
  for manifest in Cargo.lock Cargo.toml */Cargo.toml */*/Cargo.toml .cargo/config.toml; do
    if [ "$manifest" -nt "$began" ]; then return 1; fi
  done
  sed 's/^[^:]*: //' "$binary.d" | xargs sh -c '
    for source; do
      if [ ! -e "$source" ] || [ "$source" -nt "$0" ]; then exit 1; fi
    done' "$began"
}

unset CARGO
if is_as_built; then exec "$binary"; fi
exec cargo "$@"
"#;

/// Keeps the script in this folder; where it is.
pub(crate) fn write(folder: &Path) -> std::io::Result<PathBuf> {
    let script = folder.join("start-function");
    std::fs::write(&script, SCRIPT)?;
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700))?;
    // The functions are started in the folder of the repository, which need not be ours.
    script.canonicalize()
}

/// Keeps the moment, before everything is built.
pub(crate) fn build_begins(folder: &Path) -> std::io::Result<()> {
    std::fs::write(
        folder.join("build-began"),
        "What changed after this file did was not built when the local cloud began.\n",
    )
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A repository with a function that was built, whose binary, like its cargo, says who it is.
    struct Repository(PathBuf);

    impl Repository {
        fn new(name: &str) -> Self {
            let root = std::env::temp_dir().join(format!("latchkey start {name} {}", std::process::id()));
            for folder in ["bin", "src", "target/debug", "data"] {
                std::fs::create_dir_all(root.join(folder)).unwrap();
            }
            let this = Self(root);
            this.program("bin/cargo", "#!/bin/sh\necho \"cargo $* CARGO=$CARGO\"\n");
            this.program("target/debug/auth", "#!/bin/sh\necho \"auth $*\"\n");
            for source in ["src/main.rs", "Cargo.toml", "Cargo.lock"] {
                std::fs::write(this.0.join(source), "").unwrap();
                this.touch(source, 60);
            }
            let source = this.0.join("src/main.rs").display().to_string().replace(' ', "\\ ");
            let made_of =
                format!("{}: {source}\n", this.0.join("target/debug/auth").display().to_string().replace(' ', "\\ "));
            std::fs::write(this.0.join("target/debug/auth.d"), made_of).unwrap();
            build_begins(&this.0.join("data")).unwrap();
            this
        }

        fn program(&self, path: &str, text: &str) {
            std::fs::write(self.0.join(path), text).unwrap();
            std::fs::set_permissions(self.0.join(path), std::fs::Permissions::from_mode(0o700)).unwrap();
        }

        /// Gives a file this age, in seconds.
        #[expect(clippy::disallowed_methods, reason = "the ages of files are those of the machine's clock")]
        fn touch(&self, path: &str, age: u64) {
            let then = SystemTime::now() - Duration::from_secs(age);
            std::fs::File::options().append(true).open(self.0.join(path)).unwrap().set_modified(then).unwrap();
        }

        fn start(&self, arguments: &[&str]) -> String {
            let script = write(&self.0.join("data")).unwrap();
            let path = format!("{}:/usr/bin:/bin", self.0.join("bin").display());
            let mut command = Command::new(&script);
            command.args(arguments).current_dir(&self.0).env("PATH", path).env("CARGO", &script);
            command.env_remove("CARGO_TARGET_DIR");
            String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
        }
    }

    impl Drop for Repository {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).unwrap();
        }
    }

    const RUN: [&str; 5] = ["run", "--color", "auto", "--bin", "auth"];

    #[test]
    fn a_function_of_which_nothing_changed_starts_without_cargo() {
        let repository = Repository::new("unchanged");
        assert_eq!(repository.start(&RUN), "auth");
    }

    #[test]
    fn a_function_is_left_to_cargo_once_a_source_or_a_manifest_has_changed() {
        let by_cargo = "cargo run --color auto --bin auth CARGO=";
        for changed in ["src/main.rs", "Cargo.toml", "Cargo.lock"] {
            let repository = Repository::new("changed");
            // Since the build began; what the binary is newer than all the same.
            repository.touch("data/build-began", 30);
            repository.touch(changed, 10);
            assert_eq!(repository.start(&RUN), by_cargo, "{changed}");
        }
        for missing in ["src/main.rs", "target/debug/auth", "target/debug/auth.d", "data/build-began"] {
            let repository = Repository::new("missing");
            std::fs::remove_file(repository.0.join(missing)).unwrap();
            assert_eq!(repository.start(&RUN), by_cargo, "{missing}");
        }
    }

    #[test]
    fn whatever_else_is_asked_of_cargo_is_asked_of_cargo() {
        let repository = Repository::new("else");
        assert_eq!(repository.start(&["metadata", "--bin", "auth"]), "cargo metadata --bin auth CARGO=");
        assert_eq!(repository.start(&["run", "--bin", "other"]), "cargo run --bin other CARGO=");
    }
}
