//! What was issued in a test and must be told to nobody but its owner: tokens, codes and links, by their form.

use std::collections::BTreeSet;
use std::sync::Mutex;

use crate::app::TestApp;

/// What the answers of a test gave out.
#[derive(Default)]
pub(crate) struct Issued(Mutex<BTreeSet<String>>);

impl Issued {
    /// Looks through the text of an answer, its headers included.
    pub(crate) fn look_through(&self, text: &str) {
        self.extend(tokens(text));
    }

    /// All of it.
    pub(crate) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap().iter().cloned().collect()
    }

    /// Adds what was given out before.
    pub(crate) fn extend(&self, issued: impl Iterator<Item = String>) {
        self.0.lock().unwrap().extend(issued);
    }
}

impl TestApp {
    /// Every token and code that an answer or a mail of this test carried.
    pub fn issued(&self) -> BTreeSet<String> {
        let mut all = self.issued.0.lock().unwrap().clone();
        for mail in self.inbox.mails(None) {
            all.extend(tokens(&mail.text));
            all.extend(tokens(&mail.html));
            let code = |line: &&str| line.len() == 9 && line.chars().all(|c| c == ' ' || c.is_ascii_digit());
            all.extend(mail.text.lines().map(str::trim).filter(code).map(|code| code.replace(' ', "")));
        }
        all
    }
}

/// Opaque tokens (`lk`, a letter, `_`) and JWTs.
fn tokens(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-' | '.'));
    words.filter(|word| is_token(word)).map(str::to_owned)
}

fn is_token(word: &str) -> bool {
    let opaque = word.strip_prefix("lk").and_then(|rest| rest.get(1..)).is_some_and(|rest| rest.starts_with('_'));
    word.len() > 20 && (opaque || word.starts_with("eyJ"))
}
