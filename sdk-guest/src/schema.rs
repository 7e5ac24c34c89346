//! JSON Schemas (2020-12) of arguments and results.
//!
//! Types are written out where they are used, since many clients do not follow
//! references; only a type that contains itself lands in `$defs`. There is no
//! `$schema`, no `title`, and none of the number formats that no vocabulary
//! defines, such as `int64`.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::tool::Argument;

/// The schema of a tool's arguments, one property for each parameter, in order.
pub struct InputSchema {
    generator: SchemaGenerator,
    properties: Map<String, Value>,
    required: Vec<Value>,
}

/// What is said of one parameter beside its type.
pub struct Property<'a> {
    /// The argument's name.
    pub name: &'a str,
    /// Its doc comment; empty if there is none.
    pub description: &'a str,
    /// Whether a call must have it.
    pub required: bool,
    /// What is used if a call has it not.
    pub default: Option<Value>,
    /// Further keywords, each with its JSON text.
    pub keywords: &'a [(&'a str, &'a str)],
}

impl Default for InputSchema {
    fn default() -> Self {
        Self::new()
    }
}

impl InputSchema {
    /// A schema without properties.
    pub fn new() -> Self {
        Self {
            generator: settings().for_deserialize().into_generator(),
            properties: Map::new(),
            required: Vec::new(),
        }
    }

    /// Adds one property.
    pub fn property<T: Argument>(&mut self, property: Property<'_>) {
        let schema = self.generator.subschema_for::<T>().to_value();
        self.add(schema, property);
    }

    fn add(&mut self, schema: Value, property: Property<'_>) {
        let mut members = match schema {
            Value::Object(members) => members,
            // `true`: any value.
            _ => Map::new(),
        };
        if !property.description.is_empty() {
            members.insert("description".to_owned(), property.description.into());
        }
        if let Some(default) = property.default {
            members.insert("default".to_owned(), default);
        }
        for (keyword, text) in property.keywords {
            // The macro wrote the text from a literal, so it parses.
            let value = serde_json::from_str(text).unwrap_or(Value::Null);
            members.insert((*keyword).to_owned(), value);
        }
        if property.required {
            self.required.push(property.name.into());
        }
        self.properties
            .insert(property.name.to_owned(), Value::Object(members));
    }

    /// The schema's text.
    pub fn finish(mut self) -> String {
        let mut root = Map::new();
        root.insert("type".to_owned(), "object".into());
        root.insert("properties".to_owned(), Value::Object(self.properties));
        if !self.required.is_empty() {
            root.insert("required".to_owned(), Value::Array(self.required));
        }
        root.insert("additionalProperties".to_owned(), Value::Bool(false));
        let definitions = self.generator.take_definitions(false);
        if !definitions.is_empty() {
            root.insert("$defs".to_owned(), Value::Object(definitions));
        }
        let mut root = Value::Object(root);
        strip_number_formats(&mut root);
        root.to_string()
    }
}

/// The schema of a structured result, if its root is of `"type": "object"`.
pub(crate) fn output<T: JsonSchema>() -> Option<String> {
    let schema = settings()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<T>();
    finish_output(schema.to_value())
}

/// The schema of a value that is read from JSON.
pub(crate) fn of_input<T: JsonSchema>() -> Value {
    let schema = settings()
        .for_deserialize()
        .into_generator()
        .into_root_schema_for::<T>();
    let mut schema = schema.to_value();
    strip_number_formats(&mut schema);
    schema
}

fn finish_output(mut schema: Value) -> Option<String> {
    let root = schema.as_object_mut()?;
    if root.get("type") != Some(&Value::from("object")) {
        return None;
    }
    root.shift_remove("title");
    strip_number_formats(&mut schema);
    Some(schema.to_string())
}

fn settings() -> SchemaSettings {
    let mut settings = SchemaSettings::draft2020_12();
    settings.meta_schema = None;
    settings.inline_subschemas = true;
    settings
}

/// Takes out `format` where it names a machine number. Their ranges stay, as
/// `minimum` and `maximum`.
fn strip_number_formats(schema: &mut Value) {
    const NUMBERS: [&str; 14] = [
        "int", "int8", "int16", "int32", "int64", "int128", "uint", "uint8", "uint16", "uint32",
        "uint64", "uint128", "float", "double",
    ];
    match schema {
        Value::Array(items) => items.iter_mut().for_each(strip_number_formats),
        Value::Object(members) => {
            let format = members.get("format").and_then(Value::as_str);
            if format.is_some_and(|format| NUMBERS.contains(&format)) {
                members.shift_remove("format");
            }
            for (keyword, value) in members.iter_mut() {
                // These hold values, not schemas.
                if !matches!(keyword.as_str(), "default" | "const" | "enum" | "examples") {
                    strip_number_formats(value);
                }
            }
        }
        _ => {}
    }
}
