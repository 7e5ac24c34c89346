//! Plain components: those that know nothing of the contract. Each function that
//! they export is a tool, with a schema of its WIT types.
//!
//! A function `add` of the world is the tool `add`. The function `do-it` of an
//! interface `ns:pkg/iface` is `iface_do-it`; where two interfaces have the same
//! name their packages come before it, then their namespaces, then their versions
//! behind it. No name in WIT has a `_`, so no two functions get the same name.
//!
//! What is of WASI (`wasi:cli/run`, `wasi:http/incoming-handler`) is no tool.
//! Functions that cannot be tools are left out, each with the reason: methods of
//! resources, and those that take or give what does not outlive a call.

mod answer;
mod arguments;
mod calls;
mod docs;
mod prefix;
mod schema;
mod signature;
mod type_names;

use std::fmt;

use serde::{Deserialize, Serialize};
use wasmtime::Store;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex, Instance, Type, Val};

use super::convert;
use super::state::State;
use crate::protocol::content::Extra;
use crate::protocol::tools::{Tool, ToolOutput};
use docs::{Docs, InterfaceDocs};
use schema::{Budget, Schemas, Way};
use type_names::TypeNames;

/// Functions and types that a component may export.
const MAX_EXPORTS: usize = 10_000;
/// Functions of one component that can be tools.
const MAX_FUNCTIONS: usize = 1_000;
/// The longest name of a tool.
const MAX_NAME: usize = 64;
/// The namespace whose interfaces are for programs that run components.
const WASI: &str = "wasi:";
/// The member of a result that is no object.
const RESULT: &str = "result";

/// A plain component's functions.
#[derive(Default)]
pub(super) struct Plain {
    interfaces: Vec<Interface>,
    functions: Vec<Function>,
    left_out: Vec<LeftOut>,
}

/// A function that is no tool, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// `add`, or `ns:pkg/iface.add`.
    pub function: String,
    /// Why it cannot be one.
    pub reason: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "function `{}` is left out: {}",
            self.function, self.reason
        )
    }
}

/// An exported interface, or the world itself.
struct Interface {
    /// `ns:pkg/iface@1.0.0`; none for the world.
    id: Option<String>,
    names: TypeNames,
}

/// A function that is a tool.
pub(super) struct Function {
    tool: String,
    interface: usize,
    name: String,
    kind: ComponentFunc,
    index: ComponentExportIndex,
}

impl Plain {
    /// Reads what a component exports. An error where that is too much.
    pub(super) fn read(engine: &wasmtime::Engine, component: &Component) -> Result<Self, String> {
        let kind = component.component_type();
        let mut world = TypeNames::default();
        for (name, item) in kind.imports(engine) {
            world.add(name, &item.ty);
        }
        let mut interfaces = vec![Interface {
            id: None,
            names: world,
        }];
        let mut exports = 0;
        let mut found = Vec::new();
        for (name, item) in kind.exports(engine) {
            exports += 1;
            match item.ty {
                ComponentItem::ComponentFunc(kind) => found.push((0, name.to_owned(), kind)),
                ComponentItem::ComponentInstance(instance) if !name.starts_with(WASI) => {
                    let items = instance.exports(engine);
                    exports += items.len();
                    if exports > MAX_EXPORTS {
                        break;
                    }
                    let mut names = TypeNames::default();
                    for (name, item) in items {
                        match item.ty {
                            ComponentItem::ComponentFunc(kind) => {
                                found.push((interfaces.len(), name.to_owned(), kind));
                            }
                            other => names.add(name, &other),
                        }
                    }
                    let id = Some(name.to_owned());
                    interfaces.push(Interface { id, names });
                }
                other => interfaces[0].names.add(name, &other),
            }
        }
        if exports > MAX_EXPORTS {
            return Err(format!(
                "it exports more than {MAX_EXPORTS} functions and types, which is the limit"
            ));
        }
        if found.len() > MAX_FUNCTIONS {
            return Err(format!(
                "it exports more than {MAX_FUNCTIONS} functions, which is the limit"
            ));
        }
        let ids: Vec<Option<&str>> = interfaces.iter().map(|its| its.id.as_deref()).collect();
        let prefixes = prefix::of(&ids);
        let mut plain = Plain::default();
        let mut budget = Budget::new();
        for (interface, name, kind) in found {
            let tool = format!("{}{name}", prefixes[interface]);
            let Interface { id, names } = &interfaces[interface];
            let within = id.as_deref().map(|id| component.get_export_index(None, id));
            let index = match &within {
                None => component.get_export_index(None, &name),
                Some(within) => component.get_export_index(within.as_ref(), &name),
            };
            match fits(&tool, &name, &kind, names, &mut budget).and(index.ok_or_else(|| {
                // Instances that are not made of what the component itself lifts.
                "it is imported and exported again".to_owned()
            })) {
                Ok(index) => plain.functions.push(Function {
                    tool,
                    interface,
                    name,
                    kind,
                    index,
                }),
                Err(reason) => plain.left_out.push(LeftOut {
                    function: full_name(id.as_deref(), &name),
                    reason,
                }),
            }
        }
        plain.interfaces = interfaces;
        Ok(plain)
    }

    /// The tools' names.
    pub(super) fn tools(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|function| function.tool.as_str())
    }

    /// The functions that are no tools.
    pub(super) fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The function that is called as this tool.
    pub(super) fn function(&self, tool: &str) -> Option<&Function> {
        self.functions.iter().find(|function| function.tool == tool)
    }

    /// What models are told of the tools, with the docs that are in the
    /// component's bytes.
    pub(super) fn describe(&self, bytes: &[u8]) -> Result<Vec<Tool>, String> {
        let docs = Docs::of_component(bytes);
        let tools = self.functions.iter().map(|function| {
            let Interface { id, names } = &self.interfaces[function.interface];
            let docs = docs.interface(id.as_deref());
            function.tool(id.as_deref(), names, &docs)
        });
        tools.collect()
    }
}

impl Function {
    fn tool(
        &self,
        interface: Option<&str>,
        names: &TypeNames,
        docs: &InterfaceDocs<'_>,
    ) -> Result<Tool, String> {
        let description = docs.function(&self.name).map_or_else(
            || signature::sentence(interface, &self.name, &self.kind, names),
            str::to_owned,
        );
        // Docs can be long, and are written wherever their type is.
        let (input, output) = schemas(&self.kind, names, Some(docs), &mut Budget::new())
            .or_else(|_| schemas(&self.kind, names, None, &mut Budget::new()))?;
        Ok(Tool {
            name: self.tool.clone(),
            title: None,
            description: Some(description),
            input_schema: convert::json("the input schema", input)?,
            output_schema: output
                .map(|schema| convert::json("the output schema", schema))
                .transpose()?,
            task: Default::default(),
            extra: Extra::default(),
        })
    }

    /// Its parameters from a JSON object; the error says where that is wrong.
    pub(super) fn arguments(&self, text: &str) -> Result<Vec<Val>, String> {
        arguments::read(&self.kind, text)
    }

    pub(super) async fn call(
        &self,
        store: &mut Store<State>,
        instance: Instance,
        arguments: &[Val],
    ) -> wasmtime::Result<Vec<Val>> {
        let function = instance
            .get_func(&mut *store, self.index)
            .ok_or_else(|| wasmtime::format_err!("it has no function `{}`", self.name))?;
        let mut results = vec![Val::Bool(false); self.kind.results().len()];
        function
            .call_async(&mut *store, arguments, &mut results)
            .await?;
        Ok(results)
    }

    /// What it gave, as the result of the tool.
    pub(super) fn output(&self, results: Vec<Val>) -> Result<ToolOutput, String> {
        let result = self.kind.results().next();
        answer::output(result.zip(results.into_iter().next()))
    }
}

/// Whether a function can be a tool.
fn fits(
    tool: &str,
    name: &str,
    kind: &ComponentFunc,
    names: &TypeNames,
    budget: &mut Budget,
) -> Result<(), String> {
    if name.starts_with('[') {
        return Err("it belongs to a resource, which does not outlive a call".to_owned());
    }
    if tool == "exports_init" && kind.params().any(|(name, _)| name == "symbols") {
        return Err("componentize-py called it when it built the component".to_owned());
    }
    if kind.async_() {
        return Err("it is async".to_owned());
    }
    if tool.len() > MAX_NAME {
        return Err(format!(
            "its tool would be `{tool}`, and names have at most {MAX_NAME} characters"
        ));
    }
    let (input, output) = schemas(kind, names, None, budget)?;
    convert::json("its input schema", input)?;
    output.map_or(Ok(()), |schema| {
        convert::json("its output schema", schema).map(drop)
    })
}

/// The schemas of a function's arguments and of its result, if it has one.
fn schemas(
    kind: &ComponentFunc,
    names: &TypeNames,
    docs: Option<&InterfaceDocs<'_>>,
    budget: &mut Budget,
) -> Result<(String, Option<String>), String> {
    let mut schemas = Schemas::new(names, docs, Way::In, budget);
    let input = schemas.arguments(kind)?;
    let mut schemas = Schemas::new(names, docs, Way::Out, budget);
    let output = match answer_type(kind.results().next()) {
        Some(answer) => Some(schemas.result(&answer)?),
        None => None,
    };
    Ok((input, output))
}

/// The type of what a function answers with when it succeeds.
fn answer_type(result: Option<Type>) -> Option<Type> {
    match result {
        Some(Type::Result(result)) => result.ok(),
        other => other,
    }
}

fn full_name(interface: Option<&str>, name: &str) -> String {
    interface.map_or_else(|| name.to_owned(), |id| format!("{id}.{name}"))
}
