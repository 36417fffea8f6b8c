//! A child process, its processor time and its memory, as the kernel counts them under `/proc`.
//!
//! `/proc/PID/stat` counts in hundredths of a second, too coarse for a request, so the time is the sum of each
//! thread's `schedstat`, in nanoseconds. A thread that has ended is missing there; hence readings are kept by thread
//! and only differences are used. Tokio's blocking threads rest for ten seconds before they end, which is longer than
//! anything measured here.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use tokio::process::{Child, Command};

use crate::Failure;

/// A running child; dropping it kills it.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    id: u32,
}

/// How long each thread had run when it was read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reading(BTreeMap<String, u64>);

/// Resident memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Memory {
    /// Now, in KiB.
    pub(crate) resident_kib: u64,
    /// At most so far, in KiB.
    pub(crate) peak_kib: u64,
}

impl Process {
    /// Starts a program with these variables and no other. Its output goes to `log`, unless it is to be read.
    pub(crate) fn start(program: &Path, variables: &BTreeMap<String, String>, log: &Path) -> Result<Self, Failure> {
        let file = File::options().create(true).append(true).open(log)?;
        let mut command = Command::new(program);
        command.env_clear().envs(variables).stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        Self::spawn(program, &mut command)
    }

    /// Starts a program that is talked with over standard input and output.
    pub(crate) fn converse(program: &Path) -> Result<Self, Failure> {
        let mut command = Command::new(program);
        command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped());
        Self::spawn(program, &mut command)
    }

    fn spawn(program: &Path, command: &mut Command) -> Result<Self, Failure> {
        let spawned = command.kill_on_drop(true).spawn();
        let child = spawned.map_err(|error| format!("cannot start {}: {error}", program.display()))?;
        let id = child.id().ok_or("a process ended at once")?;
        Ok(Self { child, id })
    }

    /// The child itself, for its pipes and its end.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// How long its threads have run so far.
    pub(crate) fn reading(&self) -> Result<Reading, Failure> {
        let mut threads = BTreeMap::new();
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.id))? {
            let thread = thread?;
            // A thread may end between the listing and this.
            let Ok(text) = std::fs::read_to_string(thread.path().join("schedstat")) else { continue };
            let name = thread.file_name().to_string_lossy().into_owned();
            threads.insert(name, running_time(&text).ok_or("the kernel does not count the time of threads")?);
        }
        Ok(Reading(threads))
    }

    /// Its memory.
    pub(crate) fn memory(&self) -> Result<Memory, Failure> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id))?;
        memory(&status).ok_or_else(|| "the process has ended".into())
    }
}

impl Memory {
    /// Resident now, in MB as the kernel counts them.
    pub(crate) fn resident_mb(self) -> f64 {
        mb(self.resident_kib)
    }

    /// Resident at most so far.
    pub(crate) fn peak_mb(self) -> f64 {
        mb(self.peak_kib)
    }
}

#[expect(clippy::cast_precision_loss, reason = "no process has 2^52 KiB")]
fn mb(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

impl Reading {
    /// The processor time between an earlier reading and this one.
    pub(crate) fn since(&self, earlier: &Self) -> Duration {
        let spent = self.0.iter().map(|(thread, now)| now.saturating_sub(earlier.0.get(thread).copied().unwrap_or(0)));
        Duration::from_nanos(spent.sum())
    }
}

/// The first number of a `schedstat`: nanoseconds on a processor.
fn running_time(schedstat: &str) -> Option<u64> {
    schedstat.split_whitespace().next()?.parse().ok()
}

fn memory(status: &str) -> Option<Memory> {
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    };
    Some(Memory { resident_kib: field("VmRSS")?, peak_kib: field("VmHWM")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_as_the_kernel_writes_it() {
        let status = "Name:\tauth\nVmPeak:\t  812345 kB\nVmHWM:\t   39004 kB\nVmRSS:\t   14020 kB\nThreads:\t2\n";
        assert_eq!(memory(status), Some(Memory { resident_kib: 14_020, peak_kib: 39_004 }));
        assert_eq!(memory("Name:\tauth\nState:\tZ (zombie)\n"), None);
    }

    #[test]
    fn running_time_is_the_first_number() {
        assert_eq!(running_time("9876543 1234 17\n"), Some(9_876_543));
        assert_eq!(running_time(""), None);
    }

    #[test]
    fn a_thread_that_began_later_counts_whole_and_one_that_ended_not_at_all() {
        let reading = |threads: &[(&str, u64)]| Reading(threads.iter().map(|(id, ns)| ((*id).into(), *ns)).collect());
        let before = reading(&[("1", 1_000), ("2", 500)]);
        let after = reading(&[("1", 1_250), ("3", 40)]);
        assert_eq!(after.since(&before), Duration::from_nanos(290));
    }

    #[tokio::test]
    async fn a_busy_process_is_seen_to_be_busy() {
        let log = std::env::temp_dir().join(format!("latchkey-bench-process-{}", std::process::id()));
        let program = Path::new("/bin/sh");
        let mut process = Process::start(program, &BTreeMap::new(), &log).unwrap();
        process.child().wait().await.unwrap();
        let mut command = Command::new(program);
        command.args(["-c", "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo done; read line"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Process::spawn(program, &mut command).unwrap();
        let mut said = [0; 4];
        let output = process.child().stdout.as_mut().unwrap();
        tokio::io::AsyncReadExt::read_exact(output, &mut said).await.unwrap();
        assert!(process.reading().unwrap().since(&Reading::default()) > Duration::from_micros(100));
        assert!(process.memory().unwrap().resident_kib > 100);
        std::fs::remove_file(log).unwrap();
    }
}
