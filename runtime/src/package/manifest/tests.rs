//! A correct manifest, and each mistake with its place.

mod cache;
mod requests;
mod tools;

use std::time::Duration;

use super::*;
use crate::policy::{ANY_DIRECTORY, Access, HttpTarget, LimitField, SecretTarget};

const HEAD: &str = "[plugin]\nname = \"hello\"\nversion = \"0.1.0\"\ndescription = \"Greets\"\ncomponent = \"hello.wasm\"\n";

fn parse(text: &str) -> Result<Manifest, Diagnostics> {
    Manifest::parse(text, Path::new("plugin.toml"))
}

/// The manifest with these lines after a correct `[plugin]`, from line 6 on.
fn request(lines: &str) -> Request {
    parse(&format!("{HEAD}{lines}"))
        .unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
        .request
}

fn problems(lines: &str) -> String {
    parse(&format!("{HEAD}{lines}"))
        .expect_err("mistakes")
        .to_string()
}

#[test]
fn an_empty_manifest_asks_for_nothing() {
    let manifest = parse(HEAD).expect("a manifest");
    assert_eq!(manifest.to_string(), "hello 0.1.0");
    assert_eq!(manifest.component, Path::new("hello.wasm"));
    assert_eq!(manifest.request, Request::default());
    assert_eq!(manifest.request.canonical(), "");
    assert_eq!(manifest.cache, CacheHints::default());
    assert!(manifest.tools.is_empty());
}

#[test]
fn a_full_manifest() {
    let text = r#"
        [plugin]
        name = "github-issues"
        version = "0.1.0"
        description = "Read and file GitHub issues"
        component = "target/github_issues.wasm"
        homepage = "https://example.com/issues"
        repository = "https://example.com/issues.git"
        license = "MIT OR Apache-2.0"
        authors = ["A. N. Author"]

        [[http]]
        host = "API.github.com"
        methods = ["GET", "POST"]
        reason = "the GitHub REST API"

        [[http]]
        host = "*.example.com"
        scheme = "http"
        port = 8080

        [[http]]
        setting = "base-url"

        [[filesystem]]
        name = "drafts"
        access = "read-write"
        resources = "drafts:///{path}"
        reason = "templates for new issues"

        [[filesystem]]
        name = "*"

        [keyvalue]
        reason = "remembers what was read"

        [settings.owner]
        description = "default repository owner"
        default = "acme"

        [settings.base-url]
        required = true

        [secrets.github-token]
        description = "a fine-grained token with issues:write"
        http = { host = "api.github.com", header = "Authorization", format = "Bearer {}" }

        [secrets.other-token]
        http = { setting = "base-url", header = "x-token" }

        [limits]
        memory = "32MiB"
        fuel = "off"
        deadline = "10s"
        output = 65536

        [cache]
        lists = "5m"

        [tools.search_issues]
        task = "optional"
    "#;
    let manifest = parse(text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    assert_eq!(manifest.authors, ["A. N. Author"]);
    assert_eq!(manifest.cache.lists, Duration::from_secs(300));
    assert_eq!(manifest.tools["search_issues"].task, TaskMark::Optional);
    let request = manifest.request;
    assert_eq!(
        request.canonical(),
        "filesystem * read\n\
         filesystem drafts read-write\n\
         http http *.example.com 8080 GET\n\
         http http *.example.com 8080 HEAD\n\
         http https api.github.com 443 GET\n\
         http https api.github.com 443 POST\n\
         http setting base-url GET\n\
         http setting base-url HEAD\n\
         keyvalue\n\
         limit deadline 10s\n\
         limit fuel off\n\
         limit memory 32MiB\n\
         limit output 64KiB\n\
         secret github-token host api.github.com authorization Bearer {}\n\
         secret other-token setting base-url x-token {}\n\
         setting base-url required\n\
         setting owner optional\n"
    );
    assert_eq!(
        request.http[0].reason.as_deref(),
        Some("the GitHub REST API")
    );
    assert_eq!(
        request.http[2].target,
        HttpTarget::Setting("base-url".to_owned())
    );
    assert_eq!(request.filesystem[0].access, Access::ReadWrite);
    assert_eq!(
        request.filesystem[0].resources.as_deref(),
        Some("drafts:///{path}")
    );
    assert_eq!(request.filesystem[1].name, ANY_DIRECTORY);
    assert_eq!(request.filesystem[1].resources, None);
    let reason = request.keyvalue.and_then(|keyvalue| keyvalue.reason);
    assert_eq!(reason.as_deref(), Some("remembers what was read"));
    assert_eq!(request.settings["owner"].default.as_deref(), Some("acme"));
    assert_eq!(
        request.secrets["other-token"].target,
        SecretTarget::Setting("base-url".to_owned())
    );
    assert_eq!(request.limits.get(LimitField::Memory), Some(32 << 20));
}

#[test]
fn a_mistyped_field_is_answered_with_the_right_one() {
    assert_eq!(
        problems("[[http]]\nhost = \"a.example\"\nmetods = [\"GET\"]\n"),
        "plugin.toml:8:1: unknown field `metods` in [[http]]\n\
         \x20 accepted: host, setting, scheme, port, methods, reason\n\
         \x20 did you mean `methods`?"
    );
}

#[test]
fn an_unknown_capability_is_answered_with_all_of_them() {
    for text in ["[[sockets]]\nhost = \"a\"\n", "[sockets]\n"] {
        let shown = problems(text);
        assert!(shown.starts_with("plugin.toml:6:"), "{shown}");
        assert!(
            shown.ends_with("no such capability or table `sockets`\n  accepted: http, filesystem, keyvalue, settings, secrets, limits, cache, tools"),
            "{shown}"
        );
    }
    assert!(problems("[[htpp]]\nhost = \"a\"\n").ends_with("did you mean `http`?"));
    assert!(problems("[cach]\nlists = \"5m\"\n").ends_with("did you mean `cache`?"));
    let text = format!("sockets = true\n{HEAD}");
    assert_eq!(
        parse(&text).expect_err("a mistake").to_string(),
        "plugin.toml:1:1: unknown field `sockets` in the file\n  accepted: plugin, http, filesystem, keyvalue, settings, secrets, limits, cache, tools"
    );
}

#[test]
fn all_mistakes_are_found_in_one_reading() {
    let text = "[plugin]\nname = \"Hello\"\nversion = 1\ncomponent = \"../hello.wasm\"\nowner = \"me\"\n[[http]]\nhost = \"a/b\"\nport = 0\n";
    assert_eq!(
        parse(text).expect_err("mistakes").to_string(),
        "plugin.toml:1:1: missing field `description` in [plugin]\n\
         \x20 accepted: one line of text\n\
         plugin.toml:2:8: `name` in [plugin]: `Hello` is not a name\n\
         \x20 accepted: a lower-case letter or digit, then up to 63 of a-z, 0-9 and `-`\n\
         plugin.toml:3:11: `version` in [plugin] is an integer: `1`\n\
         \x20 accepted: a version such as \"0.1.0\"\n\
         plugin.toml:4:13: `component` in [plugin]: `../hello.wasm` leaves the plugin's folder\n\
         \x20 accepted: a file in the plugin's folder or below it, such as \"hello.wasm\", written with `/`\n\
         plugin.toml:5:1: unknown field `owner` in [plugin]\n\
         \x20 accepted: name, version, description, component, homepage, repository, license, authors, instances\n\
         plugin.toml:7:8: `host` in [[http]]: `a/b` is not a host\n\
         \x20 accepted: a host name such as api.github.com, *.example.com for every host below example.com, or an IP address"
    );
    assert!(
        parse("")
            .expect_err("mistakes")
            .to_string()
            .starts_with("plugin.toml:1:1: missing field `plugin` in the file")
    );
}

#[test]
fn mistakes_in_plugin() {
    for (from, to, found) in [
        ("\"hello\"", "\"\"", "`` is not a name"),
        (
            "\"hello\"",
            "\"hello\\u202e\"",
            "`hello\\u{202e}` is not a name",
        ),
        ("\"0.1.0\"", "\"0.1\"", "`0.1` is not a version ("),
        ("\"0.1.0\"", "\"v0.1.0\"", "`v0.1.0` is not a version ("),
        ("\"Greets\"", "\" \"", "` ` is empty"),
        (
            "\"Greets\"",
            "\"\"\"two\nlines\"\"\"",
            "contains the invisible or control character U+000A",
        ),
        (
            "\"Greets\"",
            "\"a\\u200bb\"",
            "contains the invisible or control character U+200B",
        ),
        (
            "\"hello.wasm\"",
            "\"/etc/hello.wasm\"",
            "leaves the plugin's folder",
        ),
        (
            "\"hello.wasm\"",
            "\"a/../../hello.wasm\"",
            "leaves the plugin's folder",
        ),
        (
            "\"hello.wasm\"",
            "\"a\\\\hello.wasm\"",
            "contains `\\` or `:`",
        ),
        ("\"hello.wasm\"", "\"C:hello.wasm\"", "contains `\\` or `:`"),
        ("\"hello.wasm\"", "\".\"", "is not a file"),
        ("\"hello.wasm\"", "\"target/\"", "is not a file"),
        (
            "\"hello.wasm\"",
            "\"h.wasm\"\nhomepage = \"javascript:alert(1)\"",
            "`javascript:alert(1)` is not a URL",
        ),
        (
            "\"hello.wasm\"",
            "\"h.wasm\"\nauthors = [\"\", 1]",
            "item 2 of `authors` in [plugin] is an integer: `1`",
        ),
    ] {
        let shown = parse(&HEAD.replace(from, to)).expect_err(to).to_string();
        assert!(shown.contains(found), "{to}: {shown}");
    }
}

#[test]
fn the_same_request_has_the_same_digest() {
    let digest = |lines: &str| {
        parse(&format!("{HEAD}{lines}"))
            .expect("a manifest")
            .request_digest()
    };
    let one =
        digest("[[http]]\nhost = \"a.example\"\nreason = \"x\"\n[[http]]\nhost = \"b.example\"\n");
    let other = digest(
        "[[http]]\nhost = \"B.example\"\nmethods = [\"HEAD\", \"GET\"]\n[[http]]\nhost = \"a.example.\"\nport = 443\n",
    );
    assert_eq!(one, other);
    assert_ne!(one, digest("[[http]]\nhost = \"a.example\"\n"));
    assert_ne!(digest(""), digest("[keyvalue]\n"));
    assert_eq!(
        digest("[keyvalue]\n"),
        digest("[keyvalue]\nreason = \"counts\"\n")
    );
}

#[test]
fn what_asks_for_nothing_is_not_in_the_digest() {
    let digest = |lines: &str| {
        parse(&format!("{HEAD}{lines}"))
            .unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
            .request_digest()
    };
    let directory = "[[filesystem]]\nname = \"notes\"\n";
    assert_eq!(
        digest(directory),
        digest(&format!("{directory}resources = \"notes:///{{path}}\"\n"))
    );
    assert_eq!(
        digest(""),
        digest("[cache]\nlists = \"5m\"\nscope = \"public\"\n[tools.x]\ntask = \"never\"\n")
    );
}

#[test]
fn hosts_that_the_admin_chooses_have_no_scheme_and_no_port() {
    let request = request("[[http]]\nhost = \"*\"\nmethods = [\"GET\"]\n");
    assert_eq!(request.http[0].target, HttpTarget::Any);
    assert_eq!(request.canonical(), "http * GET\n");
    let shown = problems("[[http]]\nhost = \"*\"\nport = 8443\n");
    assert!(
        shown.contains("not together with `host = \"*\"`"),
        "{shown}"
    );
    let shown = problems("[[http]]\nhost = \"*\"\n[[http]]\nhost = \"*\"\n");
    assert!(shown.contains("is requested twice"), "{shown}");
    let shown = problems(
        "[[http]]\nhost = \"*\"\n[secrets.token]\nhttp = { host = \"*\", header = \"a\" }\n",
    );
    assert!(
        shown.contains("a secret goes to hosts that are named"),
        "{shown}"
    );
}
