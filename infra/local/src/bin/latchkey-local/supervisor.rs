//! Child processes that never outlive the local cloud, however it ends.
//!
//! A parent that is killed cannot clean up, so something else must notice: each child runs under a tiny shell that
//! holds the read end of a pipe. The pipe closes when we end, by whatever cause, and the shell then ends its process
//! group. Functions started by `cargo lambda watch` have sessions of their own; they stop when its API is gone.

use std::process::{ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::process::{Child, ChildStdin, Command};

use crate::Failure;

const GUARD: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
(
  cat <&3 >/dev/null
  trap '' TERM
  kill -TERM 0
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do
    kill -0 "$child" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL 0
) &
trap : TERM
wait "$child" 2>/dev/null
status=$?
while kill -0 "$child" 2>/dev/null; do wait "$child" 2>/dev/null; status=$?; done
exit "$status"
"#;

/// What `cargo run` tells its program about itself and must not tell the builds that the program starts.
const OF_CARGO_RUN: [&str; 12] = [
    "CARGO",
    "CARGO_MANIFEST_DIR",
    "CARGO_MANIFEST_PATH",
    "CARGO_PKG_AUTHORS",
    "CARGO_PKG_DESCRIPTION",
    "CARGO_PKG_NAME",
    "CARGO_PKG_VERSION",
    "CARGO_PKG_VERSION_MAJOR",
    "CARGO_PKG_VERSION_MINOR",
    "CARGO_PKG_VERSION_PATCH",
    "CARGO_PKG_RUST_VERSION",
    "CARGO_PKG_LICENSE",
];

static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// A child under guard; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Guarded {
    shell: Option<Child>,
    pipe: Option<ChildStdin>,
}

impl Guarded {
    /// Starts a program; `prepare` sets its folder and environment.
    pub(crate) fn start(arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Result<Self, Failure> {
        let mut command = Command::new("sh");
        command.args(["-c", GUARD, "guard"]).args(arguments).stdin(Stdio::piped()).process_group(0);
        for name in OF_CARGO_RUN {
            command.env_remove(name);
        }
        prepare(&mut command);
        let mut shell = command.spawn().map_err(|error| format!("cannot start sh: {error}"))?;
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Ok(Self { pipe: shell.stdin.take(), shell: Some(shell) })
    }

    /// Waits until the child ends by itself.
    pub(crate) async fn ended(&mut self) -> Result<ExitStatus, Failure> {
        let Some(shell) = &mut self.shell else {
            return Err("the child has ended before".into());
        };
        let status = shell.wait().await?;
        self.shell = None;
        RUNNING.fetch_sub(1, Ordering::SeqCst);
        Ok(status)
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        drop(self.pipe.take());
        let Some(mut shell) = self.shell.take() else { return };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let _ = shell.wait().await;
                RUNNING.fetch_sub(1, Ordering::SeqCst);
            });
        }
    }
}

/// Waits until every child that was dropped has ended; the guards need at most three seconds.
pub(crate) async fn wait_for_all() {
    for _ in 0..50 {
        if RUNNING.load(Ordering::SeqCst) == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A child that stops neither at the end of its input nor at SIGTERM, and adds to a file while it lives.
    const STUBBORN: &str = "trap '' TERM; while :; do date +%s%N >> \"$0\"; sleep 0.1; done";

    #[tokio::test]
    async fn a_child_ends_with_its_guard_even_when_it_will_not() {
        let file = std::env::temp_dir().join(format!("latchkey-child-{}", std::process::id()));
        let child = Guarded::start(&["sh", "-c", STUBBORN, &file.display().to_string()], |_| {}).unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        drop(child);
        wait_for_all().await;
        let before = std::fs::read(&file).unwrap();
        assert!(!before.is_empty());
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(std::fs::read(&file).unwrap(), before);
        std::fs::remove_file(file).unwrap();
    }

    #[tokio::test]
    async fn a_child_that_ends_by_itself_tells_its_status() {
        let mut child = Guarded::start(&["sh", "-c", "exit 7"], |_| {}).unwrap();
        assert_eq!(child.ended().await.unwrap().code(), Some(7));
    }
}
