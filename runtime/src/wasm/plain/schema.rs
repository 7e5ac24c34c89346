//! JSON Schemas (2020-12) of WIT types.
//!
//! | WIT | JSON |
//! |---|---|
//! | `bool`, `string`, `char` | boolean, string, string of one character |
//! | `u8` to `s32` | integer within the type's bounds |
//! | `u64`, `s64` | integer, or its digits as a string; given back as a string where it is beyond 2⁵³−1, which other programs' numbers cannot hold |
//! | `f32`, `f64` | number; given back as `"NaN"`, `"Infinity"`, `"-Infinity"` where it is none |
//! | `list<u8>` | string of base64 |
//! | `list<T>`, `tuple<…>` | array |
//! | record | object with its fields' names; a field that is an option may be left out |
//! | enum, flags | string; array of distinct strings |
//! | variant | `{"case": value}`, or `"case"` where it has no value |
//! | `option<T>` | the value or null; `{"some": …}` where the value may itself be null |
//! | `result<T, E>` | `{"ok": …}` or `{"err": …}`, with null where there is no value |

use serde_json::{Map, Value, json};
use wasmtime::component::Type;
use wasmtime::component::types::ComponentFunc;

use super::docs::InterfaceDocs;
use super::signature::word;
use super::type_names::TypeNames;
use super::{RESULT, answer_type};

/// Parts of one schema. Clients and we have to check values by it.
const MAX_PARTS: usize = 8_000;
/// Parts of all schemas of a component.
const MAX_ALL_PARTS: usize = 160_000;
/// The largest schema, in bytes.
const MAX_BYTES: usize = 200 << 10;
/// How deep types may nest.
const MAX_DEPTH: usize = 24;
/// So many bytes of names count as a part.
const PART: usize = 32;

/// How much may still be written for a component.
pub(super) struct Budget {
    left: usize,
}

impl Budget {
    pub(super) fn new() -> Self {
        Budget {
            left: MAX_ALL_PARTS,
        }
    }
}

/// Whether values go to the guest or come from it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// Writes the schema of one function's arguments or of its result. Errors say
/// which type has none.
pub(super) struct Schemas<'a> {
    names: &'a TypeNames,
    docs: Option<&'a InterfaceDocs<'a>>,
    way: Way,
    parts: usize,
    budget: &'a mut Budget,
}

type Schema = Map<String, Value>;

impl<'a> Schemas<'a> {
    pub(super) fn new(
        names: &'a TypeNames,
        docs: Option<&'a InterfaceDocs<'a>>,
        way: Way,
        budget: &'a mut Budget,
    ) -> Self {
        Schemas {
            names,
            docs,
            way,
            parts: 0,
            budget,
        }
    }

    /// An object with a member for each parameter.
    pub(super) fn arguments(&mut self, kind: &ComponentFunc) -> Result<String, String> {
        let mut members = Vec::new();
        for (name, kind) in kind.params() {
            let schema = self.of(&kind, 0);
            let schema = schema.map_err(|what| format!("its parameter `{name}` {what}"))?;
            members.push((name, is_option(&kind), schema));
        }
        text(self.object(members)?)
    }

    /// Structured results are objects: a record, or one with a single member.
    pub(super) fn result(&mut self, kind: &Type) -> Result<String, String> {
        let schema = self.of(kind, 0);
        let schema = schema.map_err(|what| format!("its result {what}"))?;
        text(match kind {
            Type::Record(_) => schema,
            _ => self.object([(RESULT, false, schema)])?,
        })
    }

    fn of(&mut self, kind: &Type, depth: usize) -> Result<Schema, String> {
        self.spend(parts(kind))?;
        if depth > MAX_DEPTH {
            return Err(format!("nests deeper than {MAX_DEPTH} types"));
        }
        let inner = depth + 1;
        let schema = match kind {
            Type::Bool => json!({ "type": "boolean" }),
            Type::U8 => integer(u8::MIN, u8::MAX),
            Type::S8 => integer(i8::MIN, i8::MAX),
            Type::U16 => integer(u16::MIN, u16::MAX),
            Type::S16 => integer(i16::MIN, i16::MAX),
            Type::U32 => integer(u32::MIN, u32::MAX),
            Type::S32 => integer(i32::MIN, i32::MAX),
            Type::U64 => long(u64::MIN, u64::MAX, "^[0-9]+$"),
            Type::S64 => long(i64::MIN, i64::MAX, "^-?[0-9]+$"),
            Type::Float32 | Type::Float64 if self.way == Way::In => json!({ "type": "number" }),
            Type::Float32 | Type::Float64 => json!({
                "anyOf": [{ "type": "number" }, { "enum": ["NaN", "Infinity", "-Infinity"] }]
            }),
            Type::Char => json!({ "type": "string", "minLength": 1, "maxLength": 1 }),
            Type::String => json!({ "type": "string" }),
            Type::List(list) => match list.ty() {
                Type::U8 => json!({ "type": "string", "contentEncoding": "base64" }),
                element => json!({ "type": "array", "items": self.of(&element, inner)? }),
            },
            Type::Tuple(tuple) => {
                let types = tuple.types();
                let length = types.len();
                let items = types.map(|kind| self.of(&kind, inner));
                json!({
                    "type": "array",
                    "prefixItems": items.collect::<Result<Vec<_>, _>>()?,
                    "items": false,
                    "minItems": length,
                    "maxItems": length,
                })
            }
            Type::Record(record) => {
                let mut members = Vec::new();
                for field in record.fields() {
                    let mut schema = self.of(&field.ty, inner)?;
                    self.document(&mut schema, kind, Some(field.name));
                    members.push((field.name, is_option(&field.ty), schema));
                }
                Value::Object(self.object(members)?)
            }
            Type::Variant(variant) => {
                let mut cases = Vec::new();
                for case in variant.cases() {
                    self.spend(1 + case.name.len() / PART)?;
                    let mut schema = match case.ty {
                        Some(payload) => {
                            let payload = self.of(&payload, inner)?;
                            self.object([(case.name, false, payload)])?
                        }
                        None => only("const", json!(case.name)),
                    };
                    self.document(&mut schema, kind, Some(case.name));
                    cases.push(schema);
                }
                json!({ "oneOf": cases })
            }
            Type::Enum(cases) => {
                let names = self.all(cases.names())?;
                json!({ "type": "string", "enum": names })
            }
            Type::Flags(flags) => {
                let names = self.all(flags.names())?;
                json!({
                    "type": "array",
                    "items": { "type": "string", "enum": names },
                    "uniqueItems": true,
                })
            }
            Type::Option(option) => {
                let some = option.ty();
                let schema = self.of(&some, inner)?;
                if is_option(&some) {
                    let some = self.object([("some", false, schema)])?;
                    json!({ "anyOf": [some, { "type": "null" }] })
                } else {
                    Value::Object(or_null(schema))
                }
            }
            Type::Result(result) => {
                let mut cases = Vec::new();
                for (name, payload) in [("ok", result.ok()), ("err", result.err())] {
                    let payload = match payload {
                        Some(payload) => self.of(&payload, inner)?,
                        None => only("type", json!("null")),
                    };
                    cases.push(self.object([(name, false, payload)])?);
                }
                json!({ "oneOf": cases })
            }
            Type::Own(resource) | Type::Borrow(resource) => {
                return Err(match self.names.of_resource(resource) {
                    Some(name) => format!("has resource `{name}`, which does not outlive a call"),
                    None => "has a resource, which does not outlive a call".to_owned(),
                });
            }
            Type::Future(_)
            | Type::Stream(_)
            | Type::ErrorContext
            | Type::Map(_)
            | Type::FixedLengthList(_) => {
                return Err(format!("has type `{}`, which JSON cannot have", word(kind)));
            }
        };
        let Value::Object(mut schema) = schema else {
            return Err("has no schema".to_owned());
        };
        self.document(&mut schema, kind, None);
        Ok(schema)
    }

    fn object<'n>(
        &mut self,
        members: impl IntoIterator<Item = (&'n str, bool, Schema)>,
    ) -> Result<Schema, String> {
        self.spend(2)?;
        let mut properties = Map::new();
        let mut required = Vec::new();
        for (name, optional, schema) in members {
            self.spend(name.len() / PART)?;
            properties.insert(name.to_owned(), Value::Object(schema));
            if !optional {
                required.push(name);
            }
        }
        let mut object = only("type", json!("object"));
        object.insert("properties".to_owned(), Value::Object(properties));
        if !required.is_empty() {
            object.insert("required".to_owned(), json!(required));
        }
        object.insert("additionalProperties".to_owned(), json!(false));
        Ok(object)
    }

    fn all<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> Result<Vec<&'n str>, String> {
        let mut all = Vec::new();
        for name in names {
            self.spend(1 + name.len() / PART)?;
            all.push(name);
        }
        Ok(all)
    }

    /// Adds what the docs say of a type, or of one of its fields or cases.
    fn document(&self, schema: &mut Schema, kind: &Type, item: Option<&str>) {
        let docs = self.docs.zip(self.names.of(kind));
        let docs = docs.and_then(|(docs, name)| docs.of_type(name));
        let text = docs.and_then(|docs| match item {
            None => docs.text(),
            Some(item) => docs.item(item),
        });
        if let Some(text) = text {
            schema.insert("description".to_owned(), json!(text));
        }
    }

    fn spend(&mut self, parts: usize) -> Result<(), String> {
        self.parts += parts;
        if self.parts > MAX_PARTS {
            return Err(format!(
                "has types of more than {MAX_PARTS} parts, written out"
            ));
        }
        self.budget.left = self.budget.left.checked_sub(parts).ok_or_else(|| {
            format!(
                "is more than there is room for: the types of all functions have more than \
                 {MAX_ALL_PARTS} parts, written out"
            )
        })?;
        Ok(())
    }
}

/// How many parts the schema of a type has by itself, at most: as who checks
/// values by it would count them.
fn parts(kind: &Type) -> usize {
    match kind {
        Type::U64 | Type::S64 | Type::Float32 | Type::Float64 => 3,
        Type::Option(_) | Type::Result(_) => 3,
        Type::Tuple(_) | Type::Flags(_) => 2,
        _ => 1,
    }
}

/// Whether a type has null for a value that is not there.
pub(super) fn is_option(kind: &Type) -> bool {
    matches!(kind, Type::Option(_))
}

/// Whether what a function gives is wrapped, since it is no object.
pub(super) fn is_wrapped(result: Type) -> bool {
    answer_type(Some(result)).is_some_and(|kind| !matches!(kind, Type::Record(_)))
}

fn integer(least: impl Into<i64>, most: impl Into<i64>) -> Value {
    json!({ "type": "integer", "minimum": least.into(), "maximum": most.into() })
}

fn long(least: impl Into<Value>, most: impl Into<Value>, digits: &str) -> Value {
    json!({
        "type": ["integer", "string"],
        "minimum": least.into(),
        "maximum": most.into(),
        "pattern": digits,
    })
}

/// The schema that takes null too.
fn or_null(mut schema: Schema) -> Schema {
    let is_closed = schema.contains_key("enum") || schema.contains_key("const");
    match schema.get_mut("type") {
        Some(Value::Array(types)) if !is_closed => types.push(json!("null")),
        Some(kind) if !is_closed => *kind = json!([kind.take(), "null"]),
        _ => return only("anyOf", json!([schema, { "type": "null" }])),
    }
    schema
}

fn only(keyword: &str, value: Value) -> Schema {
    Map::from_iter([(keyword.to_owned(), value)])
}

fn text(schema: Schema) -> Result<String, String> {
    let text = Value::Object(schema).to_string();
    if text.len() > MAX_BYTES {
        return Err(format!(
            "its schema has {} bytes; at most {MAX_BYTES} are accepted",
            text.len()
        ));
    }
    Ok(text)
}
