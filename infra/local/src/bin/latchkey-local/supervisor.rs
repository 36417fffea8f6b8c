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
wait "$child"
status=$?
while kill -0 "$child" 2>/dev/null; do wait "$child"; status=$?; done
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
        match &mut self.shell {
            Some(shell) => Ok(shell.wait().await?),
            None => Err("the child has ended before".into()),
        }
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
