//! Conditions of writes, in a small vocabulary. Names and values are placeholders throughout, so that no
//! reserved word and no value ever meets the expression.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// What must hold of the item for a write to happen.
#[derive(Debug, Clone)]
pub enum Condition {
    /// There is no such item.
    Absent,
    /// There is such an item.
    Present,
    /// The attribute is set.
    Has(&'static str),
    /// The attribute is not set.
    Unset(&'static str),
    /// The attribute is a set of texts without this one, or not set.
    Lacks(&'static str, String),
    /// The attribute compares so with the value; false when it is not set.
    Compare(&'static str, &'static str, AttributeValue),
    /// The attribute is a set of texts with this one.
    Holds(&'static str, String),
    /// All of them.
    All(Vec<Condition>),
    /// At least one of them.
    Any(Vec<Condition>),
}

/// A value of an attribute.
pub trait Value {
    /// As DynamoDB writes it.
    fn value(&self) -> AttributeValue;
}

impl Value for str {
    fn value(&self) -> AttributeValue {
        AttributeValue::S(self.to_owned())
    }
}

impl Value for String {
    fn value(&self) -> AttributeValue {
        AttributeValue::S(self.clone())
    }
}

impl Value for AttributeValue {
    fn value(&self) -> AttributeValue {
        self.clone()
    }
}

impl Value for bool {
    fn value(&self) -> AttributeValue {
        AttributeValue::Bool(*self)
    }
}

macro_rules! written_as {
    ($variant:ident: $($type:ty),*) => {$(
        impl Value for $type {
            fn value(&self) -> AttributeValue {
                AttributeValue::$variant(self.to_string())
            }
        }
    )*};
}

written_as!(N: u32, u64, i64);
written_as!(S: crate::clock::Timestamp, crate::secret::Digest);

impl<T: Value + ?Sized> Value for &T {
    fn value(&self) -> AttributeValue {
        (**self).value()
    }
}

/// There is no such item.
pub fn absent() -> Condition {
    Condition::Absent
}

/// There is such an item.
pub fn present() -> Condition {
    Condition::Present
}

/// The attribute is set.
pub fn has(name: &'static str) -> Condition {
    Condition::Has(name)
}

/// The attribute is not set.
pub fn unset(name: &'static str) -> Condition {
    Condition::Unset(name)
}

/// The attribute is a set of texts without this one, or not set.
pub fn lacks(name: &'static str, member: &impl std::fmt::Display) -> Condition {
    Condition::Lacks(name, member.to_string())
}

/// The attribute has this value.
pub fn equals(name: &'static str, value: impl Value) -> Condition {
    Condition::Compare(name, "=", value.value())
}

/// The attribute has another value, or none.
pub fn differs(name: &'static str, value: impl Value) -> Condition {
    unset(name).or(Condition::Compare(name, "<>", value.value()))
}

/// The attribute is less than this value.
pub fn below(name: &'static str, value: impl Value) -> Condition {
    Condition::Compare(name, "<", value.value())
}

/// The attribute is more than this value; of an instant: it lies after it.
pub fn after(name: &'static str, value: impl Value) -> Condition {
    Condition::Compare(name, ">", value.value())
}

/// The attribute is a set of texts with this one.
pub fn holds(name: &'static str, member: &impl std::fmt::Display) -> Condition {
    Condition::Holds(name, member.to_string())
}

impl Condition {
    /// Both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self::All(vec![self, other])
    }

    /// One or the other, or both.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self::Any(vec![self, other])
    }

    fn write(&self, placeholders: &mut Placeholders) -> String {
        let list = |conditions: &[Self], joint: &str, placeholders: &mut Placeholders| {
            let parts: Vec<String> = conditions.iter().map(|condition| condition.write(placeholders)).collect();
            format!("({})", parts.join(joint))
        };
        match self {
            Self::Absent => format!("attribute_not_exists({})", placeholders.name("pk")),
            Self::Present => format!("attribute_exists({})", placeholders.name("pk")),
            Self::Has(name) => format!("attribute_exists({})", placeholders.name(name)),
            Self::Unset(name) => format!("attribute_not_exists({})", placeholders.name(name)),
            Self::Lacks(name, member) => {
                let name = placeholders.name(name);
                format!("NOT contains({name}, {})", placeholders.value(member.value()))
            }
            Self::Compare(name, operator, value) => {
                let name = placeholders.name(name);
                format!("{name} {operator} {}", placeholders.value(value.clone()))
            }
            Self::Holds(name, member) => {
                let name = placeholders.name(name);
                format!("contains({name}, {})", placeholders.value(member.value()))
            }
            Self::All(conditions) => list(conditions, " AND ", placeholders),
            Self::Any(conditions) => list(conditions, " OR ", placeholders),
        }
    }
}

/// The names and values of one request's expressions.
#[derive(Debug, Default, Clone)]
pub(super) struct Placeholders {
    names: Vec<String>,
    values: Vec<AttributeValue>,
}

impl Placeholders {
    pub(super) fn name(&mut self, name: &str) -> String {
        let position = self.names.iter().position(|known| known == name).unwrap_or_else(|| {
            self.names.push(name.to_owned());
            self.names.len() - 1
        });
        format!("#{position}")
    }

    pub(super) fn value(&mut self, value: AttributeValue) -> String {
        self.values.push(value);
        format!(":{}", self.values.len() - 1)
    }

    pub(super) fn condition(&mut self, condition: &Condition) -> String {
        condition.write(self)
    }

    pub(super) fn names(&self) -> Option<HashMap<String, String>> {
        let names: HashMap<_, _> =
            self.names.iter().enumerate().map(|(position, name)| (format!("#{position}"), name.clone())).collect();
        Some(names).filter(|names| !names.is_empty())
    }

    pub(super) fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        let values: HashMap<_, _> =
            self.values.iter().enumerate().map(|(position, value)| (format!(":{position}"), value.clone())).collect();
        Some(values).filter(|values| !values.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_reads_as_dynamodb_wants_it() {
        let mut placeholders = Placeholders::default();
        let condition = present().and(below("tries", 5_u32)).and(unset("ended_at").or(equals("tries", 0_u32)));
        assert_eq!(
            placeholders.condition(&condition),
            "((attribute_exists(#0) AND #1 < :0) AND (attribute_not_exists(#2) OR #1 = :1))"
        );
        assert_eq!(placeholders.names().unwrap().len(), 3);
        assert_eq!(placeholders.values().unwrap().len(), 2);
    }
}
