//! `latchkey-ops doctor`: looks at everything that a deployment needs, and says of each thing that is wrong what to do.

mod api;
mod mail;
mod origins;
mod places;
mod secrets;
mod tables;

use std::process::ExitCode;

use crate::Failure;
use crate::deployment::Deployment;

/// What was found of one thing.
#[derive(Debug)]
enum Finding {
    /// It is as it should be.
    Good(String),
    /// It works, but an owner should know.
    Notice(String),
    /// It must be fixed; how.
    Broken(String),
}

fn good(text: impl Into<String>) -> Finding {
    Finding::Good(text.into())
}

fn notice(text: impl Into<String>) -> Finding {
    Finding::Notice(text.into())
}

fn broken(text: impl Into<String>) -> Finding {
    Finding::Broken(text.into())
}

/// Looks at everything, and fails when something must be fixed.
pub(crate) async fn run(deployment: &Deployment) -> Result<ExitCode, Failure> {
    let configuration = vec![good(format!("for {}", deployment.config.public_url))];
    let sections = [
        ("configuration", configuration),
        ("origins", origins::examine(deployment)),
        ("secrets", secrets::examine(deployment).await),
        ("tables", tables::examine(deployment).await),
        ("mail", mail::examine(deployment).await),
        ("places", places::examine(deployment).await),
        ("api", api::examine(deployment).await),
    ];
    let mut to_fix = 0;
    for (section, findings) in &sections {
        for finding in findings {
            let (mark, text) = match finding {
                Finding::Good(text) => ("ok", text),
                Finding::Notice(text) => ("note", text),
                Finding::Broken(text) => {
                    to_fix += 1;
                    ("FIX", text)
                }
            };
            println!("{mark:<5} {section:<14} {text}");
        }
    }
    Ok(if to_fix == 0 {
        println!("\nNothing to fix.");
        ExitCode::SUCCESS
    } else {
        println!("\n{to_fix} to fix.");
        ExitCode::FAILURE
    })
}
