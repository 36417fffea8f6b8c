//! The mails of one test.

use latchkey_local::ses::Mail;

use crate::TestApp;

impl TestApp {
    /// The newest mail to an address but for word of a new device: most tests sign in by the way.
    pub fn mail_to(&self, address: &str) -> Mail {
        let mut mails = self.inbox.mails(Some(address)).into_iter();
        mails.find(|mail| !is_notice(mail)).unwrap_or_else(|| panic!("no mail to {address}"))
    }

    /// The newest mail about a new device.
    pub fn notice_to(&self, address: &str) -> Mail {
        let mut mails = self.inbox.mails(Some(address)).into_iter();
        mails.find(is_notice).unwrap_or_else(|| panic!("no notice to {address}"))
    }

    /// The subjects of the mails to an address, oldest first.
    pub fn subjects_to(&self, address: &str) -> Vec<String> {
        self.inbox.mails(Some(address)).into_iter().rev().map(|mail| mail.subject).collect()
    }
}

fn is_notice(mail: &Mail) -> bool {
    mail.subject.starts_with("New sign-in to ")
}
