//! Changes of an account's address, made the way people make them.

use serde_json::json;

use crate::account::{PASSWORD, Person};
use crate::answer::Answer;
use crate::app::TestApp;

impl TestApp {
    /// Asks for another address, with the password of everybody.
    pub async fn ask_for_email(&self, person: &Person, new: &str) -> Answer {
        let body = json!({ "new_email": new, "current_password": PASSWORD });
        person.calling(self).post("/api/auth/email-change", body).await
    }

    /// Sends the code that came to the new address.
    pub async fn confirm_email(&self, person: &Person, code: &str) -> Answer {
        person.calling(self).post("/api/auth/email-change/confirm", json!({ "code": code })).await
    }

    /// Changes the address, from asking to the notice.
    pub async fn change_email(&self, person: &Person, new: &str) {
        self.ask_for_email(person, new).await.success();
        self.run_workers().await;
        self.confirm_email(person, &self.code_to(new)).await.success();
        self.run_workers().await;
    }

    /// The token in the newest link that an address got for undoing a change.
    pub fn undo_link_to(&self, address: &str) -> String {
        let mails = self.inbox.mails(Some(address)).into_iter();
        let mut links = mails.filter_map(|mail| {
            let (_, rest) = mail.text.split_once("/undo-email-change?token=")?;
            rest.split_whitespace().next().map(str::to_owned)
        });
        links.next().unwrap_or_else(|| panic!("no link to undo a change was mailed to {address}"))
    }

    /// Undoes a change with its token, as the page does.
    pub async fn undo_email_change(&self, token: &str) -> Answer {
        self.anon().post_form("/undo-email-change", &format!("token={token}")).await
    }
}
