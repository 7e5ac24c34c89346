//! A function as WIT writes it, for tools that have no docs.

use wasmtime::component::Type;
use wasmtime::component::types::ComponentFunc;

use super::full_name;
use super::type_names::TypeNames;

/// The longest signature; longer ones are cut there.
const MAX_LENGTH: usize = 500;
/// How many types within each other are written out.
const MAX_DEPTH: usize = 4;

/// What a tool is, where its author said nothing of it.
pub(super) fn sentence(
    interface: Option<&str>,
    name: &str,
    kind: &ComponentFunc,
    names: &TypeNames,
) -> String {
    let mut text = String::new();
    for (parameter, kind) in kind.params() {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(parameter);
        text.push_str(": ");
        write(&mut text, &kind, names, 0);
        if text.len() > MAX_LENGTH {
            break;
        }
    }
    let mut result = String::new();
    if let Some(kind) = kind.results().next() {
        result.push_str(" -> ");
        write(&mut result, &kind, names, 0);
    }
    let name = full_name(interface, name);
    shortened(format!("Calls the function {name}: func({text}){result}"))
}

fn shortened(mut text: String) -> String {
    if text.len() > MAX_LENGTH {
        text.truncate(text.floor_char_boundary(MAX_LENGTH));
        text.push('…');
    }
    text
}

fn write(text: &mut String, kind: &Type, names: &TypeNames, depth: usize) {
    if depth > MAX_DEPTH || text.len() > MAX_LENGTH {
        text.push('…');
        return;
    }
    if let Some(name) = names.of(kind) {
        text.push_str(name);
        return;
    }
    let (word, within) = match kind {
        Type::List(list) => ("list", vec![Some(list.ty())]),
        Type::Option(option) => ("option", vec![Some(option.ty())]),
        Type::Tuple(tuple) => ("tuple", tuple.types().map(Some).collect()),
        Type::Result(result) => ("result", vec![result.ok(), result.err()]),
        _ => return text.push_str(word(kind)),
    };
    text.push_str(word);
    text.push('<');
    for (index, kind) in within.iter().enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        match kind {
            Some(kind) => write(text, kind, names, depth + 1),
            None => text.push('_'),
        }
    }
    text.push('>');
}

/// A type's word in WIT, without what it is of.
pub(super) fn word(kind: &Type) -> &'static str {
    match kind {
        Type::Bool => "bool",
        Type::S8 => "s8",
        Type::U8 => "u8",
        Type::S16 => "s16",
        Type::U16 => "u16",
        Type::S32 => "s32",
        Type::U32 => "u32",
        Type::S64 => "s64",
        Type::U64 => "u64",
        Type::Float32 => "f32",
        Type::Float64 => "f64",
        Type::Char => "char",
        Type::String => "string",
        Type::List(_) | Type::FixedLengthList(_) => "list",
        Type::Map(_) => "map",
        Type::Record(_) => "record",
        Type::Tuple(_) => "tuple",
        Type::Variant(_) => "variant",
        Type::Enum(_) => "enum",
        Type::Option(_) => "option",
        Type::Result(_) => "result",
        Type::Flags(_) => "flags",
        Type::Own(_) => "own",
        Type::Borrow(_) => "borrow",
        Type::Future(_) => "future",
        Type::Stream(_) => "stream",
        Type::ErrorContext => "error-context",
    }
}
