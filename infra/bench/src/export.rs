//! (e) The export of somebody with very much: how long it takes, and how large the function grows.
//!
//! One account is made through the API, and one line of its audit log put into the table again and again, past the API.
//! Then its person asks for an export. The bucket of the driver takes the parts and keeps none of them.

use dynoxide::types::Item;
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use crate::runtime_api::Environment;
use crate::store::{MAIN_TABLE, Services};
use crate::world::{Request, World, stream_event, text};
use crate::{Bench, Failure};

/// Lines that are put into the table at once.
const BATCH: u64 = 10_000;

/// What an export took.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Export {
    /// Lines of the person's audit log.
    pub(crate) lines: u64,
    /// The size of the archive in bytes.
    pub(crate) archive_bytes: u64,
    /// From the record of the stream to the answer.
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    /// The most memory that the function had.
    pub(crate) peak_mb: f64,
}

/// Packs somebody with so many lines.
pub(crate) async fn measure(bench: &Bench, lines: u64) -> Result<Export, Failure> {
    let services = Services::in_file(&bench.template, &bench.folder.path().join("export.sqlite")).await?;
    let mut world = World::new(bench, services).await?;
    let account = world.new_account().await?;
    world.send_mails().await?;
    let all = world.services.scan(MAIN_TABLE)?;
    let line = all.iter().find(|item| item.pointer("/entity/S") == Some(&Value::from("AuditEvent")));
    let line = line.ok_or("an account should have a line in the audit log")?;
    tokio::task::block_in_place(|| fill(&world.services, line, lines))?;

    let ask = Request::post("/api/auth/data-requests", &json!({ "request_type": "EXPORT" }));
    let ask = ask.with_method(Method::POST).bearing(&text(&account, "access")?);
    world.ask(&ask, StatusCode::CREATED).await?;
    let job = world.services.waiting_jobs()?.into_iter().next().ok_or("a request should leave a job")?;
    let (mut environment, _) = Environment::start(world.function("exporter")?).await?;
    let taken = environment.invoke(stream_event(&job)?).await?;
    let answer: Value = serde_json::from_slice(&taken.answer)?;
    if answer.pointer("/batchItemFailures/0").is_some() || world.services.waiting_mails()?.is_empty() {
        return Err(format!("the exporter made no export: {answer}").into());
    }
    Ok(Export {
        lines,
        archive_bytes: world.services.taken_by_the_bucket(),
        seconds: taken.wall.as_secs_f64(),
        cpu_seconds: taken.cpu.as_secs_f64(),
        peak_mb: environment.memory()?.peak_mb(),
    })
}

/// Puts this line into the table so often, a millisecond apart from each other.
fn fill(services: &Services, line: &Value, lines: u64) -> Result<(), Failure> {
    let (pk, at) = (text_at(line, "/pk/S")?, text_at(line, "/at/S")?);
    // From the beginning of its month, so that all of them lie in it.
    let begun: jiff::Timestamp = format!("{}-01T00:00:00.000Z", at.get(..7).unwrap_or_default()).parse()?;
    for first in (0..lines).step_by(usize::try_from(BATCH)?) {
        let clones = (first..(first + BATCH).min(lines)).map(|number| clone(line, &pk, begun, number));
        let clones: Result<Vec<Item>, Failure> = clones.collect();
        services.import(MAIN_TABLE, clones?)?;
    }
    Ok(())
}

fn clone(line: &Value, pk: &str, begun: jiff::Timestamp, number: u64) -> Result<Item, Failure> {
    let milliseconds = begun.as_millisecond() + i64::try_from(number)?;
    let at = jiff::Timestamp::from_millisecond(milliseconds)?.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
    // The time is the first part of a UUIDv7.
    let time = format!("{milliseconds:012x}");
    let (high, low) = time.split_at(8);
    let id = format!("{high}-{low}-7000-8000-{number:012x}");
    let mut clone = line.clone();
    let fields = clone.as_object_mut().ok_or("a line is an object")?;
    for (name, value) in [("pk", pk.to_owned()), ("sk", format!("{at}#{id}")), ("id", id), ("at", at)] {
        fields.insert(name.to_owned(), json!({ "S": value }));
    }
    Ok(serde_json::from_value(clone)?)
}

fn text_at(item: &Value, pointer: &str) -> Result<String, Failure> {
    let found = item.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    found.ok_or_else(|| format!("a line without {pointer}").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_clones_are_one_and_each_is_as_old_as_its_id_says() {
        let line = json!({ "pk": { "S": "AUDIT#x" }, "sk": { "S": "a#b" }, "id": { "S": "b" }, "at": { "S": "a" } });
        let begun = "2026-03-01T00:00:00Z".parse().unwrap();
        let made = |number| serde_json::to_value(clone(&line, "AUDIT#x", begun, number).unwrap()).unwrap();
        let (one, two) = (made(1), made(70_000));
        assert_eq!(one["sk"]["S"], "2026-03-01T00:00:00.001Z#019ca6b1-dc01-7000-8000-000000000001");
        assert_ne!(one["sk"], two["sk"]);
    }
}
