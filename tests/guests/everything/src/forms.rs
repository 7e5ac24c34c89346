//! What the person is asked to fill in.
//!
//! The suite looks at each of these schemas, or answers with members of these
//! names.

use portcullis_sdk::{Elicited, Value, data, form, json};

#[form]
pub(crate) struct User {
    /// The name that the account has
    pub(crate) username: String,
    /// Where mail reaches its owner
    #[schema(format = "email")]
    pub(crate) email: String,
}

/// Each kind of value with a default (SEP-1034).
#[form]
pub(crate) struct Defaults {
    /// A text
    #[default("John Doe")]
    pub(crate) name: String,
    /// A whole number
    #[default(30)]
    pub(crate) age: u8,
    /// A number
    #[default(95.5)]
    pub(crate) score: f64,
    /// One of several
    #[default]
    pub(crate) status: Status,
    /// Yes or no
    #[default(true)]
    pub(crate) verified: bool,
}

#[data]
#[derive(Default)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    #[default]
    Active,
    Inactive,
    Pending,
}

#[form]
pub(crate) struct Name {
    pub(crate) name: String,
}

#[form]
pub(crate) struct Colour {
    pub(crate) color: String,
}

#[form]
pub(crate) struct Agreement {
    pub(crate) ok: bool,
}

#[form]
pub(crate) struct Context {
    pub(crate) context: String,
}

#[form]
pub(crate) struct Confirmation {
    /// Whether to go on
    pub(crate) confirm: bool,
}

#[form]
pub(crate) struct NamedConfirmation {
    pub(crate) name: String,
    /// Whether to go on
    pub(crate) confirm: bool,
}

/// Each way to offer choices (SEP-1330). Written by hand, since the SDK makes no
/// `enumNames`, which newer revisions deprecate.
pub(crate) fn choices() -> Value {
    json!({
        "type": "object",
        "properties": {
            "untitledSingle": { "type": "string", "enum": ["option1", "option2", "option3"] },
            "titledSingle": {
                "type": "string",
                "oneOf": [
                    { "const": "value1", "title": "First Option" },
                    { "const": "value2", "title": "Second Option" },
                    { "const": "value3", "title": "Third Option" },
                ],
            },
            "legacyEnum": {
                "type": "string",
                "enum": ["opt1", "opt2", "opt3"],
                "enumNames": ["Option One", "Option Two", "Option Three"],
            },
            "untitledMulti": {
                "type": "array",
                "items": { "type": "string", "enum": ["option1", "option2", "option3"] },
            },
            "titledMulti": {
                "type": "array",
                "items": {
                    "anyOf": [
                        { "const": "value1", "title": "First Choice" },
                        { "const": "value2", "title": "Second Choice" },
                        { "const": "value3", "title": "Third Choice" },
                    ],
                },
            },
        },
    })
}

/// What the person did: `action=accept, content={…}`.
pub(crate) fn told<T>(elicited: Elicited<T>, to_json: impl FnOnce(T) -> Value) -> String {
    let action = elicited.action();
    let content = elicited.ok().map_or_else(|| json!({}), to_json);
    format!("action={action}, content={content}")
}
