//! `latchkey-bench`: what the functions cost, measured through the Lambda Runtime API (`make bench`).
//!
//! The release binaries run as on Lambda, one process per environment; DynamoDB and SES are those of the local cloud,
//! in this process. The result is `docs/benchmarks.json` and `docs/benchmarks.md`. Linux only: it reads `/proc`.

#![expect(clippy::print_stdout, reason = "a tool that is watched by a person talks on standard output")]

mod clock;
mod cold;
mod cost;
mod export;
mod folder;
mod function;
mod growth;
mod http;
mod inventory;
mod load;
mod machine;
mod markdown;
mod prices;
mod process;
mod providers;
mod raw_hash;
mod report;
mod runtime_api;
mod statistics;
mod store;
mod targets;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use latchkey_local::template::Template;
use tokio::signal::unix::SignalKind;

use crate::cost::{Cost, Way, billed_ms, dollars_per_million};
use crate::folder::Folder;
use crate::inventory::{Round, every_operation, routes};
use crate::machine::Machine;
use crate::report::{Measured, Report};
use crate::statistics::median;
use crate::store::Services;
use crate::world::World;

/// What ends the program: one line that says what to do about it.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures what the functions cost.
#[derive(Debug, Parser)]
struct Options {
    /// A short run over few accounts; its result goes to target/bench and not to docs.
    #[arg(long)]
    quick: bool,
    /// The folder of the release binaries.
    #[arg(long, default_value = "target/release")]
    binaries: PathBuf,
    /// What the binaries were built with, for the report.
    #[arg(long, env = "RUSTFLAGS", default_value = "", hide = true)]
    rustflags: String,
}

/// How much is measured.
#[derive(Debug)]
struct Extent {
    starts: usize,
    rounds: usize,
    round: Duration,
    repeats: usize,
    sizes: &'static [u64],
    lines: u64,
}

const FULL: Extent = Extent {
    starts: 21,
    rounds: 5,
    round: Duration::from_secs(3),
    repeats: 21,
    sizes: &[1_000, 100_000, 1_000_000],
    lines: 200_000,
};
const QUICK: Extent =
    Extent { starts: 5, rounds: 1, round: Duration::from_secs(1), repeats: 3, sizes: &[1_000, 10_000], lines: 20_000 };

/// What every part needs.
struct Bench {
    template: Template,
    binaries: PathBuf,
    folder: Folder,
    extent: Extent,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    // Whichever ends first, the other is dropped, and with it every process that was started.
    let ended = tokio::select! {
        ended = run(&options) => ended,
        interrupted = interrupted() => interrupted.and(Err("interrupted".into())),
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("latchkey-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Waits for Ctrl-C, or for whoever else ends this.
async fn interrupted() -> Result<(), Failure> {
    let mut terminate = tokio::signal::unix::signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => Ok(pressed?),
        _ = terminate.recv() => Ok(()),
    }
}

async fn run(options: &Options) -> Result<(), Failure> {
    let scratch = PathBuf::from("target/bench");
    let bench = Bench {
        template: Template::read("infra/template.yaml")?,
        binaries: std::path::absolute(&options.binaries)?,
        folder: Folder::create(&scratch).await?,
        extent: if options.quick { QUICK } else { FULL },
    };
    let machine = Machine::here(&options.rustflags)?;

    println!("What calls cost ...");
    let mut world = World::new(&bench, Services::in_memory(&bench.template).await?).await?;
    let cost = costs(&bench, &mut world).await?;
    println!("Cold starts ...");
    let cold = cold::measure(&bench, &mut world).await?;
    println!("Load ...");
    let load = load::measure(&bench, world).await?;
    println!("Growth ...");
    let growth = growth::measure(&bench).await?;
    println!("An export ...");
    let export = export::measure(&bench, bench.extent.lines).await?;

    let measured = Measured { machine, starts: bench.extent.starts, cold, load, prices: "", cost, growth, export };
    let report = Report::of(measured)?;
    let folder = if options.quick { scratch } else { PathBuf::from("docs") };
    report.write(&folder)?;
    for target in &report.targets {
        let verdict = if target.passed { "pass" } else { "MISS" };
        println!("{verdict}  {}: {} ({})", target.what, target.measured, target.limit);
    }
    println!("Written: {}", folder.join("benchmarks.md").display());
    Ok(())
}

/// Asks for every operation several times; processor times are medians, units those of the dearest time.
async fn costs(bench: &Bench, world: &mut World) -> Result<Vec<Cost>, Failure> {
    let routes = routes();
    // The first round starts the functions.
    every_operation(world).await?;
    let mut rounds: Vec<Round> = Vec::new();
    for _ in 0..bench.extent.repeats {
        rounds.push(every_operation(world).await?);
    }
    let (first, _) = rounds.split_first().ok_or("nothing was asked for")?;
    let mut costs = Vec::new();
    for operation in first.keys() {
        let times = || rounds.iter().filter_map(|round| round.get(operation));
        let cpu_ms = median(times().map(|taken| taken.cpu_ms));
        let dearest = times().max_by(|one, other| one.units.dollars().total_cmp(&other.units.dollars()));
        let taken = dearest.ok_or("an operation was asked for in no round")?;
        let memory_mb = world.function(&taken.function)?.memory_mb;
        let memory = f64::from(u32::try_from(memory_mb)?);
        let billed = billed_ms(cpu_ms, memory, taken.units.calls);
        costs.push(Cost {
            operation: operation.clone(),
            route: routes.get(operation).cloned().unwrap_or_else(|| operation.clone()),
            function: taken.function.clone(),
            memory_mb,
            units: taken.units,
            cpu_ms,
            billed_ms: billed,
            dollars_per_million: dollars_per_million(Way::of(operation), memory, billed, taken.units),
        });
    }
    // By path, and what no path leads to last.
    costs.sort_by_cached_key(|cost| {
        let (method, path) = cost.route.split_once(" /").unwrap_or_default();
        (path.is_empty(), path.to_owned(), method.to_owned())
    });
    Ok(costs)
}
