//! The tables of `SECURITY.md`: each row says what is tried, what stands against
//! it, and which tests show that; each of those is in the tree, and runs.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use crate::home::root;

/// What a table of attacks begins with.
const HEADER: &str = "| attack | defence | test |";

/// Where tests are: the roots of modules.
const ROOTS: [&str; 2] = ["runtime/src/lib.rs", "tests/e2e/tests/all/main.rs"];

/// One attack.
struct Row {
    attack: String,
    tests: Vec<String>,
}

fn rows(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut within = false;
    for line in text.lines() {
        if line == HEADER {
            within = true;
        } else if !line.starts_with('|') {
            within = false;
        } else if within && !line.starts_with("|---") {
            rows.push(row(line));
        }
    }
    rows
}

fn row(line: &str) -> Row {
    let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
    let [attack, _, tests] = cells[..] else {
        panic!("a row has an attack, a defence and tests: {line}");
    };
    let tests = tests.split('`').skip(1).step_by(2);
    Row {
        attack: attack.trim().to_owned(),
        tests: tests.map(str::to_owned).collect(),
    }
}

/// What is wrong with a test that a row names, if anything.
fn wrong(test: &str) -> Option<String> {
    let found: Vec<Result<(), String>> = ROOTS
        .iter()
        .filter_map(|module| found(module, test))
        .collect();
    match &found[..] {
        [] => Some("there is no such test".to_owned()),
        [one] => one.clone().err(),
        _ => Some("there are two tests of this name".to_owned()),
    }
}

/// Looks for a test from a root: `a::b::test` is in the module that `mod a;`
/// and `mod b;` lead to. None where there is no such function.
fn found(module: &str, test: &str) -> Option<Result<(), String>> {
    let mut file = root().join(module);
    let mut folder = file.parent().expect("a file is in a folder").to_owned();
    let mut text = fs::read_to_string(&file).expect("a root");
    let (modules, name) = test.rsplit_once("::")?;
    for module in modules.split("::") {
        folder.push(module);
        if text.contains(&format!("mod {module};\n")) {
            file = folder.with_extension("rs");
            text = fs::read_to_string(&file).ok()?;
        } else {
            let (_, within) = text.split_once(&format!("mod {module} {{\n"))?;
            text = within.to_owned();
        }
    }
    let (before, _) = text.split_once(&format!("fn {name}()"))?;
    let attributes: Vec<&str> = before
        .lines()
        .rev()
        .map(str::trim)
        .skip_while(|line| matches!(*line, "" | "async"))
        .take_while(|line| line.starts_with("#[") || line.starts_with("///"))
        .collect();
    let has = |start: &str| attributes.iter().any(|line| line.starts_with(start));
    Some(if has("#[ignore") {
        Err("it is ignored".to_owned())
    } else if has("#[test]") || has("#[tokio::test") {
        Ok(())
    } else {
        Err("it is no test".to_owned())
    })
}

fn policy() -> PathBuf {
    root().join("SECURITY.md")
}

#[test]
fn every_attack_has_its_tests() {
    let text = fs::read_to_string(policy()).expect("the policy is at the top");
    let rows = rows(&text);
    let mut problems = Vec::new();
    let mut named = BTreeSet::new();
    for Row { attack, tests } in &rows {
        if tests.is_empty() {
            problems.push(format!("{attack}: no test"));
        }
        for test in tests {
            if let Some(problem) = wrong(test) {
                problems.push(format!("{attack}: `{test}`: {problem}"));
            }
            named.insert(test);
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(rows.len() >= 80, "only {} rows were read", rows.len());
    // Not by `print`, which keeps what a test that passes says: the command that
    // runs the tests repeats this line at its end.
    let counts = format!(
        "\nSUMMARY: SECURITY.md: {} attacks, {} tests\n",
        rows.len(),
        named.len()
    );
    std::io::stdout()
        .write_all(counts.as_bytes())
        .expect("it is read");
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    assert_eq!(wrong("security_table::every_attack_has_its_tests"), None);
    for (test, problem) in [
        ("security_table::no_such_test", "no such test"),
        ("security_table::row", "no such test"),
        ("no_such_module::memory", "no such test"),
        ("every_attack_has_its_tests", "no such test"),
        ("security_table::policy", "it is no test"),
    ] {
        let told = wrong(test);
        assert!(
            told.as_deref().is_some_and(|told| told.contains(problem)),
            "{test}: {told:?}"
        );
    }
    let rows = rows(&format!(
        "| no | header | `a` |\n{HEADER}\n|---|---|---|\n| one | two `x` | `a::b`, `c::d` |\n\n| no | table | `e` |\n"
    ));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].tests, ["a::b", "c::d"]);
}
