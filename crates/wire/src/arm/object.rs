//! Reading a request's JSON, so that every complaint names the member and says what would be right.
//!
//! `serde`'s own messages speak of types and line numbers, and a map of its kind forgets the order of headers. So a
//! body is taken apart one object at a time, each value left as text until somebody asks for it.

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;

/// Why a body cannot be read.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum InvalidBody {
    /// It is not a JSON object.
    #[error("the body has to be a JSON object: {0}")]
    Json(String),
    /// A member that has to be there is not.
    #[error("`{path}` is missing: it {expected}")]
    Missing {
        /// Where, such as `properties.actions`.
        path: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A member has a value of the wrong type, or a word that is none of those that it may be.
    #[error("`{path}` {expected}")]
    Type {
        /// Where, such as `properties.actions`.
        path: String,
        /// What would be right.
        expected: &'static str,
    },
    /// A member is none that the object has.
    #[error("`{path}` is not a member that can be set here: {known}")]
    Unknown {
        /// Where, such as `properties.colour`.
        path: String,
        /// The members that can be.
        known: String,
    },
}

impl InvalidBody {
    /// The member at fault, if it is one.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Json(_) => None,
            Self::Missing { path, .. } | Self::Type { path, .. } | Self::Unknown { path, .. } => {
                Some(path)
            }
        }
    }
}

const STRING: &str = "has to be a string";
const STRINGS: &str = "has to be an array of strings";
const BOOLEAN: &str = "has to be `true` or `false`";
const NUMBER: &str = "has to be a whole number, 0 or more";
const OBJECT: &str = "has to be an object";
const OBJECTS: &str = "has to be an array of objects";
const SWITCH: &str = "has to be `enabled` or `disabled`";
const STRING_MAP: &str = "has to be an object whose values are strings";

/// What becomes of a value that can be taken away: a PATCH tells a member that is absent from one that is null.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// The member is absent: the value stays as it is.
    #[default]
    Keep,
    /// The member is null: there is no value from now on.
    Clear,
    /// This is the value from now on.
    Set(T),
}

/// A JSON object whose members are still text, and where it stands in the body. A member that is null is not there, but
/// for a [`Change`].
pub(crate) struct Object<'a> {
    path: String,
    members: Vec<(String, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads a whole body.
    pub(crate) fn from_body(body: &'a [u8]) -> Result<Self, InvalidBody> {
        let Members(members) =
            serde_json::from_slice(body).map_err(|error| InvalidBody::Json(error.to_string()))?;
        Ok(Self { path: String::new(), members })
    }

    /// Refuses members that are neither in `settable`, nor in `ignored` because clients send back what they were shown.
    pub(crate) fn only(&self, settable: &[&str], ignored: &[&str]) -> Result<(), InvalidBody> {
        let is_known = |name: &str| settable.contains(&name) || ignored.contains(&name);
        match self.members.iter().find(|(name, _)| !is_known(name)) {
            None => Ok(()),
            Some((name, _)) => Err(InvalidBody::Unknown {
                path: self.path_of(name),
                known: match settable {
                    [] => "there are none".to_owned(),
                    _ => format!("there are `{}`", settable.join("`, `")),
                },
            }),
        }
    }

    pub(crate) fn string(&self, name: &str) -> Result<Option<String>, InvalidBody> {
        self.read(name, STRING)
    }

    pub(crate) fn required_string(&self, name: &str) -> Result<String, InvalidBody> {
        self.string(name)?.ok_or_else(|| self.missing(name, STRING))
    }

    pub(crate) fn strings(&self, name: &str) -> Result<Option<Vec<String>>, InvalidBody> {
        self.read(name, STRINGS)
    }

    pub(crate) fn required_strings(&self, name: &str) -> Result<Vec<String>, InvalidBody> {
        self.strings(name)?.ok_or_else(|| self.missing(name, STRINGS))
    }

    /// A map whose order is of no account.
    pub(crate) fn map(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, InvalidBody> {
        self.read(name, STRING_MAP)
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, InvalidBody> {
        self.read(name, BOOLEAN)
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u32>, InvalidBody> {
        self.read(name, NUMBER)
    }

    /// One of the two words that ARM has for yes and no, in any case: some members have them with capitals.
    pub(crate) fn switch(&self, name: &str) -> Result<Option<bool>, InvalidBody> {
        let Some(word) = self.read::<String>(name, SWITCH)? else { return Ok(None) };
        if word.eq_ignore_ascii_case("enabled") {
            Ok(Some(true))
        } else if word.eq_ignore_ascii_case("disabled") {
            Ok(Some(false))
        } else {
            Err(self.unlike(name, SWITCH))
        }
    }

    pub(crate) fn string_change(&self, name: &str) -> Result<Change<String>, InvalidBody> {
        Ok(self.change(name, self.string(name)?))
    }

    pub(crate) fn map_change(
        &self,
        name: &str,
    ) -> Result<Change<BTreeMap<String, String>>, InvalidBody> {
        Ok(self.change(name, self.map(name)?))
    }

    fn change<T>(&self, name: &str, read: Option<T>) -> Change<T> {
        match read {
            Some(value) => Change::Set(value),
            None if self.members.iter().any(|(member, _)| member == name) => Change::Clear,
            None => Change::Keep,
        }
    }

    /// An array of objects, each knowing its place in it.
    pub(crate) fn objects(&self, name: &str) -> Result<Option<Vec<Self>>, InvalidBody> {
        let Some(entries) = self.read::<Vec<Members<'a>>>(name, OBJECTS)? else { return Ok(None) };
        let path = self.path_of(name);
        let entry = |(idx, Members(members))| Self { path: format!("{path}[{idx}]"), members };
        Ok(Some(entries.into_iter().enumerate().map(entry).collect()))
    }

    /// A map in the order in which it was written, with its repetitions.
    pub(crate) fn pairs(&self, name: &str) -> Result<Option<Vec<(String, String)>>, InvalidBody> {
        let Some(object) = self.object_expecting(name, STRING_MAP)? else { return Ok(None) };
        let pair = |(name, value): &(String, &RawValue)| {
            let value = serde_json::from_str(value.get())
                .map_err(|_| InvalidBody::Type { path: object.path_of(name), expected: STRING })?;
            Ok((name.clone(), value))
        };
        object.members.iter().map(pair).collect::<Result<_, _>>().map(Some)
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, InvalidBody> {
        self.object_expecting(name, OBJECT)
    }

    pub(crate) fn required_object(&self, name: &str) -> Result<Self, InvalidBody> {
        self.object(name)?.ok_or_else(|| self.missing(name, OBJECT))
    }

    fn object_expecting(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<Self>, InvalidBody> {
        let members = self.read::<Members<'a>>(name, expected)?;
        Ok(members.map(|Members(members)| Self { path: self.path_of(name), members }))
    }

    fn read<T: Deserialize<'a>>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<T>, InvalidBody> {
        // Of a member that is written twice the last one counts, as in most readers of JSON.
        match self.members.iter().rev().find(|(member, _)| member == name) {
            None => Ok(None),
            Some((_, value)) => serde_json::from_str(value.get())
                .map_err(|_| InvalidBody::Type { path: self.path_of(name), expected }),
        }
    }

    /// The complaint that a member's value is of the right type and none of those that it may have.
    pub(crate) fn unlike(&self, name: &str, expected: &'static str) -> InvalidBody {
        InvalidBody::Type { path: self.path_of(name), expected }
    }

    fn missing(&self, name: &str, expected: &'static str) -> InvalidBody {
        InvalidBody::Missing { path: self.path_of(name), expected }
    }

    fn path_of(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }
}

/// The members of an object in the order in which they were written.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn object(json: &str) -> Object<'_> {
        Object::from_body(json.as_bytes()).unwrap()
    }

    #[test]
    fn a_complaint_names_the_member_and_what_would_be_right() {
        let body = object(r#"{"properties":{"actions":"push","headers":{"a":1}},"tags":[]}"#);
        let properties = body.required_object("properties").unwrap();
        let error = properties.strings("actions").unwrap_err();
        assert_eq!(error.to_string(), "`properties.actions` has to be an array of strings");
        assert_eq!(error.target(), Some("properties.actions"));
        let error = properties.pairs("headers").unwrap_err();
        assert_eq!(error.to_string(), "`properties.headers.a` has to be a string");
        let error = body.map("tags").unwrap_err();
        assert_eq!(error.to_string(), "`tags` has to be an object whose values are strings");
        let error = body.required_string("location").unwrap_err();
        assert_eq!(error.to_string(), "`location` is missing: it has to be a string");
        let error = properties.only(&["actions", "scope"], &[]).unwrap_err();
        let expected = "`properties.headers` is not a member that can be set here: there are `actions`, `scope`";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn null_is_as_good_as_nothing() {
        let body = object(r#"{"a":null}"#);
        assert_eq!(body.string("a"), Ok(None));
        assert_eq!(body.pairs("a"), Ok(None));
        assert!(body.required_string("a").is_err());
    }

    #[test]
    fn a_change_tells_null_from_absent() {
        let body = object(r#"{"a":null,"b":"x","c":{}}"#);
        assert_eq!(body.string_change("a"), Ok(Change::Clear));
        assert_eq!(body.string_change("b"), Ok(Change::Set("x".to_owned())));
        assert_eq!(body.string_change("d"), Ok(Change::Keep));
        assert_eq!(body.map_change("c"), Ok(Change::Set(BTreeMap::new())));
        assert!(body.string_change("c").is_err());
    }

    #[test]
    fn other_types_are_read() {
        let body = object(r#"{"t":true,"n":7,"on":"Enabled","off":"disabled","l":[{},{"a":1}]}"#);
        assert_eq!(body.boolean("t"), Ok(Some(true)));
        assert_eq!(body.number("n"), Ok(Some(7)));
        assert_eq!((body.switch("on"), body.switch("off")), (Ok(Some(true)), Ok(Some(false))));
        let error = body.objects("l").unwrap().unwrap()[1].string("a").unwrap_err();
        assert_eq!(error.to_string(), "`l[1].a` has to be a string");
        let error = object(r#"{"on":"on"}"#).switch("on").unwrap_err();
        assert_eq!(error.to_string(), "`on` has to be `enabled` or `disabled`");
        for number in ["-1", "1.5", "\"1\"", "4294967296"] {
            let json = format!(r#"{{"n":{number}}}"#);
            assert!(object(&json).number("n").is_err(), "{number}");
        }
        assert!(body.boolean("n").is_err() && body.objects("t").is_err());
    }

    #[test]
    fn pairs_keep_their_order_and_repetitions() {
        let body = object(r#"{"h":{"z":"1","a":"2","z":"\n"}}"#);
        let expected =
            [("z", "1"), ("a", "2"), ("z", "\n")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(body.pairs("h"), Ok(Some(expected.to_vec())));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for body in ["", "[]", "null", "\"a\"", "{", "{\"a\":1", "{} {}", "{a:1}"] {
            let error = Object::from_body(body.as_bytes()).map(drop).unwrap_err();
            assert!(matches!(error, InvalidBody::Json(_)), "{body:?}");
            assert_eq!(error.target(), None);
        }
        assert!(Object::from_body(b"{\"a\":\"\xff\"}").and_then(|o| o.string("a")).is_err());
    }

    #[test]
    fn depth_does_not_exhaust_the_stack() {
        let deep = format!("{{\"a\":{}", "[".repeat(500_000));
        assert!(Object::from_body(deep.as_bytes()).is_err());
        let closed = format!("{deep}{}}}", "]".repeat(500_000));
        let error = object(&closed).strings("a").unwrap_err();
        assert_eq!(error.target(), Some("a"));
    }

    proptest! {
        #[test]
        fn reading_never_panics(body in "[{}\\[\\]\",:a1n ]{0,40}") {
            if let Ok(object) = Object::from_body(body.as_bytes()) {
                let _ = (object.string("a"), object.strings("a"), object.map("a"), object.pairs("a"));
            }
        }
    }
}
