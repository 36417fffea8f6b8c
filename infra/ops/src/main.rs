//! `latchkey-ops`: what an operator does with a deployment from a terminal.
//!
//! Every command can be repeated: what is done already stays as it is, and the command says so.

#![expect(clippy::print_stdout, reason = "a tool that is used by a person talks on standard output")]

mod credentials;
mod deployment;
mod doctor;
mod generate_secrets;
mod migrate;
mod rotate_keys;
mod suppression;
mod user;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use deployment::Which;

/// What ends a command: one line that says what to do about it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Sets up, checks and looks after a deployment of Latchkey.
///
/// A deployment is named by its stack (--stack, with the credentials and the region that the AWS command line would
/// use: of the environment, or of the profile that `AWS_PROFILE` names, also after `aws sso login` or `aws login`), or, on
/// one machine, by the file of variables that `make dev` writes (--env-file .local/functions.env).
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(flatten)]
    which: Which,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create the secrets that have no value yet
    ///
    /// Run once after the first deployment; the functions answer 500 until then. Existing secrets are never replaced:
    /// a new pepper would lock everybody out.
    GenerateSecrets,
    /// Take the next step of a key's rotation, or begin one
    RotateKeys(rotate_keys::Arguments),
    /// Take the steps that stored rows need before this version works on them
    ///
    /// Steps are numbered and taken once; a run that was interrupted is continued. `make deploy` runs it after every
    /// deployment, and the local cloud at every start.
    Migrate,
    /// Check configuration, tables, secrets, mail, places and API, and say what to fix
    ///
    /// Changes nothing. Exits with 1 when something must be fixed.
    Doctor,
    /// Look at or lift the suppression of an address that bounced or complained
    Suppression(suppression::Arguments),
    /// Find a user, suspend or restore the account, end its sessions, remove its second factors, delete it
    ///
    /// A user is named by email address, username, telephone number or id. Every act is in the user's security log, as the
    /// operator's, and the user is mailed. The credentials must allow reading the secrets `macs` and `sealing`, and reading and writing
    /// the tables.
    #[command(subcommand)]
    User(user::Command),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(arguments).await {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("latchkey-ops: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let deployment = arguments.which.find().await?;
    match arguments.command {
        Command::GenerateSecrets => generate_secrets::run(&deployment).await?,
        Command::RotateKeys(arguments) => rotate_keys::run(&deployment, &arguments).await?,
        Command::Migrate => migrate::run(&deployment).await?,
        Command::Doctor => return doctor::run(&deployment).await,
        Command::Suppression(arguments) => suppression::run(&deployment, &arguments).await?,
        Command::User(command) => user::run(&deployment, &command).await?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Arguments::command().debug_assert();
    }
}
