//! What a tool returns.

use serde::Serialize;
use serde_json::Value;

use crate::bindings::tools::exports::portcullis::plugin::tools as wit;
use crate::content::Content;
use crate::error::{Error, Kind, Result};
use crate::json::{self, Data, Json, JsonWithText};
use crate::{extra, schema};
use schemars::JsonSchema;

/// A tool's answer in full: blocks for the model, a structured value for
/// programs, and further members of the result. Empty by default.
///
/// ```
/// use portcullis_sdk::{Output, json};
///
/// let output = Output::text("3 rows").structured(json!({ "rows": 3 }));
/// assert_eq!(output.to_text(), "3 rows");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    content: Vec<Content>,
    structured: Option<String>,
    extra: Option<String>,
}

impl Output {
    /// An empty answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// One block of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::from_iter([Content::text(text)])
    }

    /// A value as JSON text, and as the structured value if it is an object.
    ///
    /// # Errors
    ///
    /// The value has no JSON form, such as a map whose keys are no strings.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Result<Self> {
        let text = json::to_text(value)?;
        // Revisions before 2026-07-28 allow nothing but an object here.
        let structured = text.starts_with('{').then(|| text.clone());
        Ok(Self {
            structured,
            ..Self::text(text)
        })
    }

    /// Adds a block.
    #[must_use]
    pub fn content(mut self, content: impl Into<Content>) -> Self {
        self.content.push(content.into());
        self
    }

    /// Sets the structured value. It goes to the client as it is, so where the
    /// tool has an output schema it must obey it.
    #[must_use]
    pub fn structured(mut self, value: impl Into<Value>) -> Self {
        self.structured = Some(value.into().to_string());
        self
    }

    /// Sets a further member of the result, such as `_meta`.
    #[must_use]
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        extra::insert(&mut self.extra, name, value.into());
        self
    }

    /// The blocks.
    pub fn blocks(&self) -> &[Content] {
        &self.content
    }

    /// The structured value, if there is one.
    pub fn structured_value(&self) -> Option<Value> {
        serde_json::from_str(self.structured.as_deref()?).ok()
    }

    /// The blocks of text, one after the other on lines of their own.
    pub fn to_text(&self) -> String {
        let texts: Vec<&str> = self.content.iter().filter_map(Content::as_text).collect();
        texts.join("\n")
    }

    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) fn from_wit(output: wit::Output) -> Self {
        Self {
            content: output.content.into_iter().map(Content).collect(),
            structured: output.structured,
            extra: output.extra,
        }
    }

    pub(crate) fn into_wit(self) -> wit::Output {
        wit::Output {
            content: self.content.into_iter().map(|content| content.0).collect(),
            structured: self.structured,
            extra: self.extra,
        }
    }
}

impl FromIterator<Content> for Output {
    fn from_iter<I: IntoIterator<Item = Content>>(content: I) -> Self {
        Self {
            content: content.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// What a `#[tool]` function may return.
///
/// - `String`, `&str`, numbers, `bool`: a block of text; `()`: no block;
/// - [`Content`], `Vec<Content>`, [`Output`]: as they are;
/// - a `#[data]` type, or [`Json`] around any serialisable type: JSON text,
///   and if it is a JSON object the structured value too. The output schema is
///   derived; a type whose schema is not of `"type": "object"` gets none, as
///   clients before the 2026-07-28 revision allow no other;
/// - [`JsonWithText`]: the same with another text;
/// - `serde_json::Value`, and `Vec` of any of these but blocks: the same without
///   a schema;
/// - `Result` of any of these: the error becomes a tool error.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return `{Self}`",
    label = "not something a tool can return",
    note = "put `#[portcullis_sdk::data]` on a type of your own, or return `Json(value)` for any \
            serialisable value"
)]
pub trait IntoOutput: Sized {
    /// The answer, or the failure.
    ///
    /// # Errors
    ///
    /// The function failed, or its value has no JSON form.
    fn into_output(self) -> Result<Output>;

    /// The JSON Schema of the structured value, if every value has one.
    fn output_schema() -> Option<String> {
        None
    }
}

impl IntoOutput for Output {
    fn into_output(self) -> Result<Output> {
        Ok(self)
    }
}

impl IntoOutput for Content {
    fn into_output(self) -> Result<Output> {
        Ok(Output::from_iter([self]))
    }
}

impl IntoOutput for () {
    fn into_output(self) -> Result<Output> {
        Ok(Output::new())
    }
}

impl IntoOutput for Value {
    fn into_output(self) -> Result<Output> {
        Output::json(&self)
    }
}

impl<T: Serialize + JsonSchema> IntoOutput for Json<T> {
    fn into_output(self) -> Result<Output> {
        Output::json(&self.0)
    }

    fn output_schema() -> Option<String> {
        schema::output::<T>()
    }
}

impl<T: Serialize + JsonSchema> IntoOutput for JsonWithText<T> {
    fn into_output(self) -> Result<Output> {
        let mut output = Output::json(&self.value)?;
        // What is no structured value stays readable beside the text.
        if output.structured.is_some() {
            output.content.clear();
        }
        output.content.insert(0, Content::text(self.text));
        Ok(output)
    }

    fn output_schema() -> Option<String> {
        schema::output::<T>()
    }
}

impl<T: Data> IntoOutput for T {
    fn into_output(self) -> Result<Output> {
        Output::json(&self)
    }

    fn output_schema() -> Option<String> {
        schema::output::<T>()
    }
}

impl<T: Element> IntoOutput for Vec<T> {
    fn into_output(self) -> Result<Output> {
        T::list_into_output(self)
    }
}

impl<T: IntoOutput, E: std::fmt::Display + 'static> IntoOutput for Result<T, E> {
    fn into_output(self) -> Result<Output> {
        self.map_err(Error::from_displayed)?.into_output()
    }

    fn output_schema() -> Option<String> {
        T::output_schema()
    }
}

/// What a list that a tool returns may hold.
#[diagnostic::on_unimplemented(
    message = "a tool cannot return a list of `{Self}`",
    note = "put `#[portcullis_sdk::data]` on a type of your own, or return `Json(list)`"
)]
pub trait Element: Sized {
    /// The answer that a list of these is.
    ///
    /// # Errors
    ///
    /// A value has no JSON form.
    fn list_into_output(list: Vec<Self>) -> Result<Output>;
}

impl Element for Content {
    fn list_into_output(list: Vec<Self>) -> Result<Output> {
        Ok(Output::from_iter(list))
    }
}

impl Element for Value {
    fn list_into_output(list: Vec<Self>) -> Result<Output> {
        Output::json(&list)
    }
}

impl<T: Data> Element for T {
    fn list_into_output(list: Vec<Self>) -> Result<Output> {
        Output::json(&list)
    }
}

macro_rules! plain {
    ($($type:ty)*) => {$(
        impl IntoOutput for $type {
            fn into_output(self) -> Result<Output> {
                Ok(Output::text(self.to_string()))
            }
        }

        impl Element for $type {
            fn list_into_output(list: Vec<Self>) -> Result<Output> {
                Output::json(&list)
            }
        }
    )*};
}

plain!(&str String bool i8 i16 i32 i64 i128 isize u8 u16 u32 u64 u128 usize f32 f64);

impl Error {
    pub(crate) fn into_call_error(self) -> wit::CallError {
        match *self.0 {
            Kind::Failed(output) => wit::CallError::Failed(output.into_wit()),
            Kind::InvalidArguments(message) => wit::CallError::InvalidArguments(message),
            Kind::NotFound => wit::CallError::Failed(Output::text("not found").into_wit()),
            Kind::Internal(message) => wit::CallError::Other(message),
        }
    }
}
