//! `CloudFormation`'s intrinsic functions, as far as this template may use them.
//!
//! Both spellings are read (`!Ref X` and `{Ref: X}`). A function that is not known here is an error rather than a
//! guess: a value that resolves to something else than on AWS would make every local test a lie.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use yaml_serde::Value as Yaml;

use super::{Overrides, TemplateError, at};

/// What names in a template stand for on this machine.
pub(super) struct Scope<'a> {
    parameters: BTreeMap<String, Value>,
    conditions: Option<&'a yaml_serde::Mapping>,
    resources: Vec<&'a str>,
}

type Resolved = Result<Option<Value>, String>;

impl<'a> Scope<'a> {
    pub(super) fn new(document: &'a Yaml, overrides: &Overrides) -> Result<Self, TemplateError> {
        let mut parameters = BTreeMap::new();
        for (name, declared) in document.get("Parameters").and_then(Yaml::as_mapping).into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            let text = match (overrides.get(name), declared.get("Default")) {
                (Some(given), _) => given.clone(),
                (None, Some(default)) => scalar(default)
                    .ok_or_else(|| at(&format!("parameter {name}"), "its default is not a string or number"))?,
                (None, None) => return Err(at(&format!("parameter {name}"), "it has neither a default nor a value")),
            };
            let is_list = declared.get("Type").and_then(Yaml::as_str).is_some_and(|kind| kind.contains("List"));
            parameters.insert(
                name.to_owned(),
                if is_list {
                    text.split(',').map(|part| Value::from(part.trim())).collect()
                } else {
                    Value::from(text)
                },
            );
        }
        if let Some(unknown) = overrides.keys().find(|name| !parameters.contains_key(*name)) {
            return Err(at(
                &format!("parameter {unknown}"),
                "a value is given, but the template has no such parameter",
            ));
        }
        let names = |key| document.get(key).and_then(Yaml::as_mapping);
        Ok(Self {
            parameters,
            conditions: names("Conditions"),
            resources: names("Resources").into_iter().flatten().filter_map(|(id, _)| id.as_str()).collect(),
        })
    }

    /// Whether a resource's own `Condition` holds.
    pub(super) fn is_created(&self, resource: &Yaml) -> Result<bool, String> {
        resource.get("Condition").and_then(Yaml::as_str).map_or(Ok(true), |name| self.condition(name))
    }

    /// The value with every function replaced; `None` for `AWS::NoValue`, which removes the property.
    pub(super) fn resolve(&self, value: &Yaml) -> Resolved {
        match value {
            Yaml::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                self.call(name.trim_start_matches('!'), &tagged.value)
            }
            Yaml::Mapping(mapping) => {
                if let Some((Yaml::String(key), argument)) = mapping.iter().next().filter(|_| mapping.len() == 1)
                    && (key == "Ref" || key.starts_with("Fn::"))
                {
                    return self.call(key.trim_start_matches("Fn::"), argument);
                }
                let mut object = Map::new();
                for (key, value) in mapping {
                    let key = scalar(key).ok_or("a key is not a string")?;
                    if let Some(value) = self.resolve(value)? {
                        object.insert(key, value);
                    }
                }
                Ok(Some(Value::Object(object)))
            }
            Yaml::Sequence(values) => Ok(Some(Value::Array(self.list(values)?))),
            plain => serde_json::to_value(plain).map(Some).map_err(|error| error.to_string()),
        }
    }

    fn call(&self, function: &str, argument: &Yaml) -> Resolved {
        let text = || argument.as_str().ok_or(format!("!{function} wants a string"));
        match function {
            "Ref" => self.reference(text()?),
            "GetAtt" => match self.resolve(argument)? {
                Some(Value::String(path)) => self.attribute(&path),
                Some(Value::Array(parts)) => self.attribute(&joined(&parts, ".")?),
                _ => Err("!GetAtt wants a resource and an attribute".to_owned()),
            },
            "Sub" => match argument {
                Yaml::String(pattern) => self.substitute(pattern, &Map::new()),
                _ => match self.arguments(function, argument, 2)?.as_slice() {
                    [Value::String(pattern), Value::Object(own)] => self.substitute(pattern, own),
                    _ => Err("!Sub wants a string, or a string and a map".to_owned()),
                },
            },
            "Join" => match self.arguments(function, argument, 2)?.as_slice() {
                [Value::String(separator), Value::Array(parts)] => joined(parts, separator).map(Value::from).map(Some),
                _ => Err("!Join wants a separator and a list".to_owned()),
            },
            "If" => match argument.as_sequence().map(Vec::as_slice) {
                Some([Yaml::String(name), then, otherwise]) => {
                    self.resolve(if self.condition(name)? { then } else { otherwise })
                }
                _ => Err("!If wants a condition and two values".to_owned()),
            },
            "Condition" => self.condition(text()?).map(Value::from).map(Some),
            "Equals" => match self.arguments(function, argument, 2)?.as_slice() {
                [left, right] => Ok(Some(Value::from(left == right))),
                _ => Err("!Equals wants two values".to_owned()),
            },
            "Not" | "And" | "Or" => {
                let operands = self.list(argument.as_sequence().ok_or(format!("!{function} wants a list"))?)?;
                let truths: Vec<bool> = operands.iter().filter_map(Value::as_bool).collect();
                if truths.len() != operands.len() {
                    return Err(format!("!{function} wants conditions"));
                }
                Ok(Some(Value::from(match function {
                    "Not" => !truths.iter().all(|truth| *truth),
                    "And" => truths.iter().all(|truth| *truth),
                    _ => truths.iter().any(|truth| *truth),
                })))
            }
            other => Err(format!("!{other} is not read by the local cloud")),
        }
    }

    fn arguments(&self, function: &str, argument: &Yaml, count: usize) -> Result<Vec<Value>, String> {
        let values = argument.as_sequence().filter(|values| values.len() == count);
        self.list(values.ok_or(format!("!{function} wants a list of {count}"))?)
    }

    fn list(&self, values: &[Yaml]) -> Result<Vec<Value>, String> {
        values.iter().filter_map(|value| self.resolve(value).transpose()).collect()
    }

    fn condition(&self, name: &str) -> Result<bool, String> {
        let expression = self
            .conditions
            .and_then(|conditions| conditions.get(name))
            .ok_or(format!("there is no condition {name}"))?;
        let value = self.resolve(expression)?;
        value.as_ref().and_then(Value::as_bool).ok_or(format!("condition {name} is neither true nor false"))
    }

    fn reference(&self, name: &str) -> Resolved {
        let pseudo = match name {
            "AWS::NoValue" => return Ok(None),
            "AWS::Region" => "us-east-1",
            "AWS::AccountId" => "000000000000",
            "AWS::Partition" => "aws",
            "AWS::StackName" => "local",
            "AWS::URLSuffix" => "amazonaws.com",
            _ => {
                return match self.parameters.get(name) {
                    Some(value) => Ok(Some(value.clone())),
                    None if self.resources.contains(&name) => Ok(Some(Value::from(name))),
                    None => Err(format!("there is no parameter or resource {name}")),
                };
            }
        };
        Ok(Some(Value::from(pseudo)))
    }

    fn attribute(&self, path: &str) -> Resolved {
        let resource = path.split('.').next().unwrap_or_default();
        if self.resources.contains(&resource) {
            Ok(Some(Value::from(path)))
        } else {
            Err(format!("there is no resource {resource}"))
        }
    }

    fn substitute(&self, pattern: &str, own: &Map<String, Value>) -> Resolved {
        let mut result = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, tail) = after.split_once('}').ok_or("!Sub has a ${ without a }")?;
            result.push_str(before);
            let value = match (name.strip_prefix('!'), own.get(name)) {
                // `${!Name}` is how a literal `${Name}` is written.
                (Some(literal), _) => Some(Value::from(format!("${{{literal}}}"))),
                (None, Some(value)) => Some(value.clone()),
                (None, None) if name.contains('.') => self.attribute(name)?,
                (None, None) => self.reference(name)?,
            };
            match value {
                Some(Value::String(text)) => result.push_str(&text),
                _ => return Err(format!("${{{name}}} is not a string")),
            }
            rest = tail;
        }
        result.push_str(rest);
        Ok(Some(Value::from(result)))
    }
}

fn joined(parts: &[Value], separator: &str) -> Result<String, String> {
    let texts: Option<Vec<&str>> = parts.iter().map(Value::as_str).collect();
    texts.map(|texts| texts.join(separator)).ok_or_else(|| "a part of !Join or !GetAtt is not a string".to_owned())
}

fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) => Some(text.clone()),
        Yaml::Number(number) => Some(number.to_string()),
        Yaml::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}
