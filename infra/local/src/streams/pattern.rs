//! One pattern of a mapping's `FilterCriteria`.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>. What is not understood is refused
//! when the template is read, since a filter that silently matches nothing looks exactly like a lost mail.

use serde_json::Value;

/// A parsed filter pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern(Node);

/// Why a pattern cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("filter pattern: {0}")]
pub struct PatternError(String);

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// Every key must match.
    Object(Vec<(String, Node)>),
    /// `$or`: one of the objects must match.
    Either(Vec<Node>),
    /// One of the rules must match the value.
    Leaf(Vec<Rule>),
}

#[derive(Debug, Clone, PartialEq)]
enum Rule {
    Exact(Value),
    Exists(bool),
    Prefix(String),
    Suffix(String),
    IgnoringCase(String),
    AnythingBut(Vec<Rule>),
    Numeric(Vec<(Comparison, f64)>),
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Comparison {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Pattern {
    /// Parses a pattern as the template writes it: JSON in a string.
    pub fn parse(text: &str) -> Result<Self, PatternError> {
        let value: Value = serde_json::from_str(text).map_err(|error| PatternError(error.to_string()))?;
        node(&value).map(Self)
    }

    /// Whether a record matches.
    pub fn matches(&self, record: &Value) -> bool {
        self.0.matches(Some(record))
    }
}

fn node(value: &Value) -> Result<Node, PatternError> {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| match (key.as_str(), value) {
                ("$or", Value::Array(choices)) => {
                    Ok((key.clone(), Node::Either(choices.iter().map(node).collect::<Result<_, _>>()?)))
                }
                _ => Ok((key.clone(), node(value)?)),
            })
            .collect::<Result<_, _>>()
            .map(Node::Object),
        Value::Array(rules) if !rules.is_empty() => rules.iter().map(rule).collect::<Result<_, _>>().map(Node::Leaf),
        other => Err(PatternError(format!("values stand in a list that is not empty, which {other} is not"))),
    }
}

fn rule(value: &Value) -> Result<Rule, PatternError> {
    let Value::Object(object) = value else {
        return Ok(Rule::Exact(value.clone()));
    };
    let unknown = || PatternError(format!("the rule {value} is not understood"));
    let mut entries = object.iter();
    let (Some((name, argument)), None) = (entries.next(), entries.next()) else {
        return Err(unknown());
    };
    Ok(match (name.as_str(), argument) {
        ("exists", Value::Bool(exists)) => Rule::Exists(*exists),
        ("prefix", Value::String(text)) => Rule::Prefix(text.clone()),
        ("suffix", Value::String(text)) => Rule::Suffix(text.clone()),
        ("equals-ignore-case", Value::String(text)) => Rule::IgnoringCase(text.to_lowercase()),
        ("anything-but", Value::Array(values)) => Rule::AnythingBut(values.iter().map(rule).collect::<Result<_, _>>()?),
        ("anything-but", one) => Rule::AnythingBut(vec![rule(one)?]),
        ("numeric", Value::Array(parts)) => Rule::Numeric(
            parts
                .chunks(2)
                .map(|pair| match pair {
                    [Value::String(sign), Value::Number(limit)] => comparison(sign).zip(limit.as_f64()),
                    _ => None,
                })
                .collect::<Option<_>>()
                .ok_or_else(unknown)?,
        ),
        _ => return Err(unknown()),
    })
}

fn comparison(sign: &str) -> Option<Comparison> {
    Some(match sign {
        "=" => Comparison::Equal,
        "<" => Comparison::Less,
        "<=" => Comparison::AtMost,
        ">" => Comparison::Greater,
        ">=" => Comparison::AtLeast,
        _ => return None,
    })
}

impl Node {
    fn matches(&self, value: Option<&Value>) -> bool {
        match self {
            Self::Object(keys) => keys.iter().all(|(key, node)| match node {
                Self::Either(_) => node.matches(value),
                _ => node.matches(value.and_then(|value| value.get(key))),
            }),
            Self::Either(choices) => choices.iter().any(|choice| choice.matches(value)),
            Self::Leaf(rules) => rules.iter().any(|rule| match value {
                Some(Value::Array(elements)) if !matches!(rule, Rule::Exists(_)) => {
                    elements.iter().any(|element| rule.matches(Some(element)))
                }
                _ => rule.matches(value),
            }),
        }
    }
}

impl Rule {
    fn matches(&self, value: Option<&Value>) -> bool {
        let text = value.and_then(Value::as_str);
        match (self, value) {
            (Self::Exists(expected), found) => found.is_some() == *expected,
            (_, None) => false,
            (Self::Exact(expected), Some(found)) => expected == found,
            (Self::AnythingBut(rules), found) => !rules.iter().any(|rule| rule.matches(found)),
            (Self::Prefix(prefix), _) => text.is_some_and(|text| text.starts_with(prefix)),
            (Self::Suffix(suffix), _) => text.is_some_and(|text| text.ends_with(suffix)),
            (Self::IgnoringCase(expected), _) => text.is_some_and(|text| text.to_lowercase() == *expected),
            (Self::Numeric(limits), Some(found)) => {
                found.as_f64().is_some_and(|number| limits.iter().all(|(sign, limit)| sign.holds(number, *limit)))
            }
        }
    }
}

impl Comparison {
    fn holds(self, number: f64, limit: f64) -> bool {
        match number.partial_cmp(&limit) {
            Some(std::cmp::Ordering::Less) => matches!(self, Self::Less | Self::AtMost),
            Some(std::cmp::Ordering::Equal) => matches!(self, Self::Equal | Self::AtMost | Self::AtLeast),
            Some(std::cmp::Ordering::Greater) => matches!(self, Self::Greater | Self::AtLeast),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_matches_when_every_key_has_one_of_its_values() {
        let new_mail = r#"{"eventName":["INSERT"],"dynamodb":{"NewImage":{"outbox":{"S":["mail"]}}}}"#;
        let insert =
            json!({"eventName": "INSERT", "dynamodb": {"NewImage": {"outbox": {"S": "mail"}, "pk": {"S": "x"}}}});
        let modify = json!({"eventName": "MODIFY", "dynamodb": {"NewImage": {"outbox": {"S": "mail"}}}});
        let remove = json!({"eventName": "REMOVE", "dynamodb": {"Keys": {}}});
        let pattern = Pattern::parse(new_mail).unwrap();
        assert!(pattern.matches(&insert));
        assert!(!pattern.matches(&modify));
        assert!(!pattern.matches(&remove));
    }

    #[test]
    fn each_rule_means_what_eventbridge_says() {
        for (pattern, value, expected) in [
            (r#"{"a":["x","y"]}"#, json!({"a": "y"}), true),
            (r#"{"a":[1]}"#, json!({"a": "1"}), false),
            (r#"{"a":[null]}"#, json!({"a": null}), true),
            (r#"{"a":[null]}"#, json!({}), false),
            (r#"{"a":[{"exists":true}]}"#, json!({"a": 1}), true),
            (r#"{"a":[{"exists":true}]}"#, json!({}), false),
            (r#"{"a":{"b":[{"exists":false}]}}"#, json!({}), true),
            (r#"{"a":[{"prefix":"ab"}]}"#, json!({"a": "abc"}), true),
            (r#"{"a":[{"suffix":"bc"}]}"#, json!({"a": "abc"}), true),
            (r#"{"a":[{"equals-ignore-case":"AbC"}]}"#, json!({"a": "aBc"}), true),
            (r#"{"a":[{"anything-but":["x","y"]}]}"#, json!({"a": "z"}), true),
            (r#"{"a":[{"anything-but":"x"}]}"#, json!({"a": "x"}), false),
            (r#"{"a":[{"anything-but":{"prefix":"x"}}]}"#, json!({"a": "xy"}), false),
            (r#"{"a":[{"anything-but":["x"]}]}"#, json!({}), false),
            (r#"{"a":[{"numeric":[">",0,"<=",5]}]}"#, json!({"a": 5}), true),
            (r#"{"a":[{"numeric":[">",0,"<=",5]}]}"#, json!({"a": 6}), false),
            (r#"{"$or":[{"a":["x"]},{"b":["x"]}]}"#, json!({"b": "x"}), true),
            (r#"{"a":["x"]}"#, json!({"a": ["w", "x"]}), true),
        ] {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(&value), expected, "{pattern} {value}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_understood_is_refused() {
        for text in
            ["{", r#"{"a":"x"}"#, r#"{"a":[]}"#, r#"{"a":[{"wildcard":"*"}]}"#, r#"{"a":[{"numeric":["~",1]}]}"#]
        {
            assert!(Pattern::parse(text).is_err(), "{text}");
        }
    }
}
