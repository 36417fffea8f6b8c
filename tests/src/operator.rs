//! The operator, at the command line.

use latchkey_identity::accounts::suspend;
use latchkey_identity::app::App;
use latchkey_kernel::http::client::Client;

use crate::account::Person;
use crate::app::TestApp;

impl TestApp {
    /// What the operator's acts take: the application, and the operator at this moment.
    pub fn operator(&self) -> (App, Client) {
        (self.app.clone(), Client::of_operator(self.now(), "ops-1".to_owned()))
    }

    /// The operator suspends an account; the mail is not delivered yet.
    pub async fn suspend(&self, person: &Person) {
        self.suspend_account(person.id()).await;
    }

    /// The same by the account's id.
    pub async fn suspend_account(&self, id: &str) {
        let (app, operator) = self.operator();
        suspend::suspend(&app, &operator, id.parse().unwrap()).await.unwrap();
    }

    /// The operator lifts the suspension.
    pub async fn lift_suspension(&self, person: &Person) {
        let (app, operator) = self.operator();
        suspend::lift(&app, &operator, person.id().parse().unwrap()).await.unwrap();
    }
}
