//! SESv2's `SendEmail`, as far as mails are sent here: accepted, kept, and shown instead of delivered.
//!
//! The answers are the service's own, refusals included, because the mailer's work is mostly about telling a refusal
//! that is final from one that passes. Tests can order refusals; people read what was kept in the inbox.
//! <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>

mod mail;
mod request;

use std::collections::VecDeque;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

pub use mail::{Attachment, Header, Mail};

/// The path that `SendEmail` is posted to.
pub const SEND_EMAIL_PATH: &str = "/v2/email/outbound-emails";

/// How the next send is made to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// An error of the service by its name, such as `TooManyRequestsException`; nothing is sent.
    Refused(String),
    /// The service breaks with a 500; nothing is sent.
    Broken,
    /// The mail is accepted, but the caller gets a 500 in place of the answer.
    LostAnswer,
}

/// An answer of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// JSON; an error names itself in `__type`, which the SDK reads like the `x-amzn-ErrorType` header.
    pub body: Vec<u8>,
}

/// Accepts mails and keeps them. Clones share one inbox.
#[derive(Debug, Clone, Default)]
pub struct Catcher {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    mails: Vec<Mail>,
    failures: VecDeque<Failure>,
    file: Option<File>,
}

impl Catcher {
    /// An inbox in memory.
    pub fn new() -> Self {
        Self::default()
    }

    /// An inbox in memory that took these mails before, the oldest first.
    pub fn holding(mails: Vec<Mail>) -> Self {
        Self { state: Arc::new(Mutex::new(State { mails, ..State::default() })) }
    }

    /// An inbox kept in a file, one mail a line. A last line that a kill cut short is ignored.
    pub fn open(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let mut mails = Vec::new();
        if path.exists() {
            let lines = std::fs::read(path)?;
            mails = lines.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        }
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Self { state: Arc::new(Mutex::new(State { mails, failures: VecDeque::new(), file: Some(file) })) })
    }

    /// Answers the body of a `SendEmail` request.
    pub fn send(&self, body: &[u8], now: Timestamp) -> Answer {
        let mut state = self.lock();
        let failure = state.failures.pop_front();
        match failure {
            Some(Failure::Refused(name)) => return Answer::error(&name, "ordered by the test"),
            Some(Failure::Broken) => return Answer::broken(),
            Some(Failure::LostAnswer) | None => {}
        }
        let id = format!("{:016x}-{:08x}-000000", now.as_microsecond(), state.mails.len());
        match request::read(body, id.clone(), now) {
            Err(refusal) => Answer::error(refusal.name, &refusal.message),
            Ok(mail) => {
                if state.keep(mail).is_err() || failure == Some(Failure::LostAnswer) {
                    return Answer::broken();
                }
                Answer::json(200, &json!({ "MessageId": id }))
            }
        }
    }

    /// The mails kept, newest first; with `to`, only those to this address in any spelling of case.
    pub fn mails(&self, to: Option<&str>) -> Vec<Mail> {
        let state = self.lock();
        state.mails.iter().rev().filter(|mail| to.is_none_or(|to| mail.is_to(to))).cloned().collect()
    }

    /// The mail with this id.
    pub fn mail(&self, id: &str) -> Option<Mail> {
        self.lock().mails.iter().find(|mail| mail.id == id).cloned()
    }

    /// Makes the next `count` sends fail; orders given earlier are carried out first.
    pub fn fail_next(&self, count: usize, failure: &Failure) {
        self.lock().failures.extend(std::iter::repeat_n(failure.clone(), count));
    }

    /// Carries out no more of the failures that were ordered.
    pub fn heal(&self) {
        self.lock().failures.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held cannot leave a mail half kept.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep(&mut self, mail: Mail) -> std::io::Result<()> {
        if let Some(file) = &mut self.file {
            // The break comes first, too: a mail after one that was cut short must begin a line of its own.
            let line = [b"\n".as_slice(), &serde_json::to_vec(&mail)?, b"\n"].concat();
            file.write_all(&line)?;
        }
        self.mails.push(mail);
        Ok(())
    }
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        Self { status, body: body.to_string().into_bytes() }
    }

    fn error(name: &str, message: &str) -> Self {
        let status = match name {
            "TooManyRequestsException" => 429,
            "NotFoundException" => 404,
            "InternalFailure" => 500,
            _ => 400,
        };
        Self::json(status, &json!({ "__type": name, "message": message }))
    }

    fn broken() -> Self {
        Self::error("InternalFailure", "The request processing has failed because of an unknown error")
    }
}

#[cfg(test)]
mod tests;
