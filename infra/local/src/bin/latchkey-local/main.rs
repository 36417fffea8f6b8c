//! `latchkey-local`: the whole stack of `infra/template.yaml` on one machine.
//!
//! It starts DynamoDB, SES, S3 and the gateway, builds the functions, runs them under `cargo lambda watch`, and plays
//! what AWS does between them: streams, schedules, retries, dead letters. Everything it keeps lies under `.local/`.

#![expect(clippy::print_stdout, reason = "a tool that is watched by a person talks on standard output")]

mod accounts;
mod clock;
mod cloud;
mod desk;
mod environment;
mod gateway;
mod guard;
mod http_server;
mod lambda;
mod options;
mod ports;
mod schedules;
mod start_function;
mod state;
mod stores;
mod streams;
mod supervisor;
mod toolchain;

use std::process::ExitCode;

use clap::Parser as _;

/// What ends the program: one line that says what to do about it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = options::Options::parse();
    tokio::select! {
        ended = cloud::run(options) => match ended {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => {
                supervisor::wait_for_all().await;
                eprintln!("latchkey-local: {failure}");
                ExitCode::FAILURE
            }
        },
        // Dropping the cloud closes the pipes that its children watch; each takes its whole process group along.
        () = ports::interrupted() => {
            supervisor::wait_for_all().await;
            println!("\nStopped. The data stays in .local/.");
            ExitCode::SUCCESS
        }
    }
}
