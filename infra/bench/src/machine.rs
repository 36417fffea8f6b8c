//! What it was measured on, without which no time means anything.

use std::path::Path;
use std::process::Command;

use serde::Serialize;

use crate::{Failure, clock};

/// The machine and the build.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) load_before: String,
    pub(crate) load_after: String,
    pub(crate) rustc: String,
    pub(crate) rustflags: String,
}

impl Machine {
    /// This machine, at the start of the run.
    pub(crate) fn here(rustflags: &str) -> Result<Self, Failure> {
        let rustc = Command::new("rustc").arg("--version").output()?;
        Ok(Self {
            date: clock::now().strftime("%Y-%m-%d").to_string(),
            processor: processor(&std::fs::read_to_string("/proc/cpuinfo")?),
            cores: std::thread::available_parallelism()?.get(),
            load_before: load()?,
            load_after: String::new(),
            rustc: String::from_utf8_lossy(&rustc.stdout).trim().to_owned(),
            rustflags: rustflags.to_owned(),
        })
    }

    /// Looks at the load again, at the end.
    pub(crate) fn finish(&mut self) -> Result<(), Failure> {
        self.load_after = load()?;
        Ok(())
    }
}

/// The averages over one, five and fifteen minutes.
fn load() -> Result<String, Failure> {
    let text = std::fs::read_to_string(Path::new("/proc/loadavg"))?;
    Ok(text.split_whitespace().take(3).collect::<Vec<_>>().join(" "))
}

/// The processor's name; arm64 kernels give none.
fn processor(cpuinfo: &str) -> String {
    let name = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| format!("unnamed ({})", std::env::consts::ARCH), |(_, name)| name.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_named_when_the_kernel_names_it() {
        assert_eq!(processor("processor\t: 0\nmodel name\t: AMD EPYC\nflags\t: sse\n"), "AMD EPYC");
        assert!(processor("processor\t: 0\nBogoMIPS\t: 50.00\n").starts_with("unnamed ("));
    }
}
