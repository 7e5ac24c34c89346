use std::path::Path;

use super::*;

fn problems(text: &str, read: impl FnOnce(&Fields<'_>)) -> String {
    let report = Report::new(text, Path::new("f.toml"));
    if let Some(table) = report.parse() {
        let root = Fields::root(&report, &table);
        read(&root);
        root.finish();
    }
    report
        .finish(Some(()))
        .map_or_else(|diagnostics| diagnostics.to_string(), |()| String::new())
}

#[test]
fn places_count_lines_and_characters() {
    let read = |root: &Fields<'_>| {
        root.get("ä").map(|value| value.boolean());
        root.get("b").map(|value| value.boolean());
    };
    assert_eq!(
        problems("\"ä\" = 'x'\r\n  b = [1]\r\n", read),
        "f.toml:1:7: `ä` in the file is a string: `'x'`\n  accepted: true, false\n\
         f.toml:2:7: `b` in the file is an array: `[1]`\n  accepted: true, false"
    );
}

#[test]
fn numbers_in_any_notation() {
    for (text, number) in [
        ("1_000", 1000),
        ("0x10", 16),
        ("-5", -5),
        ("+7", 7),
        ("0b101", 5),
        ("0o17", 15),
    ] {
        let text = format!("n = {text}");
        let report = Report::new(&text, Path::new("f.toml"));
        let table = report.parse().expect("TOML");
        assert_eq!(
            Fields::root(&report, &table)
                .get("n")
                .expect("there")
                .integer("a number"),
            Some(number),
            "{text}"
        );
    }
    assert!(
        problems("n = 99999999999999999999", |root| {
            root.get("n").map(|value| value.integer("a number"));
        })
        .contains("99999999999999999999")
    );
}

#[test]
fn unknown_fields_are_listed_with_what_is_known() {
    let read = |root: &Fields<'_>| {
        for table in root.tables("http") {
            table.required("host", "a host");
            table.get("methods");
            table.finish();
        }
    };
    assert_eq!(
        problems("[[http]]\nmetods = 1\n[other]\n", read),
        "f.toml:1:1: missing field `host` in [[http]]\n  accepted: a host\n\
         f.toml:2:1: unknown field `metods` in [[http]]\n  accepted: host, methods\n  did you mean `methods`?\n\
         f.toml:3:2: unknown field `other` in the file\n  accepted: http"
    );
    assert_eq!(
        problems("[http]\nhost = 1\n", read),
        "f.toml:1:1: `http` in the file is a table\n  accepted: [[http]], once for each"
    );
}

#[test]
fn keys_are_shown_safely() {
    let shown = problems("\"a\\u001b[2J\" = 1\n", |_| ());
    assert!(
        shown.starts_with("f.toml:1:1: unknown field `a\\u{1b}[2J` in the file"),
        "{shown}"
    );
}

#[test]
fn labels_are_the_headers_of_the_file() {
    for (path, header) in [
        ("", "the file"),
        ("plugin", "[plugin]"),
        ("http[0]", "[[http]]"),
        ("plugins.x.grant.http[12]", "[[plugins.x.grant.http]]"),
        ("http[0].a", "[http.a]"),
    ] {
        assert_eq!(label(path), header);
    }
}
