//! What checking by a schema may cost.
//!
//! A schema of a few lines can refer to itself so that checking one value takes
//! for ever: each level of references doubles the work. Checking is done outside
//! of the sandbox, so such schemas are refused when they are prepared.
//!
//! What is counted is the schema with all references written out. A reference
//! back to what it is part of, as trees and lists need it, is counted once; it
//! is refused where the same part of a value would be checked by it twice, since
//! that doubles with each level of the value.

use std::collections::HashMap;

use regex_automata::nfa::thompson::NFA;
use serde_json::{Map, Value};

/// The most that a schema may have, written out.
const MAX_COST: u64 = 10_000;
/// The largest pattern, in bytes when it is compiled.
pub(super) const MAX_PATTERN: usize = 1 << 20;
/// How many states of a compiled pattern count as one part.
const STATES: usize = 8;
/// How many parts may be within each other, written out.
const MAX_DEPTH: usize = 256;
/// Ways from a part of the schema back to itself that are looked at.
const MAX_LOOPS: usize = 1_000;

/// Keywords whose value is a schema for the same value.
const IN_PLACE: &[&str] = &["not", "if", "then", "else"];
/// Keywords whose value is a list of schemas for the same value.
const IN_PLACE_LISTS: &[&str] = &["allOf", "anyOf", "oneOf"];
/// Where in a value a part of a schema applies, seen from another part.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Step {
    /// The element of this index.
    Element(usize),
    /// Each element from this index on.
    Elements(usize),
    /// The member of this name.
    Member(String),
    /// Members of any name but these, which have schemas of their own beside it.
    Members(Vec<String>),
}

impl Step {
    fn may_meet(&self, other: &Step) -> bool {
        match (self, other) {
            (Step::Element(one), Step::Element(other)) => one == other,
            (Step::Element(one), Step::Elements(from))
            | (Step::Elements(from), Step::Element(one)) => one >= from,
            (Step::Elements(_), Step::Elements(_)) | (Step::Members(_), Step::Members(_)) => true,
            (Step::Member(one), Step::Member(other)) => one == other,
            (Step::Member(one), Step::Members(but)) | (Step::Members(but), Step::Member(one)) => {
                !but.contains(one)
            }
            _ => false,
        }
    }
}

/// A schema's size with all references written out; an error where that is too
/// much, or has no end, or a reference leads out of the schema.
pub(super) fn of(schema: &Value) -> Result<u64, String> {
    let mut graph = Graph {
        root: schema,
        names: HashMap::new(),
        costs: HashMap::new(),
        path: Vec::new(),
        loops: HashMap::new(),
    };
    graph.name(schema);
    graph.cost(schema)
}

struct Graph<'a> {
    root: &'a Value,
    /// Parts by anchor (`#name`) and by `$id`.
    names: HashMap<String, &'a Value>,
    /// What was counted already. Parts are told apart by where they are.
    costs: HashMap<*const Value, u64>,
    /// The parts that are being counted, each with the step that leads to it.
    path: Vec<(*const Value, Option<Step>)>,
    /// For each part the ways in which it comes back to itself.
    loops: HashMap<*const Value, Vec<Vec<Step>>>,
}

impl<'a> Graph<'a> {
    fn name(&mut self, value: &'a Value) {
        match value {
            Value::Object(members) => {
                for keyword in ["$anchor", "$dynamicAnchor"] {
                    if let Some(Value::String(name)) = members.get(keyword) {
                        self.names.insert(format!("#{name}"), value);
                    }
                }
                for keyword in ["$id", "id"] {
                    if let Some(Value::String(name)) = members.get(keyword) {
                        self.names.insert(name.clone(), value);
                    }
                }
                members.values().for_each(|member| self.name(member));
            }
            Value::Array(values) => values.iter().for_each(|value| self.name(value)),
            _ => {}
        }
    }

    fn cost(&mut self, part: &'a Value) -> Result<u64, String> {
        let Value::Object(members) = part else {
            return Ok(1);
        };
        let key = std::ptr::from_ref(part);
        if let Some(begin) = self.path.iter().position(|(open, _)| *open == key) {
            self.came_back(key, begin)?;
            return Ok(1);
        }
        // A part that comes back to what is open has to be looked at again on
        // each way to it; others are counted once.
        if let Some(cost) = self.costs.get(&key)
            && self.loops.is_empty()
        {
            return Ok(*cost);
        }
        if self.path.len() >= MAX_DEPTH {
            return Err(format!(
                "the schema's references lead more than {MAX_DEPTH} parts deep"
            ));
        }
        // Seen from elsewhere, its ways back to itself count anew.
        self.loops.remove(&key);
        let mut cost = 1 + patterns(members)?;
        for (step, child) in self.children(members)? {
            self.path.push((key, step));
            let child_cost = self.cost(child);
            self.path.pop();
            cost = cost.saturating_add(child_cost?);
            if cost > MAX_COST {
                return Err(format!(
                    "the schema has more than {MAX_COST} parts, its references written out and \
                     its patterns counted by their size"
                ));
            }
        }
        self.costs.insert(key, cost);
        Ok(cost)
    }

    /// Notes a way from an open part back to itself.
    fn came_back(&mut self, key: *const Value, begin: usize) -> Result<(), String> {
        let way: Vec<Step> = self.path[begin..]
            .iter()
            .filter_map(|(_, step)| step.clone())
            .collect();
        if way.is_empty() {
            return Err("the schema refers to itself without end".to_owned());
        }
        let ways = self.loops.entry(key).or_default();
        let meets = |other: &Vec<Step>| {
            other
                .iter()
                .zip(&way)
                .all(|(one, other)| one.may_meet(other))
        };
        if ways.len() >= MAX_LOOPS || ways.iter().any(meets) {
            return Err(
                "the schema refers to itself more than once for the same part of a value"
                    .to_owned(),
            );
        }
        ways.push(way);
        Ok(())
    }

    /// The parts of a part, and where in a value each applies: none is the value
    /// itself.
    fn children(
        &self,
        members: &'a Map<String, Value>,
    ) -> Result<Vec<(Option<Step>, &'a Value)>, String> {
        let list = |name: &str| members.get(name).and_then(Value::as_array);
        let own_elements = list("prefixItems").or_else(|| list("items"));
        let own_elements = own_elements.map_or(0, Vec::len);
        let own_members = || {
            let own = members.get("properties").and_then(Value::as_object);
            own.map_or_else(Vec::new, |own| own.keys().cloned().collect())
        };
        let mut children = Vec::new();
        for (keyword, value) in members {
            match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                    children.push((None, self.resolve(reference)?));
                }
                (name, _) if IN_PLACE.contains(&name) => children.push((None, value)),
                (name, Value::Array(values)) if IN_PLACE_LISTS.contains(&name) => {
                    children.extend(values.iter().map(|value| (None, value)));
                }
                ("dependentSchemas" | "dependencies", Value::Object(schemas)) => {
                    children.extend(schemas.values().map(|schema| (None, schema)));
                }
                ("items" | "prefixItems", Value::Array(values)) => {
                    let each = values.iter().enumerate();
                    children.extend(each.map(|(index, value)| (Some(Step::Element(index)), value)));
                }
                // These come after the elements with schemas of their own.
                ("items" | "additionalItems", _) => {
                    children.push((Some(Step::Elements(own_elements)), value));
                }
                ("contains" | "unevaluatedItems", _) => {
                    children.push((Some(Step::Elements(0)), value));
                }
                ("additionalProperties", _) => {
                    children.push((Some(Step::Members(own_members())), value));
                }
                ("unevaluatedProperties" | "propertyNames", _) => {
                    children.push((Some(Step::Members(Vec::new())), value));
                }
                ("patternProperties", Value::Object(schemas)) => {
                    let any = schemas.values();
                    children.extend(any.map(|schema| (Some(Step::Members(Vec::new())), schema)));
                }
                ("properties", Value::Object(schemas)) => {
                    children.extend(
                        schemas
                            .iter()
                            .map(|(name, schema)| (Some(Step::Member(name.clone())), schema)),
                    );
                }
                _ => {}
            }
        }
        Ok(children)
    }

    fn resolve(&self, reference: &str) -> Result<&'a Value, String> {
        let found = match reference.split_once('#') {
            Some(("", "")) => Some(self.root),
            Some(("", pointer)) if pointer.starts_with('/') => {
                let pointer = percent_encoding::percent_decode_str(pointer).decode_utf8_lossy();
                self.root.pointer(&pointer)
            }
            Some((id, pointer)) if pointer.starts_with('/') => {
                let within = self.names.get(id);
                within.and_then(|within| within.pointer(pointer))
            }
            _ => self.names.get(reference.trim_end_matches('#')).copied(),
        };
        found.ok_or_else(|| {
            format!(
                "`$ref` is `{}`, which is not in the schema; accepted: a reference into the schema itself",
                crate::protocol::jsonrpc::shortened(reference)
            )
        })
    }
}

/// What a part's patterns count for. A text is matched in time proportional to
/// its length times the size of the pattern.
fn patterns(members: &Map<String, Value>) -> Result<u64, String> {
    let own = members.get("pattern").and_then(Value::as_str);
    let of_names = members.get("patternProperties").and_then(Value::as_object);
    let of_names = of_names.into_iter().flat_map(|patterns| patterns.keys());
    own.into_iter()
        .chain(of_names.map(String::as_str))
        .try_fold(0, |sum: u64, pattern| {
            Ok(sum.saturating_add(pattern_cost(pattern)?))
        })
}

fn pattern_cost(pattern: &str) -> Result<u64, String> {
    let size = NFA::config().nfa_size_limit(Some(MAX_PATTERN));
    match NFA::compiler().configure(size).build(pattern) {
        Ok(nfa) => Ok((nfa.states().len() / STATES).max(1) as u64),
        Err(error) if error.size_limit().is_some() => Err(format!(
            "the pattern `{}` is too large; at most {MAX_PATTERN} bytes are accepted when it is \
             compiled",
            crate::protocol::jsonrpc::shortened(pattern)
        )),
        // What is written otherwise here, or is no pattern at all, is left to
        // the validator.
        Err(_) => Ok(pattern.len() as u64),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_count_by_their_size() {
        for (pattern, least, most) in [
            ("^[a-z]+$", 1, 4),
            (r"^[\w.-]+@[\w.-]+\.\w+$", 10, 200),
            ("[ab]*a[ab]{5000}[cd]", 600, 2_000),
        ] {
            let cost = pattern_cost(pattern).expect("accepted");
            assert!((least..=most).contains(&cost), "{pattern}: {cost}");
            let schema = json!({ "properties": { "a": { "pattern": pattern } } });
            assert!(of(&schema).expect("accepted") > cost);
            let schema = json!({ "patternProperties": { pattern: {} } });
            assert!(of(&schema).expect("accepted") > cost);
        }
        let refused = pattern_cost("[ab]{900}{900}").expect_err("too large");
        assert!(refused.contains("too large"), "{refused}");
    }

    /// Each level refers to the next one twice.
    fn unfolding(levels: usize) -> Value {
        let mut definitions = Map::new();
        for level in 0..levels {
            let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
            definitions.insert(format!("d{level}"), json!({ "anyOf": [next, next] }));
        }
        definitions.insert(format!("d{levels}"), json!({ "type": "integer" }));
        json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/d0" }, "$defs": definitions })
    }

    #[test]
    fn what_unfolds_is_refused() {
        assert!(of(&unfolding(8)).is_ok());
        let error = of(&unfolding(30)).expect_err("refused");
        assert!(error.contains("more than 10000 parts"), "{error}");
    }

    #[test]
    fn lists_trees_and_any_json_may_refer_to_themselves() {
        for schema in [
            json!({ "properties": { "next": { "$ref": "#" } } }),
            json!({ "properties": { "left": { "$ref": "#" }, "right": { "$ref": "#" } } }),
            json!({ "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "$ref": "#" } },
                { "type": "object", "additionalProperties": { "$ref": "#" } }
            ] }),
            json!({
                "$defs": { "n": { "properties": { "next": { "$ref": "#/$defs/n" } } } },
                "properties": { "a": { "$ref": "#/$defs/n" }, "b": { "$ref": "#/$defs/n" } }
            }),
            json!({ "properties": { "x": { "$ref": "#" } }, "additionalProperties": { "$ref": "#" } }),
            json!({ "prefixItems": [{ "type": "string" }, { "$ref": "#" }, { "$ref": "#" }], "items": { "$ref": "#" } }),
            json!({ "$defs": { "node": { "$anchor": "n", "properties": { "kids": { "type": "array", "items": { "$ref": "#n" } } } } }, "$ref": "#/$defs/node" }),
        ] {
            assert!(of(&schema).is_ok(), "{schema}");
        }
    }

    #[test]
    fn a_long_chain_is_refused() {
        let mut definitions = Map::new();
        for level in 0..10_000 {
            let next = json!({ "$ref": format!("#/$defs/d{}", level + 1) });
            definitions.insert(format!("d{level}"), next);
        }
        definitions.insert("d10000".to_owned(), json!({}));
        let schema = json!({ "$ref": "#/$defs/d0", "$defs": definitions });
        assert!(of(&schema).expect_err("refused").contains("256 parts deep"));
    }

    #[test]
    fn what_doubles_with_each_level_of_a_value_is_refused() {
        for schema in [
            json!({ "anyOf": [
                { "properties": { "x": { "$ref": "#" } } },
                { "properties": { "x": { "$ref": "#" } } }
            ] }),
            json!({ "properties": { "x": { "$ref": "#" } }, "patternProperties": { "x": { "$ref": "#" } } }),
            json!({ "prefixItems": [{ "$ref": "#" }], "contains": { "$ref": "#" } }),
            json!({ "properties": { "x": { "allOf": [{ "$ref": "#" }, { "$ref": "#" }] } } }),
            json!({ "items": { "$ref": "#" }, "contains": { "$ref": "#" } }),
            json!({ "$ref": "#" }),
            json!({ "$defs": { "a": { "allOf": [{ "$ref": "#/$defs/a" }] } }, "$ref": "#/$defs/a" }),
            json!({ "$ref": "https://example.com/other.json" }),
        ] {
            assert!(of(&schema).is_err(), "{schema}");
        }
    }
}
