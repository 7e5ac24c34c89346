//! Describing and answering tools: what the expansion of `#[tool]` calls.

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::bindings::tools::exports::portcullis::plugin::tools as wit;
use crate::extra;
use crate::output::IntoOutput;
use crate::resource::owned_unless_empty;

/// A type that a tool's parameter may have: anything that can be read from JSON
/// and has a schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool's argument",
    label = "cannot be read from JSON, or has no JSON Schema",
    note = "put `#[portcullis_sdk::data]` on a type of your own"
)]
pub trait Argument: DeserializeOwned + JsonSchema {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema> Argument for T {}

/// What a `#[tool]` attribute says of a tool.
pub struct Description<'a> {
    /// The tool's name.
    pub name: &'a str,
    /// The name for people.
    pub title: Option<&'a str>,
    /// The doc comment.
    pub description: &'a str,
    /// The schema of the arguments.
    pub input_schema: String,
    /// The schema of the structured result.
    pub output_schema: Option<String>,
    /// Behaviour hints, under the names that the protocol has for them.
    pub hints: &'a [(&'a str, bool)],
    /// Whether a call may go on as a task: `optional` or `required`.
    pub task: Option<&'a str>,
    /// Further members, as the text of a JSON object.
    pub extra: Option<&'a str>,
}

impl Description<'_> {
    /// The record.
    ///
    /// # Errors
    ///
    /// `extra` is not the text of a JSON object.
    pub fn tool(self) -> Result<wit::Tool, String> {
        let extra = extra::with_behaviour(self.extra, self.hints, self.task)
            .map_err(|error| format!("tool `{}`: {error}", self.name))?;
        Ok(wit::Tool {
            name: self.name.to_owned(),
            title: self.title.map(str::to_owned),
            description: owned_unless_empty(self.description),
            input_schema: self.input_schema,
            output_schema: self.output_schema,
            extra,
        })
    }
}

/// The schema of what a tool that returns `T` gives.
pub fn output_schema<T: IntoOutput>() -> Option<String> {
    T::output_schema()
}

/// The JSON of a parameter's default.
pub fn default<T: Serialize>(value: T) -> Option<Value> {
    serde_json::to_value(value).ok()
}

/// What calling gives, from what the function returned.
///
/// # Errors
///
/// The function failed.
pub fn call_output<T: IntoOutput>(returned: T) -> Result<wit::Output, wit::CallError> {
    match returned.into_output() {
        Ok(output) => Ok(output.into_wit()),
        Err(error) => Err(error.into_call_error()),
    }
}
