//! The arguments of one tool call, taken out one by one.
//!
//! The runtime has checked them against the tool's input schema; what still
//! fails here is a value that the schema allows and the Rust type does not.

use std::fmt::{self, Display};

use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::bindings::tools::exports::portcullis::plugin::tools::CallError;
use crate::tool::Argument;

/// The members of the arguments object, not yet looked into.
pub struct Arguments<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Arguments<'a> {
    /// Splits the text of a JSON object.
    ///
    /// # Errors
    ///
    /// The text is no JSON object.
    pub fn parse(text: &'a str) -> Result<Self, CallError> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        deserializer
            .deserialize_map(Members)
            .and_then(|members| deserializer.end().map(|()| Self(members)))
            .map_err(|error| invalid(format_args!("the arguments are no JSON object: {error}")))
    }

    /// An argument that a call must have.
    ///
    /// # Errors
    ///
    /// It is missing, or is no `T`.
    pub fn required<T: Argument>(&self, name: &str) -> Result<T, CallError> {
        self.optional(name)?
            .ok_or_else(|| invalid(format_args!("argument `{name}` is missing")))
    }

    /// An argument that a call may leave out.
    ///
    /// # Errors
    ///
    /// It is there and is no `T`.
    pub fn optional<T: Argument>(&self, name: &str) -> Result<Option<T>, CallError> {
        // Of members with the same name the last one counts, as everywhere.
        match self.0.iter().rfind(|(key, _)| key == name) {
            None => Ok(None),
            Some((_, value)) => match serde_json::from_str(value.get()) {
                Ok(value) => Ok(Some(value)),
                Err(error) => Err(invalid(format_args!(
                    "argument `{name}`: {}",
                    without_position(&error)
                ))),
            },
        }
    }
}

/// The arguments as one value.
///
/// # Errors
///
/// They are no `T`.
pub fn whole<T: DeserializeOwned>(text: &str) -> Result<T, CallError> {
    serde_json::from_str(text)
        .map_err(|error| invalid(format_args!("the arguments: {}", without_position(&error))))
}

fn invalid(message: impl Display) -> CallError {
    CallError::InvalidArguments(message.to_string())
}

/// The message without its line and column, which mean nothing to a model.
pub(crate) fn without_position(error: &serde_json::Error) -> String {
    let mut message = error.to_string();
    if let Some(end) = message.rfind(" at line ") {
        message.truncate(end);
    }
    message
}

struct Members;

impl<'a> Visitor<'a> for Members {
    type Value = Vec<(String, &'a RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_names_its_argument() {
        let arguments = Arguments::parse(r#"{"n": 300, "n\u0061": "x"}"#).unwrap();
        let CallError::InvalidArguments(message) = arguments.required::<u8>("n").unwrap_err()
        else {
            panic!("wrong kind");
        };
        assert_eq!(
            message,
            "argument `n`: invalid value: integer `300`, expected u8"
        );
        assert_eq!(arguments.required::<String>("na").unwrap(), "x");
        assert!(arguments.optional::<String>("other").unwrap().is_none());
    }

    #[test]
    fn only_an_object_will_do() {
        assert!(Arguments::parse("[1]").is_err());
        assert!(Arguments::parse("{} 1").is_err());
        assert!(Arguments::parse("").is_err());
    }
}
