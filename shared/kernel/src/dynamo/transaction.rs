//! Transactions that say, where each step is written, what its refusal means.
//!
//! DynamoDB reports the reasons of a cancelled transaction in the order of its steps, so the n-th reason belongs
//! to the n-th step. A bare step whose condition fails is a bug (a fresh id exists already) and answered as one.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{CancellationReason, Delete, Put, TransactWriteItem, Update as TransactUpdate};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::condition::{Condition, Placeholders};
use super::error::is_transient;
use super::retry::TRIES;
use super::row::{Row, key_item, to_item};
use super::{Key, Store, StoreError, Update, absent};
use crate::fault::Fault;

/// Writes that happen together or not at all; `E` names what a refusal means.
#[must_use = "nothing happens before `commit`"]
pub struct Transaction<'a, E> {
    store: &'a Store,
    steps: Vec<TransactWriteItem>,
    meanings: Vec<Option<E>>,
    failed: Option<Fault>,
}

impl Store {
    /// An empty transaction.
    pub fn transaction<E: From<Fault>>(&self) -> Transaction<'_, E> {
        Transaction { store: self, steps: Vec::new(), meanings: Vec::new(), failed: None }
    }
}

impl<E: From<Fault>> Transaction<'_, E> {
    /// Writes a row where none is yet.
    pub fn create<R: Row>(self, row: &R) -> Self {
        self.write(row, Some(&absent()))
    }

    /// Writes a row, whatever was there.
    pub fn put<R: Row>(self, row: &R) -> Self {
        self.write(row, None)
    }

    /// Writes a row if the condition holds of what is there, or of there being nothing.
    pub fn put_if<R: Row>(self, row: &R, condition: &Condition) -> Self {
        self.write(row, Some(condition))
    }

    /// Changes an item.
    pub fn update(self, update: &Update) -> Self {
        let step = TransactUpdate::builder()
            .table_name(self.store.table(update.key.table))
            .set_key(Some(key_item(&update.key)))
            .update_expression(update.expression())
            .set_condition_expression(update.condition.clone())
            .set_expression_attribute_names(update.placeholders.names())
            .set_expression_attribute_values(update.placeholders.values())
            .build();
        self.step(step.map(|step| TransactWriteItem::builder().update(step).build()))
    }

    /// Deletes an item, if the condition holds.
    pub fn delete(self, key: &Key, condition: Option<&Condition>) -> Self {
        let mut placeholders = Placeholders::default();
        let condition = condition.map(|condition| placeholders.condition(condition));
        let step = Delete::builder()
            .table_name(self.store.table(key.table))
            .set_key(Some(key_item(key)))
            .set_condition_expression(condition)
            .set_expression_attribute_names(placeholders.names())
            .set_expression_attribute_values(placeholders.values())
            .build();
        self.step(step.map(|step| TransactWriteItem::builder().delete(step).build()))
    }

    /// What it means when the last step's condition does not hold.
    pub fn or(mut self, meaning: E) -> Self {
        if let Some(last) = self.meanings.last_mut() {
            *last = Some(meaning);
        }
        self
    }

    /// `TransactWriteItems`: 2 write units per item and KB. The same client token is sent with every try, so an
    /// answer that was lost on the way does not make the writes happen twice or appear refused.
    pub async fn commit(mut self) -> Result<(), E> {
        if let Some(error) = self.failed.take() {
            return Err(error.into());
        }
        let token = URL_SAFE_NO_PAD.encode(self.store.entropy.bytes::<24>());
        for tried in 1..=TRIES {
            let answer = self
                .store
                .client
                .transact_write_items()
                .set_transact_items(Some(self.steps.clone()))
                .client_request_token(&token)
                .send()
                .await;
            let Err(error) = answer else { return Ok(()) };
            let reasons = match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    cancelled.cancellation_reasons().to_vec()
                }
                _ => match StoreError::from_sdk(&error) {
                    StoreError::Contention => Vec::new(),
                    other => return Err(Fault::from(other).into()),
                },
            };
            if let Some(refusal) = self.refusal(&reasons) {
                return Err(refusal);
            }
            if tried < TRIES {
                self.store.pause(tried).await;
            }
        }
        Err(Fault::CONTENTION.into())
    }

    /// The meaning of the first reason that is final; none when all of them may pass.
    fn refusal(&mut self, reasons: &[CancellationReason]) -> Option<E> {
        for (position, reason) in reasons.iter().enumerate() {
            match reason.code().unwrap_or("None") {
                "ConditionalCheckFailed" => {
                    let meaning = self.meanings.get_mut(position).and_then(Option::take);
                    return Some(meaning.unwrap_or_else(|| {
                        Fault::from(StoreError::Unexpected(format!("step {position} of the transaction"))).into()
                    }));
                }
                "None" | "TransactionConflict" => {}
                code if is_transient(code) => {}
                code => return Some(Fault::from(StoreError::Refused(code.to_owned())).into()),
            }
        }
        None
    }

    fn write<R: Row>(mut self, row: &R, condition: Option<&Condition>) -> Self {
        let mut placeholders = Placeholders::default();
        let condition = condition.map(|condition| placeholders.condition(condition));
        let item = match to_item(row) {
            Ok(item) => item,
            Err(error) => {
                self.failed.get_or_insert(error);
                return self;
            }
        };
        let step = Put::builder()
            .table_name(self.store.table(row.key().table))
            .set_item(Some(item))
            .set_condition_expression(condition)
            .set_expression_attribute_names(placeholders.names())
            .set_expression_attribute_values(placeholders.values())
            .build();
        self.step(step.map(|step| TransactWriteItem::builder().put(step).build()))
    }

    fn step(mut self, step: Result<TransactWriteItem, aws_sdk_dynamodb::error::BuildError>) -> Self {
        match step {
            Ok(step) => {
                self.steps.push(step);
                self.meanings.push(None);
            }
            Err(error) => {
                self.failed.get_or_insert_with(|| StoreError::Refused(error.to_string()).into());
            }
        }
        self
    }
}
