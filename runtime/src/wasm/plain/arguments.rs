//! From a call's JSON to the values of WIT types.
//!
//! What the input schema refuses does not come here; what it cannot say does:
//! numbers in strings, base64, the size of a `f32`. Every error says where.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use wasmtime::component::types::ComponentFunc;
use wasmtime::component::{Type, Val};

use super::schema::is_option;
use super::signature::word;

/// Values of one call. Each takes forty bytes of the host's memory, and an array
/// of numbers has one for every second byte.
const MAX_VALUES: usize = 1 << 20;
/// How much of a wrong value an error repeats.
const MAX_SHOWN: usize = 100;

/// Base64 with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The parameters of a function, in its order, from an object with their names.
pub(super) fn read(kind: &ComponentFunc, text: &str) -> Result<Vec<Val>, String> {
    let arguments: Value =
        serde_json::from_str(text).map_err(|error| format!("the arguments: {error}"))?;
    let mut reader = Reader {
        path: Vec::new(),
        values: 0,
    };
    let Value::Object(mut given) = arguments else {
        return Err(reader.expected("an object with the parameters' names", &arguments));
    };
    let parameters = kind.params().map(|(name, kind)| (name.to_owned(), kind));
    let values = reader.members(&mut given, parameters)?;
    Ok(values.into_iter().map(|(_, value)| value).collect())
}

struct Reader {
    /// Where it is, as a JSON pointer's parts.
    path: Vec<String>,
    values: usize,
}

impl Reader {
    fn value(&mut self, value: Value, kind: &Type) -> Result<Val, String> {
        self.count(1)?;
        let wrong = |expected: &str, value: &Value| Err(self.expected(expected, value));
        Ok(match (kind, value) {
            (Type::Bool, Value::Bool(value)) => Val::Bool(value),
            (Type::U8, value) => Val::U8(self.integer(&value, kind)?),
            (Type::S8, value) => Val::S8(self.integer(&value, kind)?),
            (Type::U16, value) => Val::U16(self.integer(&value, kind)?),
            (Type::S16, value) => Val::S16(self.integer(&value, kind)?),
            (Type::U32, value) => Val::U32(self.integer(&value, kind)?),
            (Type::S32, value) => Val::S32(self.integer(&value, kind)?),
            (Type::U64, value) => Val::U64(self.integer(&value, kind)?),
            (Type::S64, value) => Val::S64(self.integer(&value, kind)?),
            (Type::Float32, Value::Number(number)) => {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "to the nearest that the type has"
                )]
                let nearest = number.as_f64().map(|number| number as f32);
                match nearest.filter(|number| number.is_finite()) {
                    Some(number) => Val::Float32(number),
                    None => return wrong("a number that a f32 can hold", &Value::Number(number)),
                }
            }
            (Type::Float64, Value::Number(number)) => match number.as_f64() {
                Some(value) => Val::Float64(value),
                None => return wrong("a number that a f64 can hold", &Value::Number(number)),
            },
            (Type::Char, Value::String(text)) => {
                let mut characters = text.chars();
                match (characters.next(), characters.next()) {
                    (Some(character), None) => Val::Char(character),
                    _ => return wrong("one character", &Value::String(text)),
                }
            }
            (Type::String, Value::String(text)) => Val::String(text),
            (Type::List(list), value) => self.list(value, &list.ty())?,
            (Type::Tuple(tuple), Value::Array(values)) => {
                let kinds = tuple.types();
                if kinds.len() != values.len() {
                    let expected = format!("an array of {} values", kinds.len());
                    return wrong(&expected, &Value::Array(values));
                }
                let values = kinds.zip(values).enumerate();
                let values =
                    values.map(|(index, (kind, value))| self.at(index.to_string(), value, &kind));
                Val::Tuple(values.collect::<Result<_, _>>()?)
            }
            (Type::Record(record), Value::Object(mut given)) => {
                let fields = record.fields();
                let fields = fields.map(|field| (field.name.to_owned(), field.ty));
                Val::Record(self.members(&mut given, fields)?)
            }
            (Type::Variant(variant), Value::String(name)) => {
                let is_it = |case: &wasmtime::component::types::Case<'_>| {
                    case.name == name && case.ty.is_none()
                };
                if !variant.cases().any(|case| is_it(&case)) {
                    return wrong("one of its cases", &Value::String(name));
                }
                Val::Variant(name, None)
            }
            (Type::Variant(variant), Value::Object(given)) => {
                let (name, value) = self.only_member(given, "an object with one of its cases")?;
                let case = variant.cases().find(|case| case.name == name);
                match case.and_then(|case| case.ty) {
                    Some(payload) => {
                        let payload = self.at(name.clone(), value, &payload)?;
                        Val::Variant(name, Some(Box::new(payload)))
                    }
                    None => return wrong("one of its cases", &Value::String(name)),
                }
            }
            (Type::Enum(cases), Value::String(name)) => {
                if !cases.names().any(|case| case == name) {
                    return wrong("one of its cases", &Value::String(name));
                }
                Val::Enum(name)
            }
            (Type::Flags(flags), Value::Array(values)) => {
                let mut set = Vec::new();
                for value in values {
                    match value {
                        Value::String(name) if flags.names().any(|flag| flag == name) => {
                            set.push(name);
                        }
                        other => return wrong("one of its flags", &other),
                    }
                }
                Val::Flags(set)
            }
            (Type::Option(_), Value::Null) => Val::Option(None),
            (Type::Option(option), value) => {
                let kind = option.ty();
                let some = match value {
                    Value::Object(given) if is_option(&kind) => {
                        let (name, value) = self.only_member(given, "null or {\"some\": …}")?;
                        self.at(name, value, &kind)?
                    }
                    value => self.value(value, &kind)?,
                };
                Val::Option(Some(Box::new(some)))
            }
            (Type::Result(result), Value::Object(given)) => {
                let expected = "an object with `ok` or `err`";
                let (name, value) = self.only_member(given, expected)?;
                let kind = match name.as_str() {
                    "ok" => result.ok(),
                    "err" => result.err(),
                    _ => return wrong(expected, &Value::String(name)),
                };
                let payload = match (kind, value) {
                    (Some(kind), value) => Some(Box::new(self.at(name.clone(), value, &kind)?)),
                    (None, Value::Null) => None,
                    (None, value) => return wrong("null", &value),
                };
                Val::Result(if name == "ok" {
                    Ok(payload)
                } else {
                    Err(payload)
                })
            }
            (kind, value) => return wrong(expected(kind), &value),
        })
    }

    fn list(&mut self, value: Value, kind: &Type) -> Result<Val, String> {
        let values = match (kind, value) {
            (Type::U8, Value::String(text)) => {
                let bytes = BASE64
                    .decode(&text)
                    .map_err(|_| self.expected("base64", &Value::String(text)))?;
                self.count(bytes.len())?;
                bytes.into_iter().map(Val::U8).collect()
            }
            (Type::U8, value) => return Err(self.expected("a string of base64", &value)),
            (kind, Value::Array(values)) => {
                let values = values.into_iter().enumerate();
                let values = values.map(|(index, value)| self.at(index.to_string(), value, kind));
                values.collect::<Result<_, _>>()?
            }
            (_, value) => return Err(self.expected("an array", &value)),
        };
        Ok(Val::List(values))
    }

    /// The members of an object in the order of a record's fields.
    fn members(
        &mut self,
        given: &mut Map<String, Value>,
        fields: impl Iterator<Item = (String, Type)>,
    ) -> Result<Vec<(String, Val)>, String> {
        let mut values = Vec::new();
        for (name, kind) in fields {
            let value = match given.remove(&name) {
                Some(value) => value,
                None if is_option(&kind) => Value::Null,
                None => return Err(format!("{}: `{name}` is missing", self.place())),
            };
            let value = self.at(name.clone(), value, &kind)?;
            values.push((name, value));
        }
        match given.keys().next() {
            None => Ok(values),
            Some(unknown) => {
                let names: Vec<_> = values.iter().map(|(name, _)| name.as_str()).collect();
                Err(format!(
                    "{}: there is no `{}`; accepted: {}",
                    self.place(),
                    shortened(unknown),
                    names.join(", ")
                ))
            }
        }
    }

    fn at(&mut self, step: String, value: Value, kind: &Type) -> Result<Val, String> {
        self.path.push(step);
        let value = self.value(value, kind)?;
        self.path.pop();
        Ok(value)
    }

    fn only_member(
        &self,
        given: Map<String, Value>,
        expected: &str,
    ) -> Result<(String, Value), String> {
        let mut members = given.into_iter();
        match (members.next(), members.next()) {
            (Some(member), None) => Ok(member),
            _ => Err(format!(
                "{}: expected {expected}, and it has another number of members than one",
                self.place()
            )),
        }
    }

    /// A whole number, also as 1.0, and of 64 bits also as a string.
    fn integer<T: TryFrom<i128>>(&self, value: &Value, kind: &Type) -> Result<T, String> {
        let is_long = matches!(kind, Type::U64 | Type::S64);
        let number: Option<i128> = match value {
            Value::Number(number) => whole(number),
            Value::String(digits) if is_long => digits.parse().ok(),
            _ => None,
        };
        let number = number.and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| self.expected(expected(kind), value))
    }

    fn count(&mut self, values: usize) -> Result<(), String> {
        self.values += values;
        if self.values > MAX_VALUES {
            return Err(format!(
                "the arguments have more than {MAX_VALUES} values, which is the limit; each byte \
                 of a `list<u8>` is one"
            ));
        }
        Ok(())
    }

    fn expected(&self, expected: &str, given: &Value) -> String {
        let given = match given {
            Value::Array(_) => "an array".to_owned(),
            Value::Object(_) => "an object".to_owned(),
            Value::String(text) => format!("{:?}", shortened(text)),
            other => other.to_string(),
        };
        format!("{}: expected {expected}, given {given}", self.place())
    }

    fn place(&self) -> String {
        match self.path.as_slice() {
            [] => "the arguments".to_owned(),
            path => format!("/{}", path.join("/")),
        }
    }
}

fn whole(number: &serde_json::Number) -> Option<i128> {
    let exact = number.as_i64().map(i128::from);
    let exact = exact.or_else(|| number.as_u64().map(i128::from));
    exact.or_else(|| {
        let number = number.as_f64()?;
        // What is beyond has other neighbours than whole numbers.
        let is_whole = number.fract() == 0.0 && number.abs() <= 2f64.powi(64);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is whole and small enough"
        )]
        let whole = number as i128;
        is_whole.then_some(whole)
    })
}

fn expected(kind: &Type) -> &'static str {
    match kind {
        Type::Bool => "true or false",
        Type::U8 => "a whole number from 0 to 255",
        Type::S8 => "a whole number from -128 to 127",
        Type::U16 => "a whole number from 0 to 65535",
        Type::S16 => "a whole number from -32768 to 32767",
        Type::U32 => "a whole number from 0 to 4294967295",
        Type::S32 => "a whole number from -2147483648 to 2147483647",
        Type::U64 => "a whole number from 0 to 18446744073709551615, or its digits as a string",
        Type::S64 => {
            "a whole number from -9223372036854775808 to 9223372036854775807, or its digits as a \
             string"
        }
        Type::Float32 | Type::Float64 => "a number",
        Type::Char => "a string of one character",
        Type::String => "a string",
        Type::Tuple(_) => "an array",
        Type::Record(_) => "an object",
        Type::Variant(_) => "one of its cases: a string, or an object with one member",
        Type::Enum(_) => "a string: one of its cases",
        Type::Flags(_) => "an array of its flags",
        Type::Result(_) => "an object with `ok` or `err`",
        other => word(other),
    }
}

fn shortened(text: &str) -> String {
    if text.len() <= MAX_SHOWN {
        return text.to_owned();
    }
    format!("{}…", &text[..text.floor_char_boundary(MAX_SHOWN)])
}
