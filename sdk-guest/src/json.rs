//! Structured values: [`Json`] around any, [`Data`] for the author's own types.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A value that travels as JSON.
///
/// As a return value it becomes a tool's structured result, or the text of a
/// resource. As the one argument of a tool with an `input_schema` of its own,
/// `Json` takes the arguments whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T = Value>(pub T);

impl<T> Json<T> {
    /// Gives a tool's structured result a text for the model to read; without
    /// one it reads the JSON. A value that is no JSON object, which has no
    /// structured form, comes after the text.
    ///
    /// ```
    /// # use portcullis_sdk::plugin;
    /// #[plugin]
    /// mod weather {
    ///     use portcullis_sdk::{Json, JsonWithText};
    ///
    ///     #[data]
    ///     struct Weather {
    ///         celsius: f64,
    ///     }
    ///
    ///     /// The weather.
    ///     #[tool]
    ///     fn weather() -> JsonWithText<Weather> {
    ///         Json(Weather { celsius: 21.5 }).with_text("mild")
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    pub fn with_text(self, text: impl Into<String>) -> JsonWithText<T> {
        JsonWithText {
            value: self.0,
            text: text.into(),
        }
    }
}

/// A tool's structured result with a text of its own; see [`Json::with_text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonWithText<T> {
    pub(crate) value: T,
    pub(crate) text: String,
}

impl<T: JsonSchema> JsonSchema for Json<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A type of the author's that is an argument, a structured result, or both.
/// `#[portcullis_sdk::data]` on a struct or an enum implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no JSON form",
    note = "put `#[portcullis_sdk::data]` on the type, or wrap a serialisable value in `Json`"
)]
pub trait Data: Serialize + DeserializeOwned + JsonSchema {}

/// The text of a value, and whether it is a JSON object.
pub(crate) fn to_text<T: Serialize + ?Sized>(value: &T) -> crate::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| crate::Error::internal(format_args!("the result is not JSON: {error}")))
}
