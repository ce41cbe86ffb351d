//! JSON whose members keep their order.
//!
//! `serde_json`'s own map sorts, and what `az` prints as a table or as tab-separated values follows the
//! order of the members. How a value looks in each format is for [`super::output`].

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A JSON value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Self>),
    Object(Object),
}

/// The members of a JSON object, in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Object {
    pub(crate) members: Vec<(String, Value)>,
    /// Says who arranged the members: tab-separated values keep a user's order and sort any other.
    pub(crate) order: Order,
}

/// Who arranged the members of an object.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Order {
    #[default]
    Received,
    /// A query named the members one by one.
    Chosen,
}

impl Value {
    /// Builds an object from its members.
    pub(crate) fn object<const N: usize>(members: [(&str, Self); N]) -> Self {
        let members = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self::Object(Object { members, order: Order::Received })
    }

    /// Returns the member of this name; null when there is none or this is no object, as `az` has it.
    pub(crate) fn member(&self, name: &str) -> &Self {
        match self {
            Self::Object(object) => object.get(name).unwrap_or(&Self::Null),
            _ => &Self::Null,
        }
    }

    /// Returns the member that a path of names leads to, or null.
    pub(crate) fn at(&self, path: &[&str]) -> &Self {
        path.iter().fold(self, |value, name| value.member(name))
    }

    /// Returns the text of a string.
    pub(crate) fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the number, if this is one that counts something.
    pub(crate) fn as_u64(&self) -> Option<u64> {
        match self {
            Self::Number(number) => number.as_u64(),
            _ => None,
        }
    }

    /// Says whether `JMESPath` and Python take the value for false: nothing, false, or empty. Zero is true here.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(value) => !value,
            Self::Number(_) => false,
            Self::String(text) => text.is_empty(),
            Self::Array(items) => items.is_empty(),
            Self::Object(object) => object.members.is_empty(),
        }
    }
}

impl Object {
    /// Returns the member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Sets a member: where it stands if it is there, at the end if it is new.
    pub(crate) fn set(&mut self, name: String, value: Value) {
        match self.members.iter_mut().find(|(key, _)| *key == name) {
            Some(member) => member.1 = value,
            None => self.members.push((name, value)),
        }
    }

    /// Returns the members sorted by name.
    pub(crate) fn sorted(&self) -> Vec<(&str, &Value)> {
        let mut members: Vec<_> =
            self.members.iter().map(|(name, value)| (name.as_str(), value)).collect();
        members.sort_by_key(|(name, _)| *name);
        members
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut object = Object::default();
        while let Some((name, value)) = entries.next_entry()? {
            object.set(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_the_order_in_which_they_came() {
        let value: Value =
            serde_json::from_str(r#"{"b":1,"a":{"z":null,"y":[true]},"b":2}"#).unwrap();
        let Value::Object(object) = &value else { panic!("an object") };
        assert_eq!(
            object.members.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
            ["b", "a"]
        );
        assert_eq!(
            value.member("b"),
            &Value::Number(2.into()),
            "the last of two members with one name wins"
        );
        assert_eq!(value.at(&["a", "y", "no"]), &Value::Null);
    }
}
