//! `latchkey-generate`: writes what the routers alone decide, or says with `--check` what is not as they decide it.

use std::io::Write as _;
use std::process::ExitCode;

use latchkey_generate::{Error, replace, stale};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => false,
        ["--check"] => true,
        _ => {
            eprintln!("usage: latchkey-generate [--check]");
            return ExitCode::from(2);
        }
    };
    match run(check) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("latchkey-generate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(check: bool) -> Result<ExitCode, Error> {
    let stale = stale()?;
    for file in &stale {
        if check {
            eprintln!("{} is out of date: run `make generate` and look at what changed", file.path);
        } else {
            replace(file.path, &file.text)?;
            writeln!(std::io::stdout(), "{} is written", file.path)?;
        }
    }
    Ok(if check && !stale.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
