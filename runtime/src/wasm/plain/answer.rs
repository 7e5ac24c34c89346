//! From what a function gave to the result of its tool.
//!
//! How much that is was bounded when it was read from the guest's memory.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value, json};
use wasmtime::component::{Type, Val};

use super::RESULT;
use super::schema::{is_option, is_wrapped};
use crate::protocol::content::{Block, Extra};
use crate::protocol::tools::ToolOutput;

/// The largest whole number that every program's numbers can hold.
const MAX_EXACT: u64 = (1 << 53) - 1;

/// A function's result: nothing, a value, or how it failed.
pub(super) fn output(result: Option<(Type, Val)>) -> Result<ToolOutput, String> {
    let Some((kind, value)) = result else {
        return Ok(empty());
    };
    let wrapped = is_wrapped(kind.clone());
    let value = match (kind, value) {
        (Type::Result(kind), Val::Result(Ok(value))) => match kind.ok().zip(value) {
            Some((kind, value)) => json_of(*value, &kind)?,
            None => return Ok(empty()),
        },
        (Type::Result(kind), Val::Result(Err(value))) => {
            return Ok(ToolOutput::error(match kind.err().zip(value) {
                Some((kind, value)) => words(json_of(*value, &kind)?),
                None => "the function failed and gave no reason".to_owned(),
            }));
        }
        (kind, value) => json_of(value, &kind)?,
    };
    // A text is read by the model as it is, everything else as its JSON.
    let (structured, text) = match value {
        Value::String(text) => (json!({ RESULT: text }), text),
        value if wrapped => {
            let structured = json!({ RESULT: value });
            let text = structured.to_string();
            (structured, text)
        }
        value => {
            let text = value.to_string();
            (value, text)
        }
    };
    let structured = serde_json::value::to_raw_value(&structured);
    Ok(ToolOutput {
        content: vec![Block::text(text)],
        structured: Some(structured.map_err(|error| error.to_string())?),
        is_error: false,
        extra: Extra::default(),
    })
}

fn empty() -> ToolOutput {
    ToolOutput {
        content: Vec::new(),
        structured: None,
        is_error: false,
        extra: Extra::default(),
    }
}

fn words(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

fn json_of(value: Val, kind: &Type) -> Result<Value, String> {
    Ok(match (kind, value) {
        (_, Val::Bool(value)) => value.into(),
        (_, Val::U8(value)) => value.into(),
        (_, Val::S8(value)) => value.into(),
        (_, Val::U16(value)) => value.into(),
        (_, Val::S16(value)) => value.into(),
        (_, Val::U32(value)) => value.into(),
        (_, Val::S32(value)) => value.into(),
        (_, Val::U64(value)) if value > MAX_EXACT => value.to_string().into(),
        (_, Val::U64(value)) => value.into(),
        (_, Val::S64(value)) if value.unsigned_abs() > MAX_EXACT => value.to_string().into(),
        (_, Val::S64(value)) => value.into(),
        // With the digits that the shorter type has, and not those of its value
        // in the longer one.
        (_, Val::Float32(value)) => match value.to_string().parse() {
            Ok(value) => float(value),
            Err(_) => float(value.into()),
        },
        (_, Val::Float64(value)) => float(value),
        (_, Val::Char(value)) => value.to_string().into(),
        (_, Val::String(value)) => value.into(),
        (Type::List(list), Val::List(values)) => match list.ty() {
            Type::U8 => {
                let bytes = values.into_iter().filter_map(|value| match value {
                    Val::U8(byte) => Some(byte),
                    _ => None,
                });
                STANDARD.encode(bytes.collect::<Vec<u8>>()).into()
            }
            kind => {
                let values = values.into_iter().map(|value| json_of(value, &kind));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
        },
        (Type::Tuple(tuple), Val::Tuple(values)) => {
            let values = tuple.types().zip(values);
            let values = values.map(|(kind, value)| json_of(value, &kind));
            Value::Array(values.collect::<Result<_, _>>()?)
        }
        (Type::Record(record), Val::Record(values)) => {
            let mut members = Map::new();
            for (field, (name, value)) in record.fields().zip(values) {
                // As it need not be given, it is not given back.
                if matches!(value, Val::Option(None)) {
                    continue;
                }
                members.insert(name, json_of(value, &field.ty)?);
            }
            Value::Object(members)
        }
        (Type::Variant(variant), Val::Variant(name, payload)) => {
            let case = variant.cases().find(|case| case.name == name);
            match case.and_then(|case| case.ty).zip(payload) {
                Some((kind, payload)) => member(&name, json_of(*payload, &kind)?),
                None => name.into(),
            }
        }
        (_, Val::Enum(name)) => name.into(),
        (_, Val::Flags(names)) => names.into(),
        (_, Val::Option(None)) => Value::Null,
        (Type::Option(option), Val::Option(Some(value))) => {
            let kind = option.ty();
            let value = json_of(*value, &kind)?;
            if is_option(&kind) {
                member("some", value)
            } else {
                value
            }
        }
        (Type::Result(result), Val::Result(value)) => {
            let (name, kind, value) = match value {
                Ok(value) => ("ok", result.ok(), value),
                Err(value) => ("err", result.err(), value),
            };
            match kind.zip(value) {
                Some((kind, value)) => member(name, json_of(*value, &kind)?),
                None => member(name, Value::Null),
            }
        }
        _ => return Err("its result is not of its type".to_owned()),
    })
}

fn member(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}

fn float(value: f64) -> Value {
    match Number::from_f64(value) {
        Some(number) => Value::Number(number),
        None if value.is_nan() => "NaN".into(),
        None if value > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}
