//! An object read without reading its values: names, and raw JSON.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::content::Extra;
use super::error::RpcError;
use super::jsonrpc::shortened;

/// The members of an object, in their order, borrowing from its text.
#[derive(Debug, Default)]
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads the object called `what`; absent is empty. Anything else is
    /// -32602.
    pub fn parse(what: &str, raw: Option<&'a RawValue>) -> Result<Self, RpcError> {
        let Some(raw) = raw else {
            return Ok(Members::default());
        };
        serde_json::from_str(raw.get()).map_err(|_| wrong(what, raw, "an object"))
    }

    /// The members, in order.
    pub fn into_pairs(self) -> impl Iterator<Item = (Cow<'a, str>, &'a RawValue)> {
        self.0.into_iter()
    }

    /// The members that are not among these, with their texts.
    pub fn into_extra(self, except: &[&str]) -> Extra {
        let others = self
            .0
            .into_iter()
            .filter(|(key, _)| !except.contains(&&**key));
        Extra::of(
            others
                .map(|(key, value)| (key.into_owned(), value.to_owned()))
                .collect(),
        )
    }

    /// One member; the last, if it is given more than once. `null` counts as
    /// absent.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| *value)
            .filter(|value| value.get() != "null")
    }

    /// A member that must be a string.
    pub fn string(&self, name: &str) -> Result<Cow<'a, str>, RpcError> {
        self.optional_string(name)?
            .ok_or_else(|| RpcError::invalid_params(format!("`{name}` is missing; it is a string")))
    }

    /// A member that is a string, if it is there.
    pub fn optional_string(&self, name: &str) -> Result<Option<Cow<'a, str>>, RpcError> {
        self.get(name)
            .map(|raw| match serde_json::from_str(raw.get()) {
                Ok(BorrowedStr(text)) => Ok(text),
                Err(_) => Err(wrong(name, raw, "a string")),
            })
            .transpose()
    }

    /// A member that is an object, if it is there; its text as it came.
    pub fn optional_object(&self, name: &str) -> Result<Option<&'a RawValue>, RpcError> {
        match self.get(name) {
            Some(raw) if !raw.get().starts_with('{') => Err(wrong(name, raw, "an object")),
            found => Ok(found),
        }
    }

    /// A member that is true or false; absent is false.
    pub fn optional_bool(&self, name: &str) -> Result<bool, RpcError> {
        match self.get(name).map(|raw| (raw, raw.get())) {
            None | Some((_, "false")) => Ok(false),
            Some((_, "true")) => Ok(true),
            Some((raw, _)) => Err(wrong(name, raw, "true or false")),
        }
    }

    /// A member that is a list of strings; absent is empty.
    pub fn optional_list(&self, name: &str) -> Result<Vec<String>, RpcError> {
        self.get(name).map_or(Ok(Vec::new()), |raw| {
            serde_json::from_str(raw.get()).map_err(|_| wrong(name, raw, "a list of strings"))
        })
    }

    /// A member that is an object of strings, if it is there: its pairs.
    pub fn strings(&self, name: &str) -> Result<Vec<(String, String)>, RpcError> {
        Members::parse(name, self.get(name))?
            .0
            .into_iter()
            .map(|(key, raw)| match serde_json::from_str(raw.get()) {
                Ok(BorrowedStr(text)) => Ok((key.into_owned(), text.into_owned())),
                Err(_) => Err(wrong(&format!("{name}.{key}"), raw, "a string")),
            })
            .collect()
    }
}

fn wrong(name: &str, raw: &RawValue, accepted: &str) -> RpcError {
    RpcError::invalid_params(format!(
        "`{name}` is `{}`; accepted: {accepted}",
        shortened(raw.get())
    ))
}

/// A JSON string that borrows from the text where it has no escapes.
#[derive(Deserialize)]
pub(super) struct BorrowedStr<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(BorrowedStr(key)) = map.next_key()? {
                    members.push((key, map.next_value()?));
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod properties;
