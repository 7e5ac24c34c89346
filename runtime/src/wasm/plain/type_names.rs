//! The names that an interface gives to its types, by which people and docs know
//! them. The types of functions do not carry them.

use std::collections::HashMap;
use std::fmt::Write as _;

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{ResourceType, Type};

/// The names of types that are told apart by their members' names, and those of
/// resources.
#[derive(Default)]
pub(super) struct TypeNames {
    /// None where two types have the same members.
    by_members: HashMap<String, Option<String>>,
    resources: Vec<(ResourceType, String)>,
}

/// Resources that are known by name; those of more are called resources.
const MAX_RESOURCES: usize = 100;

impl TypeNames {
    pub(super) fn add(&mut self, name: &str, item: &ComponentItem) {
        match item {
            ComponentItem::Type(kind) => {
                let Some(members) = members(kind) else {
                    return;
                };
                let entry = self.by_members.entry(members);
                entry
                    .and_modify(|known| {
                        if known.as_deref() != Some(name) {
                            *known = None;
                        }
                    })
                    .or_insert_with(|| Some(name.to_owned()));
            }
            ComponentItem::Resource(kind) if self.resources.len() < MAX_RESOURCES => {
                self.resources.push((*kind, name.to_owned()));
            }
            _ => {}
        }
    }

    pub(super) fn of(&self, kind: &Type) -> Option<&str> {
        self.by_members.get(&members(kind)?)?.as_deref()
    }

    pub(super) fn of_resource(&self, kind: &ResourceType) -> Option<&str> {
        let known = self.resources.iter().find(|(known, _)| known == kind);
        known.map(|(_, name)| name.as_str())
    }
}

/// What kind of type it is, with the names of its members; none for types whose
/// members have no names.
fn members(kind: &Type) -> Option<String> {
    let mut text = String::new();
    let mut add = |name: &str| {
        // A name has no space.
        let _ = write!(text, " {name}");
    };
    let kind = match kind {
        Type::Record(record) => {
            record.fields().for_each(|field| add(field.name));
            "record"
        }
        Type::Variant(variant) => {
            variant.cases().for_each(|case| add(case.name));
            "variant"
        }
        Type::Enum(cases) => {
            cases.names().for_each(&mut add);
            "enum"
        }
        Type::Flags(flags) => {
            flags.names().for_each(&mut add);
            "flags"
        }
        _ => return None,
    };
    Some(format!("{kind}{text}"))
}
