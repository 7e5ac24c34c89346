//! The house, as `runtime/ARCHITECTURE.md` describes it: who may use whom, and
//! how files are named and how long they are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::home::root;

/// Each module of the runtime and those that it may use. What is not here may
/// not be.
const ARROWS: &[(&str, &[&str])] = &[
    ("audit", &["config", "package", "policy", "wasm"]),
    ("bundle", &["config", "locations", "package", "policy"]),
    (
        "cli",
        &[
            "audit",
            "bundle",
            "config",
            "dispatch",
            "hosts",
            "locations",
            "package",
            "policy",
            "protocol",
            "registry",
            "state",
            "transport",
            "wasm",
        ],
    ),
    ("config", &["locations", "package", "policy"]),
    (
        "dispatch",
        &["audit", "protocol", "registry", "state", "wasm"],
    ),
    ("hosts", &["locations", "package"]),
    ("locations", &[]),
    ("package", &["policy"]),
    ("policy", &[]),
    ("protocol", &[]),
    (
        "registry",
        &[
            "audit",
            "config",
            "locations",
            "package",
            "policy",
            "protocol",
            "wasm",
        ],
    ),
    ("state", &[]),
    ("transport", &["dispatch", "protocol"]),
    ("wasm", &["policy", "protocol", "state"]),
];
/// Crates, and where they may be named: a module, or one of its files.
const CRATES: &[(&str, &[&str])] = &[
    ("wasmtime", &["wasm"]),
    ("wasmtime_wasi", &["wasm"]),
    ("wasmtime_wasi_http", &["wasm"]),
    ("rusqlite", &["state"]),
    ("wasmparser", &["package/generated.rs", "wasm"]),
    ("notify", &["registry"]),
    ("jsonc_parser", &["hosts"]),
    ("zip", &["bundle"]),
    ("axum", &["transport/http"]),
    ("hyper", &["transport/http", "wasm/network"]),
    ("oci_client", &["package/source"]),
    ("reqwest", &["package/source"]),
];
/// Where stdout may be touched.
const STDOUT: &[&str] = &["cli", "transport/stdio.rs"];
/// Names that say nothing.
const NAMELESS: &[&str] = &[
    "utils", "util", "common", "helpers", "helper", "misc", "manager", "mod",
];
/// A longer file hides a second noun.
const MAX_LINES: usize = 400;

/// A source file of the runtime.
struct Source {
    /// Its path below `runtime/src`, with `/`.
    path: String,
    /// The top-level module it belongs to.
    module: String,
    /// Its text without comments and the insides of strings.
    code: String,
    lines: usize,
}

fn sources() -> Vec<Source> {
    let folder = root().join("runtime/src");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    assert!(
        files.len() > 20,
        "the runtime's sources are in {}",
        folder.display()
    );
    files.iter().map(|file| read(&folder, file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files.sort();
}

fn read(folder: &Path, file: &Path) -> Source {
    let text = fs::read_to_string(file).expect("UTF-8");
    let below = file.strip_prefix(folder).expect("below the folder");
    let parts: Vec<_> = below
        .iter()
        .map(|part| part.to_str().expect("Unicode"))
        .collect();
    let module = parts[0].trim_end_matches(".rs").to_owned();
    Source {
        path: parts.join("/"),
        module,
        code: code_of(&text),
        lines: text.lines().count(),
    }
}

/// The text without comments and the insides of strings. Good enough for code
/// that rustfmt has seen.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        let mut quoted = false;
        let mut previous = ' ';
        let characters: Vec<char> = line.chars().collect();
        for (index, &character) in characters.iter().enumerate() {
            if !quoted && character == '/' && characters.get(index + 1) == Some(&'/') {
                break;
            }
            if character == '"' && previous != '\\' && previous != '\'' {
                quoted = !quoted;
            } else if !quoted {
                code.push(character);
            }
            previous = if previous == '\\' && character == '\\' {
                ' '
            } else {
                character
            };
        }
        code.push('\n');
    }
    code
}

/// The top-level modules that a file names: `crate::a`, `crate::{a, b::c}`.
fn used(code: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(first_words(group)),
            None => used.extend(first_word(rest)),
        }
    }
    used
}

fn first_word(text: &str) -> Option<String> {
    let word: String = text
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    (!word.is_empty()).then_some(word)
}

/// The first word of each item of a group, up to its closing brace.
fn first_words(group: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                words.extend(first_word(group[start..at].trim_start()));
                start = at + 1;
                if character == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    words
}

/// What is left of a file's code when its tests are taken out.
fn without_tests(code: &str) -> &str {
    code.find("#[cfg(test)]\nmod tests {")
        .map_or(code, |at| &code[..at])
}

#[test]
fn modules_use_only_those_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        if matches!(source.module.as_str(), "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = ARROWS.iter().find(|(module, _)| *module == source.module) else {
            wrong.push(format!(
                "{}: `{}` is no module of the house",
                source.path, source.module
            ));
            continue;
        };
        for module in used(&source.code) {
            let known = ARROWS.iter().any(|(name, _)| *name == module);
            if known && module != source.module && !allowed.contains(&module.as_str()) {
                wrong.push(format!(
                    "{}: uses `{module}`; `{}` may use: {}",
                    source.path,
                    source.module,
                    allowed.join(", ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn crates_are_named_where_they_belong() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, places) in CRATES {
            let named = source
                .code
                .match_indices(&format!("{name}::"))
                .any(|(at, _)| {
                    !source.code[..at].ends_with(|c: char| {
                        c.is_alphanumeric() || c == '_' || c == ':' || c == '.'
                    })
                });
            if named && !places.iter().any(|place| source.path.starts_with(place)) {
                wrong.push(format!(
                    "{}: names `{name}`, which only {} may",
                    source.path,
                    places.join(" and ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn stdout_is_touched_where_it_belongs() {
    let mut wrong = Vec::new();
    for source in sources() {
        let may = STDOUT.iter().any(|place| source.path.starts_with(place));
        let code = without_tests(&source.code);
        for word in ["println!", "print!", "stdout()"] {
            let touched = code
                .match_indices(word)
                .any(|(at, _)| !code[..at].ends_with(['e', '_', '.']));
            if touched && !may {
                wrong.push(format!(
                    "{}: `{word}`; only {} may",
                    source.path,
                    STDOUT.join(" and ")
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_are_one_noun() {
    let mut wrong = Vec::new();
    for source in sources() {
        let name = Path::new(&source.path)
            .file_stem()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if NAMELESS.contains(&name) {
            wrong.push(format!("{}: a name that says nothing", source.path));
        }
        if source.lines > MAX_LINES {
            wrong.push(format!(
                "{}: {} lines; at most {MAX_LINES}",
                source.path, source.lines
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn fuzzing_builds_what_the_workspace_builds() {
    let packages = |below: &str| -> BTreeSet<(String, String)> {
        let lock = fs::read_to_string(root().join(below)).expect("a lock file");
        let lock: toml::Table = lock.parse().expect("TOML");
        let packages = lock["package"].as_array().expect("packages").iter();
        let text = |value: &toml::Value| value.as_str().expect("text").to_owned();
        packages
            .map(|package| (text(&package["name"]), text(&package["version"])))
            .collect()
    };
    let (all, fuzzing) = (packages("Cargo.lock"), packages("tests/fuzz/Cargo.lock"));
    let own = ["jobserver", "libfuzzer-sys", "portcullis-fuzz"];
    let mut other = fuzzing.difference(&all).collect::<Vec<_>>();
    other.retain(|(name, _)| !own.contains(&name.as_str()));
    assert!(
        other.is_empty(),
        "with other versions its tests build the compiler inside the runtime once more: {other:?}"
    );
}

#[test]
fn what_is_read_of_a_file_is_right() {
    let code = code_of(
        "use crate::{a, b::{c, d}, e::*}; // crate::f\nlet x = \"crate::g\"; crate::h::i(\"\\\"\"); $crate::j",
    );
    assert_eq!(
        used(&code).into_iter().collect::<Vec<_>>(),
        ["a", "b", "e", "h"]
    );
}
