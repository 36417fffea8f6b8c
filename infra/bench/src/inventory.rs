//! Every operation of the API once, from the inventory of the tests, and what each of them consumed.
//!
//! What must have happened before is brought about in this process, over tables of its own; its rows are copied into the
//! tables that the measured functions ask, and taken away again afterwards. So each operation meets a table in which
//! nothing else happened, of whatever size.

use std::collections::BTreeMap;

use hyper::body::Bytes;
use jiff::Timestamp;
use latchkey_local::gateway::Answer;
use latchkey_tests::{TestApp, inventory};
use serde_json::json;

use crate::store::Units;
use crate::world::{Request, World};
use crate::{Failure, clock};

/// What one call took.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    /// The function that answered.
    pub(crate) function: String,
    /// What its requests to DynamoDB consumed.
    pub(crate) units: Units,
    /// Our processor time, in milliseconds.
    pub(crate) cpu_ms: f64,
}

/// What each operation took, by its `operationId`; workers are named after what they do.
pub(crate) type Round = BTreeMap<String, Taken>;

/// A mail that the worker `mailer` hands to SES.
pub(crate) const MAIL: &str = "(a mail)";
/// A run of the worker `scheduler` that finds nothing to do.
pub(crate) const REDRIVE: &str = "(the schedule)";
/// A report of SES that the worker `feedback` acts on.
pub(crate) const REPORT: &str = "(a bounce)";
/// The recorded report.
pub(crate) const BOUNCE: &str = include_str!("../../../events/feedback/bounce.json");

/// Asks for every operation, and lets every worker work.
pub(crate) async fn every_operation(world: &mut World) -> Result<Round, Failure> {
    let mut round = Round::new();
    for row in inventory() {
        let (app, ready) = TestApp::ready_for(row.id).await;
        world.services.bring(&app)?;
        world.providers.stand_in_for(&app.providers);
        let (function, event) = world.gateway.event_at(&Request::of(&ready), time_of(&app)?)?;
        let (taken, returned) = take(world, &function, event).await?;
        let answer = Answer::from_function(&serde_json::from_slice(&returned)?);
        if !answer.status.is_success() && !answer.status.is_redirection() {
            let body = String::from_utf8_lossy(&answer.body).into_owned();
            return Err(format!("{} answered {}: {body}", row.id, answer.status).into());
        }
        round.insert(row.id.to_owned(), taken);
        world.services.take_back()?;
    }
    world.register().await?;
    world.services.take_units();
    let sent = world.send_mails().await?;
    let [sent] = sent.as_slice() else { return Err("a registration should send one mail".into()) };
    let cpu_ms = sent.cpu.as_secs_f64() * 1e3;
    let mailed = Taken { function: "mailer".to_owned(), units: world.services.take_units(), cpu_ms };
    round.insert(MAIL.to_owned(), mailed);
    let schedule = json!({ "task": "redrive-outbox", "time": clock::now().to_string() });
    for (what, function, event) in
        [(REPORT, "feedback", BOUNCE.to_owned()), (REDRIVE, "scheduler", schedule.to_string())]
    {
        let (taken, _) = take(world, function, event.into()).await?;
        round.insert(what.to_owned(), taken);
    }
    Ok(round)
}

/// Hands a function an event; what that took, and what came back.
async fn take(world: &mut World, function: &str, event: Bytes) -> Result<(Taken, Bytes), Failure> {
    world.services.take_units();
    let done = world.invoke(function, event).await?;
    let cpu_ms = done.cpu.as_secs_f64() * 1e3;
    let taken = Taken { function: function.to_owned(), units: world.services.take_units(), cpu_ms };
    Ok((taken, done.answer))
}

/// The time in an application: the tables hold what happened then.
fn time_of(app: &TestApp) -> Result<Timestamp, Failure> {
    Ok(Timestamp::from_millisecond(app.now().as_millisecond())?)
}

/// The operations of the API's document, with their method and path.
pub(crate) fn routes() -> BTreeMap<String, String> {
    latchkey_tests::operations().into_iter().collect()
}
