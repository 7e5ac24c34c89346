//! The docs of a component's WIT: the custom section `package-docs`, as
//! `wit-component` writes it into WIT packages and `wit-docs-inject` into
//! components. A byte for the version (0 or 1), then JSON.
//!
//! A section that is not understood is as none: docs are for reading only.

use std::collections::BTreeMap;

use serde::Deserialize;
use wasmparser::{Parser, Payload};

/// The section's name.
const SECTION: &str = "package-docs";
/// The largest section that is read.
const MAX_SECTION: usize = 4 << 20;
/// The longest doc; longer ones are cut there.
const MAX_DOC: usize = 4_000;

/// What a WIT package says of its items.
#[derive(Default, Deserialize)]
pub(super) struct Docs {
    #[serde(default)]
    worlds: BTreeMap<String, World>,
    #[serde(default)]
    interfaces: BTreeMap<String, Items>,
}

#[derive(Default, Deserialize)]
struct World {
    #[serde(default)]
    interfaces: BTreeMap<String, Items>,
    #[serde(default)]
    interface_exports: BTreeMap<String, Items>,
    #[serde(default)]
    types: BTreeMap<String, TypeDocs>,
    #[serde(default)]
    funcs: BTreeMap<String, FunctionDocs>,
    #[serde(default)]
    func_exports: BTreeMap<String, FunctionDocs>,
}

/// Of an interface.
#[derive(Default, Deserialize)]
struct Items {
    #[serde(default)]
    funcs: BTreeMap<String, FunctionDocs>,
    #[serde(default)]
    types: BTreeMap<String, TypeDocs>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FunctionDocs {
    Text(Option<String>),
    More { docs: Option<String> },
}

/// What is said of a type and of its fields or cases.
#[derive(Default, Deserialize)]
pub(super) struct TypeDocs {
    docs: Option<String>,
    #[serde(default)]
    items: BTreeMap<String, String>,
}

/// What is said of one exported interface, or of the world.
pub(super) struct InterfaceDocs<'a> {
    all: &'a Docs,
    functions: Vec<&'a BTreeMap<String, FunctionDocs>>,
    types: Vec<&'a BTreeMap<String, TypeDocs>>,
}

impl Docs {
    /// The docs in a component; those of the component itself before those of
    /// what is within it.
    pub(super) fn of_component(bytes: &[u8]) -> Docs {
        let mut depth = 0;
        let mut found: Option<(usize, Docs)> = None;
        for payload in Parser::new(0).parse_all(bytes) {
            match payload {
                Ok(Payload::Version { .. }) => depth += 1,
                Ok(Payload::End(_)) => depth -= 1,
                Ok(Payload::CustomSection(section)) if section.name() == SECTION => {
                    if found.as_ref().is_none_or(|(at, _)| *at > depth)
                        && let Some(docs) = parse(section.data())
                    {
                        found = Some((depth, docs));
                    }
                }
                Ok(_) => {}
                Err(_) => break,
            }
        }
        found.map(|(_, docs)| docs).unwrap_or_default()
    }

    /// Those of an interface by its id, or those of the world.
    pub(super) fn interface(&self, id: Option<&str>) -> InterfaceDocs<'_> {
        let mut functions = Vec::new();
        let mut types = Vec::new();
        let worlds = self.worlds.values();
        match id {
            None => {
                for world in worlds {
                    functions.extend([&world.func_exports, &world.funcs]);
                    types.push(&world.types);
                }
            }
            Some(id) => {
                let path = id.split('@').next().unwrap_or(id);
                let items: Vec<&Items> = match path.rsplit_once('/') {
                    Some((_, name)) => self.interfaces.get(name).into_iter().collect(),
                    None => worlds
                        .flat_map(|world| [&world.interface_exports, &world.interfaces])
                        .filter_map(|interfaces| interfaces.get(path))
                        .collect(),
                };
                functions.extend(items.iter().map(|items| &items.funcs));
                types.extend(items.iter().map(|items| &items.types));
            }
        }
        InterfaceDocs {
            all: self,
            functions,
            types,
        }
    }
}

impl<'a> InterfaceDocs<'a> {
    pub(super) fn function(&self, name: &str) -> Option<&'a str> {
        let mut found = self.functions.iter().filter_map(|docs| docs.get(name));
        found.find_map(|docs| match docs {
            FunctionDocs::Text(docs) | FunctionDocs::More { docs } => shown(docs.as_deref()?),
        })
    }

    /// Of a type of this interface, or of one that it uses from another.
    pub(super) fn of_type(&self, name: &str) -> Option<&'a TypeDocs> {
        let others = self.all.interfaces.values().map(|items| &items.types);
        let all = self.types.iter().copied().chain(others);
        all.filter_map(|types| types.get(name)).next()
    }
}

impl TypeDocs {
    pub(super) fn text(&self) -> Option<&str> {
        shown(self.docs.as_deref()?)
    }

    /// Of a field or a case.
    pub(super) fn item(&self, name: &str) -> Option<&str> {
        shown(self.items.get(name)?)
    }
}

fn shown(text: &str) -> Option<&str> {
    let text = text.trim();
    let text = &text[..text.floor_char_boundary(MAX_DOC)];
    (!text.is_empty()).then_some(text)
}

fn parse(section: &[u8]) -> Option<Docs> {
    match section {
        [0 | 1, json @ ..] if section.len() <= MAX_SECTION => serde_json::from_slice(json).ok(),
        _ => None,
    }
}
