//! The page `docs/benchmarks.md`: how it was measured, and the tables.

use std::fmt::Write as _;

use crate::cold::{ColdStart, HELLO, HELLO_DYNAMODB};
use crate::cost::STORE_ROUND_TRIP_MS;
use crate::export::Export;
use crate::growth::not_flat;
use crate::load::{Load, RAW_HASH};
use crate::machine::Machine;
use crate::prices;
use crate::report::{Measured, Report};
use crate::store::Units;
use crate::targets::Target;

/// The whole page.
pub(crate) fn page(report: &Report) -> String {
    let measured = &report.measured;
    [
        heading(&measured.machine),
        targets(&report.targets),
        cold(measured),
        load(measured),
        cost(measured),
        growth(measured),
        export(measured),
    ]
    .join("\n")
}

fn heading(machine: &Machine) -> String {
    let Machine { date, processor, cores, load_before, load_after, rustc, rustflags } = machine;
    format!(
        "\
# Benchmarks

Written by `make bench`; all figures are in [benchmarks.json](benchmarks.json). Compare ratios rather than times:
they were taken on a shared machine. Processor time is that of our own process, from the kernel's counters.

| | |
|---|---|
| date | {date} |
| processor | {processor}, {cores} cores |
| load average before and after (1, 5, 15 minutes) | {load_before} and {load_after} |
| compiler | {rustc}, release profile, `{rustflags}` |
"
    )
}

fn targets(targets: &[Target]) -> String {
    let mut text = "## Targets\n\n| | target | measured | |\n|---|---|---|---|\n".to_owned();
    for Target { what, limit, measured, passed } in targets {
        let verdict = if *passed { "pass" } else { "**miss**" };
        line(&mut text, &format!("| {what} | {limit} | {measured} | {verdict} |"));
    }
    text
}

fn cold(measured: &Measured) -> String {
    let of = |name: &str| measured.cold(name).map_or(f64::NAN, |cold| cold.init_cpu_ms);
    let (bare, with_client) = (of(HELLO), of(HELLO_DYNAMODB));
    let mut text = format!(
        "\
## (a) Cold start

Each release binary is started {} times by a player of the Lambda Runtime API, with no other variables than Lambda's
and the template's; medians. Init is from `exec` to the first question for an event. The requests that follow ask a
store on the same machine, without TLS. `{HELLO}` is a bare `lambda_http` function, `{HELLO_DYNAMODB}` the same
with one DynamoDB client; both use the product's versions, features and profile, but the C library's allocator.

| function | size, MB | init, ms | init processor, ms | of bare | of bare with client | first request, ms (processor) | warm, ms (processor) | memory, MB |
|---|---|---|---|---|---|---|---|---|
",
        measured.starts
    );
    for cold in &measured.cold {
        let ColdStart { function, init_wall_ms, init_cpu_ms, first_wall_ms, first_cpu_ms, .. } = cold;
        let ColdStart { warm_wall_ms, warm_cpu_ms, resident_mb, .. } = cold;
        let (size, of_bare, of_client) = (cold.binary_mb(), init_cpu_ms / bare, init_cpu_ms / with_client);
        line(
            &mut text,
            &format!(
                "| `{function}` | {size:.1} | {init_wall_ms:.1} | {init_cpu_ms:.1} | {of_bare:.2} | {of_client:.2} | \
                 {first_wall_ms:.1} ({first_cpu_ms:.2}) | {warm_wall_ms:.2} ({warm_cpu_ms:.2}) | {resident_mb:.1} |"
            ),
        );
    }
    text
}

fn load(measured: &Measured) -> String {
    let of = |what: &str, concurrency| measured.load(what, concurrency).map_or(f64::NAN, |load| load.cpu_ms);
    let mut text = format!(
        "\
## (b) Load

One process per request under way, as on Lambda: concurrency 16 is 16 environments. The store, the driver and the
functions share the {} cores, so requests per second are those of all of them together and bounded by the store;
the processor time is ours alone. Of several rounds the best counts, since what else the machine does can only add.
Raw Argon2id is the same hash (19 MiB, two passes, memory reused, same target processor) in as many processes, in turn
with the rest. A sign-in's last column says how much of its processor time is the hash. A process that hashed grew to
{:.1} MB at most.

| | concurrency | per second | processor, ms | of bare | of bare with client | raw Argon2id in it |
|---|---|---|---|---|---|---|
",
        measured.machine.cores, measured.load.hashing_peak_mb
    );
    for Load { what, concurrency, per_second, cpu_ms } in &measured.load.loads {
        let (bare, client) = (cpu_ms / of(HELLO, *concurrency), cpu_ms / of(HELLO_DYNAMODB, *concurrency));
        let hash = of(RAW_HASH, *concurrency) / cpu_ms;
        let hash = if matches!(what.as_str(), "sign-in" | "register") { format!("{hash:.3}") } else { String::new() };
        line(
            &mut text,
            &format!("| {what} | {concurrency} | {per_second:.1} | {cpu_ms:.3} | {bare:.1} | {client:.2} | {hash} |"),
        );
    }
    text
}

fn cost(measured: &Measured) -> String {
    let mut text = format!(
        "\
## (c) What a call costs

Request units are the `ConsumedCapacity` of every request to DynamoDB; a transaction's count double. The processor
time is the median of one request, made again and again on the same state. Dollars are for a million calls with
the list prices of {}:

```text
billed ms = processor ms / min(1, memory MB / {}) + {STORE_ROUND_TRIP_MS} ms x requests to DynamoDB, rounded up
$ = {:.2} (gateway) + {:.2} (Lambda) + memory GB x billed ms x {} + {} x read units + {} x write units
```

It is assumed that a core of this machine does as much as a processor of Lambda, and that DynamoDB takes
{STORE_ROUND_TRIP_MS} ms for each request, one after the other. Not counted: cold starts, logs, storage, the stream,
backups and traffic. A mail is paid to SES ({:.0} $ a million) and not to the gateway; it is a row of its own.

| operation | function, MB | requests | read units | write units | processor, ms | billed, ms | $ a million |
|---|---|---|---|---|---|---|---|
",
        prices::STATED,
        prices::MB_PER_PROCESSOR,
        prices::API_PER_MILLION,
        prices::LAMBDA_PER_MILLION,
        prices::LAMBDA_PER_GB_SECOND * 1e3,
        prices::READ_UNITS_PER_MILLION,
        prices::WRITE_UNITS_PER_MILLION,
        prices::MAILS_PER_MILLION,
    );
    for cost in &measured.cost {
        let Units { calls, read, write } = cost.units;
        line(
            &mut text,
            &format!(
                "| {} | `{}`, {} | {calls} | {read} | {write} | {:.2} | {:.0} | {:.2} |",
                cost.route, cost.function, cost.memory_mb, cost.cpu_ms, cost.billed_ms, cost.dollars_per_million
            ),
        );
    }
    text
}

fn growth(measured: &Measured) -> String {
    let sizes = &measured.growth;
    let mut text = "\
## (d) Growth

Read and write units of the same calls over so many accounts, each with its session, claim and audit events: clones of
one account that was made through the API. Who signs in lies in the midst of them.

| operation |"
        .to_owned();
    for size in sizes {
        let _ = write!(text, " {} accounts |", size.accounts);
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(sizes.len()));
    text.push('\n');
    for cost in &measured.cost {
        let mut row = format!("| {} |", cost.route);
        for size in sizes {
            let units = size.units.get(&cost.operation).copied().unwrap_or_default();
            let _ = write!(row, " {} R, {} W |", units.read, units.write);
        }
        line(&mut text, &row);
    }
    let grown = not_flat(sizes);
    let verdict = if grown.is_empty() { "They are the same at every size." } else { "They are **not** the same." };
    line(&mut text, &format!("\n{verdict}"));
    text
}

fn export(measured: &Measured) -> String {
    let Export { lines, archive_bytes, seconds, cpu_seconds, peak_mb } = measured.export;
    format!(
        "\
## (e) An export

Somebody whose audit log has {lines} lines asks for everything: the function `exporter` reads them page by page and hands
a ZIP of {archive_bytes} bytes to the bucket in parts, which the driver takes and forgets.

| seconds | processor seconds | memory at most, MB |
|---|---|---|
| {seconds:.1} | {cpu_seconds:.1} | {peak_mb:.1} |
"
    )
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
