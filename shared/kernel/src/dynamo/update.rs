//! Updates of one item: what changes, on which condition, and what the item was or became.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use serde::Serialize;

use super::condition::{Condition, Placeholders, Value};
use super::row::{Item, Row, from_item, key_item};
use super::{Entity, Key, Store, StoreError};
use crate::fault::Fault;

/// Changes to one item.
#[derive(Debug, Clone)]
pub struct Update {
    pub(super) key: Key,
    pub(super) placeholders: Placeholders,
    pub(super) condition: Option<String>,
    sets: Vec<String>,
    adds: Vec<String>,
    removes: Vec<String>,
    takes: Vec<String>,
}

/// How a conditional update of a row ended.
#[derive(Debug)]
pub enum Outcome<R> {
    /// It happened; the row as it is now.
    Applied(R),
    /// Its condition did not hold; the row as it is, if there is one.
    Refused(Option<R>),
}

impl Update {
    /// No changes yet.
    pub fn of(key: Key) -> Self {
        Self {
            key,
            placeholders: Placeholders::default(),
            condition: None,
            sets: Vec::new(),
            adds: Vec::new(),
            removes: Vec::new(),
            takes: Vec::new(),
        }
    }

    /// Sets an attribute.
    #[must_use]
    pub fn set(mut self, name: &str, value: impl Value) -> Self {
        let name = self.placeholders.name(name);
        let value = self.placeholders.value(value.value());
        self.sets.push(format!("{name} = {value}"));
        self
    }

    /// Sets an attribute of this entity to a structured value.
    pub fn set_structure(mut self, entity: Entity, name: &str, value: &impl Serialize) -> Result<Self, Fault> {
        let value = serde_dynamo::to_attribute_value(value).map_err(|error| StoreError::Corrupt {
            entity: entity.name(),
            key: self.key.to_string(),
            cause: error.to_string(),
        })?;
        let name = self.placeholders.name(name);
        let value = self.placeholders.value(value);
        self.sets.push(format!("{name} = {value}"));
        Ok(self)
    }

    /// Sets an attribute to what another one was before this update; to null where that one was not set.
    #[must_use]
    pub fn set_to_former(mut self, name: &str, other: &str) -> Self {
        let name = self.placeholders.name(name);
        let other = self.placeholders.name(other);
        let unset = self.placeholders.value(AttributeValue::Null(true));
        self.sets.push(format!("{name} = if_not_exists({other}, {unset})"));
        self
    }

    /// Adds to a number; one that is not set counts as zero.
    #[must_use]
    pub fn add(mut self, name: &str, amount: i64) -> Self {
        let name = self.placeholders.name(name);
        let amount = self.placeholders.value(amount.value());
        self.adds.push(format!("{name} {amount}"));
        self
    }

    /// Adds to a set of texts; one that is not set counts as empty.
    #[must_use]
    pub fn include(mut self, name: &str, member: &impl std::fmt::Display) -> Self {
        let name = self.placeholders.name(name);
        let member = self.placeholders.value(AttributeValue::Ss(vec![member.to_string()]));
        self.adds.push(format!("{name} {member}"));
        self
    }

    /// Removes an attribute.
    #[must_use]
    pub fn remove(mut self, name: &str) -> Self {
        let name = self.placeholders.name(name);
        self.removes.push(name);
        self
    }

    /// Takes a text out of a set of them.
    #[must_use]
    pub fn take(self, name: &str, member: &impl std::fmt::Display) -> Self {
        self.take_all(name, std::slice::from_ref(member))
    }

    /// Takes texts out of a set of them; nothing where there are none.
    #[must_use]
    pub fn take_all<T: std::fmt::Display>(mut self, name: &str, members: &[T]) -> Self {
        if members.is_empty() {
            return self;
        }
        let name = self.placeholders.name(name);
        let members = members.iter().map(ToString::to_string).collect();
        let members = self.placeholders.value(AttributeValue::Ss(members));
        self.takes.push(format!("{name} {members}"));
        self
    }

    /// Happens only if this holds.
    #[must_use]
    pub fn only_if(mut self, condition: &Condition) -> Self {
        let condition = self.placeholders.condition(condition);
        self.condition = Some(match self.condition {
            Some(other) => format!("({other} AND {condition})"),
            None => condition,
        });
        self
    }

    pub(super) fn expression(&self) -> String {
        [("SET", &self.sets), ("ADD", &self.adds), ("REMOVE", &self.removes), ("DELETE", &self.takes)]
            .iter()
            .filter(|(_, parts)| !parts.is_empty())
            .map(|(verb, parts)| format!("{verb} {}", parts.join(", ")))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl Store {
    /// `UpdateItem` of a row: 1 write unit per KB. Tells the row as it became, or, when the condition did not hold,
    /// as it is.
    pub async fn update<R: Row>(&self, update: Update) -> Result<Outcome<R>, Fault> {
        match self.update_item(update).await? {
            Ok(item) => from_item(item).map(Outcome::Applied),
            Err(item) => item.map(from_item).transpose().map(Outcome::Refused),
        }
    }

    /// `UpdateItem`: the item as it became (`Ok`), or, when the condition did not hold, as it is (`Err`).
    pub async fn update_item(&self, update: Update) -> Result<Result<Item, Option<Item>>, Fault> {
        let request = self
            .client
            .update_item()
            .table_name(self.table(update.key.table))
            .set_key(Some(key_item(&update.key)))
            .update_expression(update.expression())
            .set_condition_expression(update.condition.clone())
            .set_expression_attribute_names(update.placeholders.names())
            .set_expression_attribute_values(update.placeholders.values())
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        self.persist(|| {
            let sending = request.clone().send();
            async move {
                match sending.await {
                    Ok(answer) => Ok(Ok(answer.attributes.unwrap_or_default())),
                    Err(error) => match error.as_service_error() {
                        Some(UpdateItemError::ConditionalCheckFailedException(refusal)) => {
                            Ok(Err(refusal.item.clone()))
                        }
                        _ => Err(StoreError::from_sdk(&error)),
                    },
                }
            }
        })
        .await
    }
}
