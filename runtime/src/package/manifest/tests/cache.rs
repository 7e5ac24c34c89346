//! `[cache]`.

use super::*;

fn cache(lines: &str) -> CacheHints {
    parse(&format!("{HEAD}[cache]\n{lines}"))
        .unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
        .cache
}

#[test]
fn nothing_is_kept_by_default() {
    let hints = cache("");
    assert_eq!(hints, CacheHints::default());
    assert_eq!(hints.to_string(), "lists 0s, resources 0s, private");
}

#[test]
fn times_and_scope() {
    let hints = cache("lists = \"30d\"\nresources = \"90s\"\nscope = \"public\"\n");
    assert_eq!(
        hints,
        CacheHints {
            lists: Duration::from_secs(30 * 86_400),
            resources: Duration::from_secs(90),
            public: true
        }
    );
    assert_eq!(
        serde_json::to_string(&hints).expect("JSON"),
        r#"{"lists":"30d","resources":"90s","scope":"public"}"#
    );
    assert_eq!(
        cache("lists = \"0s\"\nscope = \"private\"\n"),
        CacheHints::default()
    );
}

#[test]
fn mistakes() {
    for (lines, found) in [
        (
            "lists = \"721h\"\n",
            "plugin.toml:7:9: `lists` in [cache]: `721h` is out of range\n  accepted: 0ms to 30d",
        ),
        (
            "resources = \"31d\"\n",
            "`resources` in [cache]: `31d` is out of range",
        ),
        (
            "resources = 30\n",
            "`resources` in [cache] is an integer: `30`\n  accepted: a duration such as \"30s\", \"5m\"",
        ),
        (
            "lists = \"-1s\"\n",
            "`-1s` is not a duration\n  accepted: a duration such as 10s",
        ),
        (
            "scope = \"shared\"\n",
            "`shared` is not a scope\n  accepted: private, public",
        ),
        (
            "scope = true\n",
            "`scope` in [cache] is a boolean: `true`\n  accepted: private, public",
        ),
        (
            "list = \"5m\"\n",
            "unknown field `list` in [cache]\n  accepted: lists, resources, scope\n  did you mean `lists`?",
        ),
    ] {
        let shown = problems(&format!("[cache]\n{lines}"));
        assert!(shown.contains(found), "{lines}{shown}");
    }
    let shown = parse(&format!("cache = \"5m\"\n{HEAD}"))
        .expect_err("a mistake")
        .to_string();
    assert!(
        shown.contains(
            "`cache` in the file is a string: `\"5m\"`\n  accepted: a table such as [cache]"
        ),
        "{shown}"
    );
}
