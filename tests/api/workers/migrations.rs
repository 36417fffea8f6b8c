//! Migrations: steps that are taken once, in order, and go on where a run was interrupted.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use latchkey_identity::registry;
use latchkey_kernel::dynamo::migrations::{Batch, Deployment, MigrateError, Progress, Step, Work, applied, migrate};
use latchkey_kernel::secret::{Macs, MacsMaterial, Pepper};
use latchkey_tests::{Fault, TestApp};

/// A step of three batches that writes down where each began, and can be made to die.
struct Counting {
    number: u32,
    began: Arc<Mutex<Vec<Option<String>>>>,
    dies_at: Arc<AtomicU32>,
    /// What happens while a batch is at work.
    takes: Option<Box<dyn Fn() + Send + Sync>>,
}

impl Counting {
    fn new(number: u32) -> Self {
        Self { number, began: Arc::default(), dies_at: Arc::new(AtomicU32::new(u32::MAX)), takes: None }
    }
}

impl Step for Counting {
    fn number(&self) -> u32 {
        self.number
    }

    fn name(&self) -> &'static str {
        "count"
    }

    fn batch<'a>(&'a self, work: &'a Work<'_>, from: Option<&'a str>) -> Batch<'a> {
        self.began.lock().unwrap().push(from.map(str::to_owned));
        let batch: u32 = from.map_or(0, |from| from.parse().unwrap());
        Box::pin(async move {
            if batch == self.dies_at.load(Ordering::Relaxed) {
                work.store.is_reachable().await;
                return Err(MigrateError::Newer(0));
            }
            self.takes.as_ref().inspect(|takes| takes());
            Ok(if batch == 2 { Progress::Done } else { Progress::More((batch + 1).to_string()) })
        })
    }
}

/// The product's own steps.
fn steps() -> Vec<&'static dyn Step> {
    registry::migrations().copied().collect()
}

/// Takes these steps as one run of the command does.
async fn run(app: &TestApp, steps: &[&dyn Step]) -> Result<Vec<&'static str>, MigrateError> {
    let pepper: Pepper = app.vault.get("pepper");
    let macs = Macs::new(app.vault.get("macs")).unwrap();
    let (store, entropy) = (app.store(), app.entropy());
    let clock = app.clock();
    migrate(&Work { store, macs: &macs, pepper: &pepper, entropy, clock: &clock }, steps).await
}

#[tokio::test]
async fn a_new_deployment_is_seeded_once() {
    let app = TestApp::new();
    assert_eq!(applied(app.store()).await.unwrap(), 0);
    assert_eq!(run(&app, &steps()).await.unwrap().len(), 1);
    let first = Deployment::find(app.store()).await.unwrap().unwrap();
    app.advance(SignedDuration::from_hours(1));
    assert!(run(&app, &steps()).await.unwrap().is_empty());
    let second = Deployment::find(app.store()).await.unwrap().unwrap();
    assert_eq!(first.created_at, second.created_at);
    assert_eq!(applied(app.store()).await.unwrap(), 1);
}

#[tokio::test]
async fn tables_with_other_secrets_are_found_out() {
    let app = TestApp::new();
    run(&app, &steps()).await.unwrap();
    let deployment = Deployment::find(app.store()).await.unwrap().unwrap();
    let (pepper, macs): (Pepper, _) = (app.vault.get("pepper"), app.vault.get("macs"));
    let macs = Macs::new(macs).unwrap();
    assert!(deployment.check(&pepper, &macs).is_ok());
    let other = Pepper::generate(app.entropy(), app.now());
    assert!(deployment.check(&other, &macs).unwrap_err().to_string().contains("pepper"));
    let other = Macs::new(MacsMaterial::generate(app.entropy(), app.now())).unwrap();
    assert!(deployment.check(&pepper, &other).unwrap_err().to_string().contains("macs"));
}

#[tokio::test]
async fn a_run_that_died_is_continued_where_it_was() {
    let app = TestApp::new();
    let counting = Counting::new(7);
    let (began, dies_at) = (Arc::clone(&counting.began), Arc::clone(&counting.dies_at));
    let steps: [&dyn Step; 1] = [&counting];
    dies_at.store(1, Ordering::Relaxed);
    assert!(run(&app, &steps).await.is_err());
    dies_at.store(u32::MAX, Ordering::Relaxed);
    assert_eq!(run(&app, &steps).await.unwrap(), ["count"]);
    let began: Vec<_> = began.lock().unwrap().iter().map(|from| from.clone().unwrap_or_default()).collect();
    assert_eq!(began, ["", "1", "1", "2"]);
    assert!(run(&app, &steps).await.unwrap().is_empty());
}

#[tokio::test]
async fn steps_are_taken_by_number_and_those_that_were_taken_are_left_out() {
    let app = TestApp::new();
    run(&app, &[&Counting::new(2)]).await.unwrap();
    let (third, second, fourth) = (Counting::new(3), Counting::new(2), Counting::new(4));
    let (third_began, second_began) = (Arc::clone(&third.began), Arc::clone(&second.began));
    let taken = run(&app, &[&fourth, &third, &second]).await.unwrap();
    assert_eq!(taken.len(), 2);
    assert_eq!((third_began.lock().unwrap().len(), second_began.lock().unwrap().len()), (3, 0));
}

#[tokio::test]
async fn tables_that_are_ahead_of_the_program_are_left_alone() {
    let app = TestApp::new();
    run(&app, &[&Counting::new(9)]).await.unwrap();
    assert!(matches!(run(&app, &steps()).await, Err(MigrateError::Newer(9))));
    assert!(Deployment::find(app.store()).await.unwrap().is_none());
}

#[tokio::test]
async fn two_runs_at_once_take_a_step_once() {
    let app = TestApp::new();
    let (one, two) = (Counting::new(1), Counting::new(1));
    let (one_began, two_began) = (Arc::clone(&one.began), Arc::clone(&two.began));
    let (one, two): ([&dyn Step; 1], [&dyn Step; 1]) = ([&one], [&two]);
    let outcomes = tokio::join!(run(&app, &one), run(&app, &two));
    let taken = [&outcomes.0, &outcomes.1].iter().filter(|run| matches!(run, Ok(steps) if steps.len() == 1)).count();
    assert_eq!(taken, 1, "{outcomes:?}");
    assert_eq!(one_began.lock().unwrap().len() + two_began.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn a_run_whose_process_was_killed_is_replaced_after_its_lease() {
    let app = TestApp::new();
    let counting = Counting::new(1);
    let steps: [&dyn Step; 1] = [&counting];
    // The claim is written, and then nothing goes through any more: not even the word that the run has ended.
    for nth in 2..40 {
        app.engine.fail("*", nth, Fault::Unreachable);
    }
    assert!(run(&app, &steps).await.is_err());
    app.engine.heal();
    assert!(matches!(run(&app, &steps).await, Err(MigrateError::Busy(_))));
    app.advance(SignedDuration::from_mins(11));
    assert_eq!(run(&app, &steps).await.unwrap(), ["count"]);
}

#[tokio::test]
async fn a_run_that_takes_long_and_shows_that_it_is_alive_is_not_replaced() {
    let app = TestApp::new();
    let wait = app.waiting();
    let counting = Counting { takes: Some(Box::new(move || wait(SignedDuration::from_mins(9)))), ..Counting::new(1) };
    let steps: [&dyn Step; 1] = [&counting];
    assert_eq!(run(&app, &steps).await.unwrap(), ["count"]);
    let until = app.engine.scan("MainTable").iter().find(|item| item["pk"]["S"] == "MIGRATIONS").cloned().unwrap();
    assert!(until["run_until"].is_null(), "the run has ended: {until}");
}
