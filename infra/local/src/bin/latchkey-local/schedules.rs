//! Invokes the functions whose schedules are due by the local clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use latchkey_local::schedules::fill;
use latchkey_local::template::Schedule;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::Failure;
use crate::clock::LocalClock;
use crate::lambda::Lambda;
use crate::options::Settings;
use crate::state::StateFile;

const TICK: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_mins(5);
/// After a jump of the clock each schedule fires for the times in between. A rate of minutes would fire thousands of
/// times over two weeks, to no other effect than its latest ones.
const MOST_AFTER_A_JUMP: usize = 50;
/// After the machine was off only the latest matters: on AWS the others would have happened at their time.
const MOST_AFTER_A_START: usize = 1;

/// The schedules and when each was last due.
pub(crate) struct Schedules {
    declared: Vec<Schedule>,
    lambda: Lambda,
    clock: Arc<LocalClock>,
    file: StateFile,
    last: Mutex<BTreeMap<String, Timestamp>>,
}

/// One invocation by a schedule.
#[derive(Debug, Serialize)]
pub(crate) struct Fired {
    function: String,
    scheduled_time: Timestamp,
    succeeded: bool,
}

impl Schedules {
    /// Starts to watch the clock.
    pub(crate) fn start(
        settings: &Settings,
        schedules: &[Schedule],
        lambda: &Lambda,
        clock: &Arc<LocalClock>,
    ) -> Result<Arc<Self>, Failure> {
        let file = StateFile::new(&settings.local, "schedules.json");
        let last = Mutex::new(file.read()?);
        let started = Arc::new(Self {
            declared: schedules.to_vec(),
            lambda: lambda.clone(),
            clock: Arc::clone(clock),
            file,
            last,
        });
        let watching = Arc::clone(&started);
        tokio::spawn(async move {
            let mut most = MOST_AFTER_A_START;
            loop {
                if let Err(failure) = watching.run(most).await {
                    eprintln!("schedules: {failure}");
                }
                most = MOST_AFTER_A_JUMP;
                tokio::time::sleep(TICK).await;
            }
        });
        Ok(started)
    }

    /// Fires what is due now, in the order of the times, and tells what was fired.
    pub(crate) async fn run_due(&self) -> Result<Vec<Fired>, Failure> {
        self.run(MOST_AFTER_A_JUMP).await
    }

    async fn run(&self, most: usize) -> Result<Vec<Fired>, Failure> {
        // Held throughout, so that a jump of the clock and the tick never fire the same time twice.
        let mut last = self.last.lock().await;
        let now = self.clock.now();
        let mut due: Vec<(Timestamp, &Schedule)> = Vec::new();
        for schedule in &self.declared {
            if let Some(before) = last.get(&schedule.name) {
                due.extend(schedule.expression.due(*before, now, most).into_iter().map(|time| (time, schedule)));
            } else {
                // A schedule begins when it is first seen, at a whole second like every time it will be due.
                let begun = Timestamp::from_second(now.as_second())?;
                last.insert(schedule.name.clone(), begun);
                self.file.write(&*last)?;
            }
        }
        due.sort_by_key(|(time, _)| *time);
        let mut fired = Vec::new();
        for (time, schedule) in due {
            let event = serde_json::from_str(&fill(&schedule.input, time))?;
            let result = self.lambda.invoke(&schedule.function, &event, PATIENCE).await;
            if let Err(error) = &result {
                eprintln!("{} failed on its schedule: {error}", schedule.function);
            }
            last.insert(schedule.name.clone(), time);
            self.file.write(&*last)?;
            fired.push(Fired { function: schedule.function.clone(), scheduled_time: time, succeeded: result.is_ok() });
        }
        Ok(fired)
    }
}
