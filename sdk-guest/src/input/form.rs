//! Forms: what a person can be asked to fill in, and its JSON Schema.
//!
//! The protocol restricts the schema of a form, so that every client can draw
//! it (MCP 2026-07-28, client/elicitation, "Requested Schema"): a flat object
//! whose members are strings, numbers, booleans, one of several choices, or some
//! of several choices. What the field's type gives away is refused while the
//! plugin is compiled, by [`Field`]; what an attribute brings in is refused here,
//! when the form is first asked for.

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::json::Data;
use crate::schema as json_schema;

/// A struct that a person can be asked to fill in. `#[form]` on the struct
/// implements it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no form",
    label = "a person cannot be asked to fill this in",
    note = "put `#[portcullis_sdk::form]` on a struct of your own"
)]
pub trait Form: DeserializeOwned + JsonSchema {
    /// The choices of each field that offers some, in the order of the source.
    #[doc(hidden)]
    fn choices() -> Vec<Vec<String>>;
}

/// A type that a field of a form may have: `String`, `char`, numbers, `bool`, a
/// [`Choice`] (one of several), a `Vec` of it (some of several), and an `Option`
/// of any of these, for what may be left empty.
///
/// A type of the author's whose schema is one of these may implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a field of a form",
    label = "a form is flat: text, numbers, yes or no, and choices",
    note = "`String`, `char`, numbers, `bool`, an enum of plain variants under `#[data]`, a `Vec` \
            of such an enum, or an `Option` of these"
)]
pub trait Field: JsonSchema {
    /// The choices, in the order of the source; none if it is no choice.
    #[doc(hidden)]
    fn choices() -> Vec<String> {
        Vec::new()
    }
}

/// An enum whose variants hold nothing, which a form offers as choices.
/// `#[data]` on such an enum implements it.
///
/// What a client shows for a variant is its `#[schemars(title = "…")]`, or its
/// doc comment, or else its name as `#[serde(rename…)]` has it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no set of choices",
    label = "not an enum of plain variants",
    note = "put `#[portcullis_sdk::data]` on an enum whose variants hold nothing"
)]
pub trait Choice: Data {
    /// Every variant, in the order of the source.
    fn all() -> Vec<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: Choice> Field for T {
    fn choices() -> Vec<String> {
        let values = T::all().into_iter().map(serde_json::to_value);
        let texts = values.map(|value| Some(value.ok()?.as_str()?.to_owned()));
        texts.flatten().collect()
    }
}

impl<T: Choice> Field for Vec<T> {
    fn choices() -> Vec<String> {
        <T as Field>::choices()
    }
}

impl<T: Field> Field for Option<T> {
    fn choices() -> Vec<String> {
        T::choices()
    }
}

macro_rules! plain {
    ($($type:ty)*) => {$(
        impl Field for $type {}
    )*};
}

plain!(String char bool i8 i16 i32 i64 isize u8 u16 u32 u64 usize f32 f64);

/// The choices of one field; a field of another type does not compile.
pub fn choices<T: Field>() -> Vec<String> {
    T::choices()
}

/// The schema of a form.
///
/// # Errors
///
/// An attribute of the struct brings in what a form cannot have.
pub(crate) fn schema<T: Form>() -> Result<Value> {
    restricted(json_schema::of_input::<T>(), &T::choices()).map_err(|reason| {
        let name = T::schema_name();
        Error::internal(format_args!("`{name}` cannot be a form: {reason}"))
    })
}

fn restricted(schema: Value, orders: &[Vec<String>]) -> Result<Value, String> {
    let mut members = object(schema)?;
    if members.get("type") != Some(&Value::from("object")) {
        return Err("it is no struct in JSON".to_owned());
    }
    let mut form = Map::new();
    form.insert("type".to_owned(), "object".into());
    let mut properties = Map::new();
    if let Some(fields) = members.shift_remove("properties") {
        for (name, schema) in object(fields)? {
            let schema =
                field(schema, orders).map_err(|reason| format!("field `{name}` {reason}"))?;
            properties.insert(name, schema);
        }
    }
    form.insert("properties".to_owned(), Value::Object(properties));
    if let Some(required) = members.shift_remove("required") {
        form.insert("required".to_owned(), required);
    }
    // The message says what the form is about.
    for keyword in ["type", "title", "description"] {
        members.shift_remove(keyword);
    }
    if members.get("additionalProperties") == Some(&Value::Bool(false)) {
        members.shift_remove("additionalProperties");
    }
    match members.keys().next() {
        None => Ok(Value::Object(form)),
        Some(keyword) => Err(format!("its schema has `{keyword}`, and a form's has not")),
    }
}

/// The schema of one field. The error goes on after the field's name.
fn field(schema: Value, orders: &[Vec<String>]) -> Result<Value, String> {
    let mut members = without_null(object(schema)?)?;
    if members.get("default") == Some(&Value::Null) {
        members.shift_remove("default");
    }
    if let Some(choices) = Choices::take(&mut members, orders)? {
        let choices = choices.into_members("oneOf");
        return allowed(
            members,
            choices,
            "a choice",
            &["title", "description", "default"],
        );
    }
    let Some(Value::String(kind)) = members.shift_remove("type") else {
        return Err("has no type of its own".to_owned());
    };
    let (what, keywords): (_, &[&str]) = match kind.as_str() {
        "string" => ("a string", &TEXT),
        "number" | "integer" => ("a number", &NUMBER),
        "boolean" => ("a boolean", &["title", "description", "default"]),
        "array" => return several(members, orders),
        other => return Err(format!("is of type `{other}`, and a form is flat")),
    };
    if let Some(format) = members.get("format")
        && !FORMATS.iter().any(|known| format == known)
    {
        return Err(format!(
            "has the format {format}; a string is of format `email`, `uri`, `date` or `date-time`"
        ));
    }
    let mut start = Map::new();
    start.insert("type".to_owned(), kind.into());
    allowed(members, start, what, keywords)
}

const TEXT: [&str; 6] = [
    "title",
    "description",
    "minLength",
    "maxLength",
    "format",
    "default",
];
const NUMBER: [&str; 5] = ["title", "description", "minimum", "maximum", "default"];
const SEVERAL: [&str; 5] = ["title", "description", "minItems", "maxItems", "default"];
const FORMATS: [&str; 4] = ["email", "uri", "date", "date-time"];

/// The schema of a field that takes some of several choices.
fn several(mut members: Map<String, Value>, orders: &[Vec<String>]) -> Result<Value, String> {
    let items = match members.shift_remove("items") {
        Some(items) => Choices::take(&mut object(items)?, orders)?,
        None => None,
    };
    let Some(choices) = items else {
        return Err("is a list of something else than choices".to_owned());
    };
    let mut items = choices.into_members("anyOf");
    if items.contains_key("anyOf") {
        items.shift_remove("type");
    }
    let mut start = Map::new();
    start.insert("type".to_owned(), "array".into());
    start.insert("items".to_owned(), Value::Object(items));
    allowed(members, start, "a choice of several", &SEVERAL)
}

/// `start` with the members added, if all of them are among the keywords.
fn allowed(
    members: Map<String, Value>,
    mut start: Map<String, Value>,
    what: &str,
    keywords: &[&str],
) -> Result<Value, String> {
    for (keyword, value) in members {
        if !keywords.contains(&keyword.as_str()) {
            return Err(format!(
                "has `{keyword}`; {what} in a form takes `{}`",
                keywords.join("`, `")
            ));
        }
        start.insert(keyword, value);
    }
    Ok(Value::Object(start))
}

/// What a field may be, without the `null` that an `Option` adds: in a form it
/// is left empty instead.
fn without_null(mut members: Map<String, Value>) -> Result<Map<String, Value>, String> {
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [kind] = types.as_slice() {
            let kind = kind.clone();
            members.insert("type".to_owned(), kind);
        }
    }
    if let Some(Value::Array(values)) = members.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    let Some(Value::Array(kinds)) = members.get_mut("anyOf") else {
        return Ok(members);
    };
    kinds.retain(|kind| kind.get("type") != Some(&Value::from("null")));
    let [kind] = kinds.as_mut_slice() else {
        return Ok(members);
    };
    let mut merged = object(kind.take())?;
    members.shift_remove("anyOf");
    // What is said of the field counts before what is said of its type.
    merged.extend(members);
    Ok(merged)
}

/// Values with their titles, if any has one.
struct Choices(Vec<(String, Option<String>)>);

impl Choices {
    /// Takes the choices out of a schema; none if it is of another kind.
    fn take(
        members: &mut Map<String, Value>,
        orders: &[Vec<String>],
    ) -> Result<Option<Self>, String> {
        let mut choices = Self(Vec::new());
        match (members.shift_remove("oneOf"), members.get("enum")) {
            (Some(Value::Array(variants)), _) => {
                for variant in variants {
                    choices.add(&object(variant)?)?;
                }
            }
            (_, Some(_)) => {
                // The description is that of the whole, not of its one value.
                choices.add_values(members)?;
                members.shift_remove("enum");
            }
            _ if members.contains_key("const") => {
                choices.add_values(members)?;
                members.shift_remove("const");
            }
            _ => return Ok(None),
        }
        members.shift_remove("type");
        choices.sort(orders);
        Ok(Some(choices))
    }

    fn add(&mut self, variant: &Map<String, Value>) -> Result<(), String> {
        let before = self.0.len();
        self.add_values(variant)?;
        let title = ["title", "description"]
            .iter()
            .find_map(|keyword| variant.get(*keyword)?.as_str());
        if let (Some(title), [choice]) = (title, &mut self.0[before..]) {
            choice.1 = Some(title.replace('\n', " "));
        }
        Ok(())
    }

    fn add_values(&mut self, schema: &Map<String, Value>) -> Result<(), String> {
        let values = match (schema.get("const"), schema.get("enum")) {
            (Some(value), _) => std::slice::from_ref(value),
            (None, Some(Value::Array(values))) => values,
            _ => return Err("has choices that are not plain text".to_owned()),
        };
        for value in values {
            let Some(text) = value.as_str() else {
                return Err(format!("has the choice `{value}`, which is no text"));
            };
            self.0.push((text.to_owned(), None));
        }
        Ok(())
    }

    /// Puts the choices into the order of the source: the schema of an enum has
    /// the variants without a description before the others.
    fn sort(&mut self, orders: &[Vec<String>]) {
        let is_theirs = |order: &&Vec<String>| {
            order.len() == self.0.len() && self.0.iter().all(|(value, _)| order.contains(value))
        };
        if let Some(order) = orders.iter().find(is_theirs) {
            self.0
                .sort_by_key(|(value, _)| order.iter().position(|other| other == value));
        }
    }

    /// `type` and `enum`, or `titled` where the choices have titles.
    fn into_members(self, titled: &str) -> Map<String, Value> {
        let mut members = Map::new();
        members.insert("type".to_owned(), "string".into());
        if self.0.iter().all(|(_, title)| title.is_none()) {
            let values: Vec<String> = self.0.into_iter().map(|(value, _)| value).collect();
            members.insert("enum".to_owned(), values.into());
            return members;
        }
        let choices = self.0.into_iter().map(|(value, title)| {
            let title = title.unwrap_or_else(|| value.clone());
            serde_json::json!({ "const": value, "title": title })
        });
        members.insert(titled.to_owned(), choices.collect());
        members
    }
}

fn object(schema: Value) -> Result<Map<String, Value>, String> {
    match schema {
        Value::Object(members) => Ok(members),
        other => Err(format!("has the schema `{other}`, which says nothing")),
    }
}
