//! A second look at a body that does not fit its type: what serde refuses at the first fault is read as far as it goes.
//!
//! - `null` in a field that may be left out is the field left out, whatever its type: a client that writes every field
//!   of a form has nothing else to write. A field that `null` clears ([`Change`](super::Change)) has read it before.
//! - All fields that are missing are found, and not the first alone: each is tried with a stand-in until the rest of the
//!   body is read. What was read with a stand-in is thrown away.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::Error;
use serde_json::value::RawValue;
use serde_path_to_error::Segment;

type Refused = serde_path_to_error::Error<Error>;

/// What a second look found.
pub(super) enum SecondLook<T> {
    /// The body fits without its nulls.
    Fits(T),
    /// These fields are missing; and what else does not fit, if anything.
    Wrong(Vec<String>, Option<Refused>),
}

/// The fields of an object, in the order in which they stand.
pub(super) struct Object<'a>(Vec<(String, &'a RawValue)>);

impl Object<'_> {
    /// Whether a field stands twice.
    pub(super) fn repeats(&self) -> bool {
        let mut names = self.0.iter().map(|(name, _)| name).collect::<Vec<_>>();
        names.sort_unstable();
        names.iter().zip(names.iter().skip(1)).any(|(one, next)| one == next)
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    fn is_null(&self, name: &str) -> bool {
        self.0.iter().any(|(known, value)| known == name && value.get() == "null")
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Object<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Object(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

/// Looks again at an object that was refused.
pub(super) fn look_again<T: DeserializeOwned>(mut object: Object<'_>) -> SecondLook<T> {
    let mut missing: Vec<String> = Vec::new();
    // Each round takes a null away or finds a field that is missing.
    for _ in 0..ROUNDS {
        let present = object.0.iter().map(|(name, value)| (name.clone(), Given::Value(value)));
        let stand_ins = missing.iter().map(|name| (name.clone(), Given::StandIn));
        let given: Vec<(String, Given<'_>)> = present.chain(stand_ins).collect();
        let error = match serde_path_to_error::deserialize(MapDeserializer::new(given.into_iter())) {
            Ok(value) if missing.is_empty() => return SecondLook::Fits(value),
            Ok(_) => return SecondLook::Wrong(missing, None),
            Err(error) => error,
        };
        match at_fault(&error) {
            Defect::Missing(name) if !missing.contains(&name) && !object.has(&name) => missing.push(name),
            Defect::Refused(name) if object.is_null(&name) => object.0.retain(|(known, _)| *known != name),
            // A stand-in of ours does not fit: that is no fault of the body's.
            Defect::Refused(name) | Defect::Within(name) if missing.contains(&name) => {
                return SecondLook::Wrong(missing, None);
            }
            _ => return SecondLook::Wrong(missing, Some(error)),
        }
    }
    SecondLook::Wrong(missing, None)
}

/// More than any body of ours has fields.
const ROUNDS: usize = 64;

/// What an error is about.
enum Defect {
    /// A field that is not there.
    Missing(String),
    /// What stands in a field.
    Refused(String),
    /// A part of what stands in a field.
    Within(String),
    /// Something else.
    Other,
}

fn at_fault(error: &Refused) -> Defect {
    let mut path = error.path().iter();
    match (path.next(), path.next()) {
        (None, _) => {
            let text = error.inner().to_string();
            let name = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
            name.map_or(Defect::Other, |name| Defect::Missing(name.to_owned()))
        }
        (Some(Segment::Map { key }), None) => Defect::Refused(key.clone()),
        (Some(Segment::Map { key }), Some(_)) => Defect::Within(key.clone()),
        _ => Defect::Other,
    }
}

/// What stands in a field.
enum Given<'a> {
    Value(&'a RawValue),
    /// Anything that the type wants.
    StandIn,
}

impl<'de> IntoDeserializer<'de, Error> for Given<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

type Nothing<'a> = MapDeserializer<'a, std::iter::Empty<(&'static str, Given<'a>)>, Error>;

macro_rules! given {
    ($($method:ident($($argument:ident: $type:ty),*) = $visitor:ident => $stand_in:expr;)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($argument: $type,)* $visitor: V) -> Result<V::Value, Error> {
            match self {
                Self::Value(value) => {
                    serde_json::Deserializer::from_str(value.get()).$method($($argument,)* $visitor)
                }
                Self::StandIn => $stand_in,
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Given<'de> {
    type Error = Error;

    given! {
        deserialize_any() = visitor => visitor.visit_unit();
        deserialize_bool() = visitor => visitor.visit_bool(false);
        deserialize_str() = visitor => visitor.visit_str("");
        deserialize_string() = visitor => visitor.visit_str("");
        deserialize_i64() = visitor => visitor.visit_i64(0);
        deserialize_u32() = visitor => visitor.visit_u32(0);
        deserialize_u64() = visitor => visitor.visit_u64(0);
        deserialize_option() = visitor => visitor.visit_none();
        deserialize_seq() = visitor => visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Given<'de>>()));
        deserialize_map() = visitor => visitor.visit_map(Nothing::new(std::iter::empty()));
        deserialize_newtype_struct(name: &'static str) = visitor => visitor.visit_newtype_struct(Self::StandIn);
        deserialize_struct(name: &'static str, fields: &'static [&'static str])
            = visitor => visitor.visit_map(stand_ins(fields));
        deserialize_enum(name: &'static str, variants: &'static [&'static str])
            = visitor => visitor.visit_enum(First(variants.first().copied().unwrap_or_default()));
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u8 u16 u128 f32 f64 char bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

/// A stand-in for every field of a structure.
fn stand_ins<'de>(
    fields: &'static [&'static str],
) -> MapDeserializer<'de, impl Iterator<Item = (&'static str, Given<'de>)>, Error> {
    MapDeserializer::new(fields.iter().map(|field| (*field, Given::StandIn)))
}

/// The first variant of an enum.
struct First(&'static str);

impl<'de> EnumAccess<'de> for First {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        Ok((seed.deserialize(StrDeserializer::<Error>::new(self.0))?, self))
    }
}

impl<'de> VariantAccess<'de> for First {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(Given::StandIn)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(stand_ins(fields))
    }
}
