//! The contract in `wit/`: it resolves, every item of it is documented, and
//! every item says since when it is there.

use wit_parser::{Docs, Resolve, Stability, TypeDefKind, WorldItem};

use crate::home::root;

/// What is wrong with the package's items.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn documented(&mut self, what: &str, docs: &Docs) {
        if docs
            .contents
            .as_deref()
            .is_none_or(|text| text.trim().is_empty())
        {
            self.0.push(format!("{what} is not documented"));
        }
    }

    fn stable(&mut self, what: &str, stability: &Stability) {
        if !matches!(stability, Stability::Stable { .. }) {
            self.0.push(format!("{what} has no @since"));
        }
    }

    fn kind(&mut self, what: &str, kind: &TypeDefKind) {
        match kind {
            TypeDefKind::Record(record) => {
                for field in &record.fields {
                    self.documented(&format!("{what}.{}", field.name), &field.docs);
                }
            }
            TypeDefKind::Variant(variant) => {
                for case in &variant.cases {
                    self.documented(&format!("{what}.{}", case.name), &case.docs);
                }
            }
            TypeDefKind::Enum(cases) => {
                for case in &cases.cases {
                    self.documented(&format!("{what}.{}", case.name), &case.docs);
                }
            }
            TypeDefKind::Flags(flags) => {
                for flag in &flags.flags {
                    self.documented(&format!("{what}.{}", flag.name), &flag.docs);
                }
            }
            _ => {}
        }
    }
}

#[test]
fn every_item_is_documented_and_says_since_when() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(root().join("wit"))
        .expect("the package resolves");
    let package = &resolve.packages[package];
    assert_eq!(package.name.to_string(), "portcullis:plugin@0.1.0");
    assert!(package.interfaces.len() >= 6 && package.worlds.len() >= 5);

    let mut findings = Findings::default();
    for (name, id) in &package.interfaces {
        let interface = &resolve.interfaces[*id];
        findings.documented(name, &interface.docs);
        findings.stable(name, &interface.stability);
        for (function, item) in &interface.functions {
            let what = format!("{name}.{function}");
            findings.documented(&what, &item.docs);
            findings.stable(&what, &item.stability);
        }
        for (type_name, id) in &interface.types {
            let item = &resolve.types[*id];
            // A type that another interface defines is documented there.
            let is_used = matches!(item.kind, TypeDefKind::Type(wit_parser::Type::Id(of)) if resolve.types[of].owner != item.owner);
            if is_used {
                continue;
            }
            let what = format!("{name}.{type_name}");
            findings.documented(&what, &item.docs);
            findings.stable(&what, &item.stability);
            findings.kind(&what, &item.kind);
        }
    }
    for (name, id) in &package.worlds {
        let world = &resolve.worlds[*id];
        findings.documented(name, &world.docs);
        findings.stable(name, &world.stability);
        for (key, item) in world.imports.iter().chain(&world.exports) {
            if let WorldItem::Interface { stability, .. } = item {
                let interface = resolve.name_world_key(key);
                // What an import needs of WASI comes in by itself.
                if interface.starts_with("portcullis:") && interface.contains("content") {
                    continue;
                }
                findings.stable(&format!("{name}'s {interface}"), stability);
            }
        }
    }
    assert!(findings.0.is_empty(), "{}", findings.0.join("\n"));
}

#[test]
fn errors_can_grow() {
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_dir(root().join("wit"))
        .expect("the package resolves");
    let mut wrong = Vec::new();
    for (name, id) in &resolve.packages[package].interfaces {
        for (type_name, id) in &resolve.interfaces[*id].types {
            if let TypeDefKind::Variant(variant) = &resolve.types[*id].kind
                && type_name.ends_with("error")
                && variant.cases.last().is_none_or(|case| case.name != "other")
            {
                wrong.push(format!("{name}.{type_name} does not end in `other`"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
