//! `[tools.NAME]`.

use super::*;

#[test]
fn tools_are_marked() {
    let text = format!(
        "{HEAD}[tools.render]\ntask = \"required\"\n[tools.\"a.B-c\"]\ntask = \"optional\"\n[tools.list_all]\ntask = \"never\"\n"
    );
    let manifest = parse(&text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    let marks: Vec<_> = manifest
        .tools
        .iter()
        .map(|(name, mark)| (name.as_str(), mark.task))
        .collect();
    assert_eq!(
        marks,
        [
            ("a.B-c", TaskMark::Optional),
            ("list_all", TaskMark::Never),
            ("render", TaskMark::Required)
        ]
    );
    assert_eq!(manifest.request, Request::default());
}

#[test]
fn mistakes() {
    let long = "x".repeat(65);
    let long = format!("[tools.{long}]\ntask = \"never\"\n");
    for (lines, found) in [
        (
            "[tools.render]\n",
            "plugin.toml:6:1: missing field `task` in [tools.render]\n  accepted: optional, required, never",
        ),
        (
            "[tools.render]\ntask = \"always\"\n",
            "plugin.toml:7:8: `task` in [tools.render]: `always` does not say when it is a task\n  accepted: optional, required, never",
        ),
        (
            "[tools.render]\ntask = true\n",
            "`task` in [tools.render] is a boolean: `true`\n  accepted: optional, required, never",
        ),
        (
            "[tools.render]\ntask = \"never\"\ntasks = 1\n",
            "unknown field `tasks` in [tools.render]\n  accepted: task\n  did you mean `task`?",
        ),
        (
            "[tools]\nrender = \"optional\"\n",
            "`render` in [tools] is a string: `\"optional\"`\n  accepted: a table such as [tools.render]",
        ),
        (
            "[tools.\"a\\u200bb\"]\ntask = \"never\"\n",
            "contains the invisible or control character U+200B",
        ),
        (long.as_str(), "is 65 characters long in [tools]"),
    ] {
        let shown = problems(lines);
        assert!(shown.contains(found), "{lines}{shown}");
    }
}
