//! What a component would cost to compile, read before that is begun.
//!
//! A compiler takes minutes and gigabytes for a few kilobytes that were written
//! to that end: one endless function, a million empty ones, or components that
//! are instantiated in each other so that every level doubles. Source: the
//! component model's binary format, "Instance Definitions".

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentTypeRef, Instance, Parser, Payload,
};

/// Functions in all modules together; Python has 30,000.
const MAX_FUNCTIONS: u64 = 250_000;
/// The longest function, in bytes; Python's interpreter loop has 100,000.
const MAX_FUNCTION: usize = 1 << 20;
/// Local variables of all functions together. A few bytes declare thousands, and
/// each costs the compiler.
const MAX_LOCALS: u64 = 2_000_000;
/// Module instances, written out; as many as the pool gives one call.
const MAX_INSTANCES: u64 = 64;

/// A component that is being read.
#[derive(Default)]
struct Open {
    is_component: bool,
    /// For each component in its index space, how many module instances an
    /// instance of it has.
    components: Vec<u64>,
    instances: u64,
}

/// Refuses what is too heavy. What is no valid component is left to the engine.
pub fn check(bytes: &[u8]) -> Result<(), String> {
    let mut open: Vec<Open> = Vec::new();
    let mut functions = 0u64;
    let mut locals = 0u64;
    for payload in Parser::new(0).parse_all(bytes) {
        let Ok(payload) = payload else {
            return Ok(());
        };
        match payload {
            Payload::Version { encoding, .. } => open.push(Open {
                is_component: encoding == wasmparser::Encoding::Component,
                ..Open::default()
            }),
            Payload::CodeSectionEntry(body) => {
                functions += 1;
                let length = body.range().len();
                if length > MAX_FUNCTION {
                    return Err(format!(
                        "it has a function of {length} bytes; at most {MAX_FUNCTION} are accepted"
                    ));
                }
                let declared = body.get_locals_reader().into_iter().flatten().flatten();
                locals = declared.fold(locals, |sum, (count, _)| sum + u64::from(count));
                if locals > MAX_LOCALS {
                    return Err(format!(
                        "its functions have more than {MAX_LOCALS} local variables, which is the \
                         limit"
                    ));
                }
                if functions > MAX_FUNCTIONS {
                    return Err(format!(
                        "it has more than {MAX_FUNCTIONS} functions, which is the limit"
                    ));
                }
            }
            Payload::InstanceSection(section) => {
                let made = section.into_iter().flatten();
                let made = made.filter(|made| matches!(made, Instance::Instantiate { .. }));
                add(&mut open, made.count() as u64)?;
            }
            Payload::ComponentInstanceSection(section) => {
                for made in section.into_iter().flatten() {
                    if let ComponentInstance::Instantiate {
                        component_index, ..
                    } = made
                    {
                        let cost = component(&open, 0, component_index);
                        add(&mut open, cost)?;
                    }
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.into_iter().flatten() {
                    let cost = match alias {
                        ComponentAlias::Outer {
                            kind: ComponentOuterAliasKind::Component,
                            count,
                            index,
                        } => component(&open, count as usize, index),
                        ComponentAlias::InstanceExport {
                            kind: ComponentExternalKind::Component,
                            ..
                        } => heaviest(&open),
                        _ => continue,
                    };
                    define(&mut open, cost);
                }
            }
            Payload::ComponentImportSection(section) => {
                for import in section.into_iter().flatten() {
                    if matches!(import.ty, ComponentTypeRef::Component(_)) {
                        let cost = heaviest(&open);
                        define(&mut open, cost);
                    }
                }
            }
            Payload::End(_) => {
                if let Some(closed) = open.pop()
                    && closed.is_component
                {
                    define(&mut open, closed.instances);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn add(open: &mut [Open], instances: u64) -> Result<(), String> {
    let Some(within) = open.last_mut() else {
        return Ok(());
    };
    within.instances = within.instances.saturating_add(instances);
    if within.instances > MAX_INSTANCES {
        return Err(format!(
            "it instantiates more than {MAX_INSTANCES} modules, which is the limit"
        ));
    }
    Ok(())
}

fn define(open: &mut [Open], instances: u64) {
    if let Some(within) = open.last_mut() {
        within.components.push(instances);
    }
}

fn component(open: &[Open], outward: usize, index: u32) -> u64 {
    open.iter()
        .rev()
        .nth(outward)
        .and_then(|within| within.components.get(index as usize).copied())
        .unwrap_or(0)
}

/// What a component that comes from elsewhere may have at most.
fn heaviest(open: &[Open]) -> u64 {
    let all = open.iter().flat_map(|within| &within.components);
    all.copied().max().unwrap_or(0)
}
