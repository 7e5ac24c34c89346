//! Mistakes in what a manifest asks for.

use super::*;

#[test]
fn mistakes_in_requests() {
    let settings = "[settings.base-url]\n[settings.other]\n";
    for (lines, found) in [
        (
            "[http]\nhost = \"a.example\"\n",
            "`http` in the file is a table\n  accepted: [[http]], once for each",
        ),
        (
            "[[http]]\n",
            "plugin.toml:6:1: neither `host` nor `setting` in [[http]]",
        ),
        (
            "[[http]]\nhost = \"https://a.example\"\n",
            "accepted: only the host, \"a.example\"; `scheme` and `port` are fields of their own",
        ),
        (
            "[[http]]\nhost = \"a.example:80\"\n",
            "accepted: only the host, \"a.example\"",
        ),
        ("[[http]]\nhost = \"*.*\"\n", "`*.*` is not a host"),
        (
            "[[http]]\nhost = \"*.com\"\n",
            "`*.com` would cover a whole top-level domain",
        ),
        (
            "[[http]]\nhost = \"a.example\"\nport = 65536\n",
            "`port` in [[http]]: `65536` is not a port\n  accepted: 1 to 65535",
        ),
        (
            "[[http]]\nhost = \"a.example\"\nport = \"80\"\n",
            "`port` in [[http]] is a string: `\"80\"`",
        ),
        (
            "[[http]]\nhost = \"a.example\"\nscheme = \"ftp\"\n",
            "`ftp` is not a scheme\n  accepted: https, http",
        ),
        (
            "[[http]]\nhost = \"a.example\"\nmethods = []\n",
            "`[]` allows nothing",
        ),
        (
            "[[http]]\nhost = \"a.example\"\nmethods = \"GET\"\n",
            "`methods` in [[http]] is a string: `\"GET\"`",
        ),
        (
            "[[http]]\nhost = \"a.example\"\nmethods = [\"GET\", \"get\"]\n",
            "plugin.toml:8:19: item 2 of `methods` in [[http]]: `get` is not a method",
        ),
        (
            "[[http]]\nhost = \"a.example\"\nreason = \"a\\u001b[2J\"\n",
            "`a\\u{1b}[2J` contains the invisible or control character U+001B",
        ),
        (
            "[[http]]\nhost = \"a.example\"\n[[http]]\nhost = \"A.example.\"\n",
            "plugin.toml:8:1: `a.example` is requested twice in [[http]]",
        ),
        (
            "[[http]]\nsetting = \"base-url\"\n",
            "no setting `base-url` is declared",
        ),
        (
            "[[http]]\nsetting = \"nope\"\n[settings.a]\n[settings.b]\n",
            "no setting `nope` is declared\n  accepted: a, b",
        ),
        (
            "[[http]]\nsetting = \"a\"\nhost = \"b.example\"\n[settings.a]\n",
            "`setting` in [[http]]: not together with `host`",
        ),
        (
            "[[http]]\nsetting = \"a\"\nport = 80\n[settings.a]\n",
            "`port` in [[http]]: not together with `setting`",
        ),
        ("[[filesystem]]\n", "missing field `name` in [[filesystem]]"),
        ("[[filesystem]]\nname = \"../x\"\n", "`../x` is not a name"),
        (
            "[[filesystem]]\nname = \"x\"\naccess = \"write\"\n",
            "`write` is not an access\n  accepted: read, read-write",
        ),
        (
            "[[filesystem]]\nname = \"x\"\n[[filesystem]]\nname = \"x\"\n",
            "plugin.toml:9:8: `name` in [[filesystem]]: `x` is requested twice",
        ),
        (
            "[[keyvalue]]\n",
            "`keyvalue` in the file is an array: `[[keyvalue]]`\n  accepted: a table such as [keyvalue]",
        ),
        (
            "[keyvalue]\nbytes = 1\n",
            "unknown field `bytes` in [keyvalue]\n  accepted: reason",
        ),
        (
            "[keyvalue]\nreason = \"\"\n",
            "`reason` in [keyvalue]: `` is empty",
        ),
        (
            "[settings.API_KEY]\n",
            "plugin.toml:6:11: `API_KEY` is not a name in [settings]",
        ),
        (
            "[settings.a]\nrequired = \"yes\"\n",
            "`required` in [settings.a] is a string: `\"yes\"`\n  accepted: true, false",
        ),
        (
            "[settings.a]\nrequired = true\ndefault = \"x\"\n",
            "a required setting has no default",
        ),
        (
            "[settings.a]\ndefault = 1\n",
            "`default` in [settings.a] is an integer: `1`",
        ),
        (
            "[settings]\na = \"x\"\n",
            "`a` in [settings] is a string: `\"x\"`\n  accepted: a table such as [settings.a]",
        ),
        ("[secrets.t]\n", "missing field `http` in [secrets.t]"),
        (
            "[secrets.t]\nhttp = { host = \"a.example\", header = \"x\" }\n",
            "`a.example` is not a host of any [[http]] in [secrets.t.http]\n  accepted: no [[http]] is requested",
        ),
        (
            "[[http]]\nhost = \"b.example\"\n[secrets.t]\nhttp = { host = \"a.example\", header = \"x\" }\n",
            "accepted: b.example",
        ),
        (
            "[[http]]\nhost = \"a.example\"\n[secrets.t]\nhttp = { host = \"a.example\" }\n",
            "missing field `header` in [secrets.t.http]",
        ),
        (
            "[[http]]\nhost = \"a.example\"\n[secrets.t]\nhttp = { host = \"a.example\", header = \"host\" }\n",
            "header `host` cannot carry a secret",
        ),
        (
            "[[http]]\nhost = \"a.example\"\n[secrets.t]\nhttp = { host = \"a.example\", header = \"x\", format = \"Bearer\" }\n",
            "`Bearer` has no place `{}` for the secret",
        ),
        (
            "[limits]\nmemory = \"lots\"\n",
            "`memory` in [limits]: `lots` is not a size\n  accepted: a size such as 32MiB",
        ),
        ("[limits]\ndeadline = 10\n", "`10` is not a duration"),
        (
            "[limits]\nconcurrency = 0\n",
            "`0` is below the least `concurrency`\n  accepted: 1 to 100000",
        ),
        (
            "[limits]\nstack = \"1MiB\"\n",
            "unknown field `stack` in [limits]\n  accepted: memory, fuel, deadline",
        ),
        (
            "[limits]\nmemory = true\n",
            "`memory` in [limits] is a boolean: `true`",
        ),
        ("[limits]\nmemmory = \"1MiB\"\n", "did you mean `memory`?"),
    ] {
        let shown = problems(lines);
        assert!(shown.contains(found), "{lines}{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
    let inline = format!("http = [\"a.example\"]\n{HEAD}");
    let shown = parse(&inline).expect_err("a mistake").to_string();
    assert!(
        shown.starts_with(
            "plugin.toml:1:9: item 1 of `http` in the file is a string: `\"a.example\"`"
        ),
        "{shown}"
    );
    request(&format!("[[http]]\nsetting = \"base-url\"\n{settings}"));
}

#[test]
fn uris_of_a_directorys_files() {
    let table = |uri: &str| format!("[[filesystem]]\nname = \"notes\"\nresources = '{uri}'\n");
    let longest = format!("notes:///{}{{path}}", "x".repeat(1_024 - 15));
    for uri in [
        "notes:///{path}",
        "notes:{path}",
        "fs://file/{path}",
        "https://example.com/files/{path}?raw=1",
        longest.as_str(),
    ] {
        let request = request(&table(uri));
        assert_eq!(request.filesystem[0].resources.as_deref(), Some(uri));
    }
    let longer = format!("{longest}x");
    for (uri, found) in [
        ("", "`` is empty"),
        ("notes:///", "has no place `{path}` for a file's path"),
        ("notes:///{+path}", "has no place `{path}`"),
        ("notes:///{path}/{path}", "has more than one place `{path}`"),
        (
            "notes:///{name}/{path}",
            "has other braces than those of `{path}`",
        ),
        ("notes:///{path}}", "has other braces"),
        ("{path}", "is not a URI with a scheme"),
        ("/notes/{path}", "is not a URI with a scheme"),
        ("notes/{path}", "is not a URI with a scheme"),
        ("no{path}tes://x", "is not a URI with a scheme"),
        ("https://{path}", "is not a URI with a scheme"),
        ("notes:///my files/{path}", "contains a space"),
        ("notes:///\u{202e}{path}", "character U+202E"),
        (longer.as_str(), "is 1025 characters long"),
    ] {
        let shown = problems(&table(uri));
        assert!(
            shown.starts_with("plugin.toml:8:13: `resources` in [[filesystem]]: "),
            "{shown}"
        );
        assert!(shown.contains(found), "{uri}: {shown}");
    }
    assert!(problems("[[filesystem]]\nname = \"notes\"\nresources = true\n").contains(
        "is a boolean: `true`\n  accepted: a URI with `{path}` once in place of a file's path, such as \"notes:///{path}\""
    ));
}

#[test]
fn reuse_is_asked_for_and_anything_else_asks_for_nothing() {
    let fresh = request("instances = \"fresh\"\n");
    assert_eq!(fresh, Request::default());
    let reuse = request("instances = \"reuse\"\n");
    assert_eq!(reuse.instances, Instances::Reuse);
    assert_eq!(reuse.canonical(), "instances reuse\n");
    for (value, found) in [
        ("\"kept\"", "`kept` does not say how long instances live"),
        ("true", "is a boolean: `true`"),
    ] {
        let shown = problems(&format!("instances = {value}\n"));
        assert!(shown.contains(found), "{shown}");
        assert!(shown.ends_with("accepted: fresh, reuse"), "{shown}");
    }
}
