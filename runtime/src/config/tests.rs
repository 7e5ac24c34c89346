//! A correct configuration, and each mistake with its place.

use std::time::Duration;

use super::*;
use crate::policy::{Access, LimitField, SecretSource};

fn folder() -> PathBuf {
    PathBuf::from(if cfg!(windows) { r"C:\admin" } else { "/admin" })
}

fn parse(text: &str) -> Result<Config, Diagnostics> {
    let home = folder().join("home");
    Config::parse(text, &folder().join("portcullis.toml"), Some(&home))
}

/// What is wrong, without the file's folder.
fn problems(text: &str) -> String {
    let mut diagnostics = parse(text).expect_err("mistakes");
    diagnostics.file = "portcullis.toml".into();
    diagnostics.to_string()
}

/// What is wrong with one plugin's grant, whose lines begin at line 4.
fn grant_problems(lines: &str) -> String {
    problems(&format!(
        "[plugins.x]\nsource = \"x\"\n[plugins.x.grant]\n{lines}"
    ))
}

#[test]
fn an_empty_configuration_has_the_defaults() {
    let config = parse("").expect("empty");
    assert_eq!(config, Config::default());
    assert_eq!(
        (config.server.max_in_flight, config.server.max_message),
        (1024, 4 << 20)
    );
    assert_eq!(config.limits, Limits::default());
}

#[test]
fn a_full_configuration() {
    let text = r#"
[server]
max-in-flight = 64
principal-concurrency = 16
principal-calls-per-minute = 600
max-message = "1MiB"
page-size = 20
sealing-key = { file = "~/sealing-key" }
task-ttl = "7d"
stream-timeout = "30s"

[defaults.limits]
deadline = "10s"
concurrency = 4

[plugins.github-issues]
source = "plugins/github-issues"
prefix = "gh"
enabled = false
[plugins.github-issues.grant]
http = ["api.github.com", { host = "http://git.example.com:3000", methods = ["GET"], addresses = ["10.0.0.0/8"] }]
filesystem.drafts = "~/drafts"
filesystem.notes = { path = "notes", access = "read" }
keyvalue = true
settings.owner = "acme"
secrets.a = { env = "TOKEN" }
secrets.b = { file = "~/token" }
secrets.c = { command = ["pass", "show", "token"] }
limits.memory = "128MiB"
limits.http-requests = 5
[plugins.github-issues.tools."list.issues"]
calls-per-minute = 60

[plugins.other]
source = "oci://registry.example.com/acme/other:0.1.0"
"#;
    let config = parse(text).unwrap_or_else(|diagnostics| panic!("{diagnostics}"));
    assert_eq!(
        config.server,
        ServerConfig {
            max_in_flight: 64,
            principal_limits: CallLimits {
                concurrency: Some(16),
                calls_per_minute: Some(600),
            },
            max_message: 1 << 20,
            page_size: 20,
            sealing_key: Some(SecretSource::File(
                folder().join("home").join("sealing-key")
            )),
            task_ttl: Duration::from_secs(7 * 86_400),
            stream_timeout: Some(Duration::from_secs(30)),
        }
    );
    assert_eq!(config.limits.concurrency, 4);
    let plugin = &config.plugins["github-issues"];
    assert_eq!(
        plugin.source,
        Source::Path(folder().join("plugins/github-issues"))
    );
    assert_eq!(
        (plugin.prefix.as_deref(), plugin.enabled, plugin.line),
        (Some("gh"), false, 16)
    );
    let tools = &plugin.tools;
    assert_eq!(tools["list.issues"].calls_per_minute, Some(60));
    let grant = &plugin.grant;
    assert_eq!(grant.http[0].origin.to_string(), "api.github.com");
    assert_eq!(
        grant.http[1].origin.to_string(),
        "http://git.example.com:3000"
    );
    assert_eq!(grant.http[1].addresses[0].to_string(), "10.0.0.0/8");
    assert_eq!(
        grant.filesystem["drafts"].path,
        folder().join("home").join("drafts")
    );
    assert_eq!(grant.filesystem["notes"].path, folder().join("notes"));
    assert_eq!(grant.filesystem["notes"].access, Some(Access::Read));
    assert!(grant.keyvalue);
    assert_eq!(grant.settings["owner"], "acme");
    assert_eq!(grant.secrets["a"], SecretSource::Env("TOKEN".to_owned()));
    assert_eq!(
        grant.secrets["b"],
        SecretSource::File(folder().join("home").join("token"))
    );
    assert_eq!(
        grant.secrets["c"],
        SecretSource::Command(["pass", "show", "token"].map(str::to_owned).into())
    );
    assert_eq!(grant.limits.get(LimitField::Memory), Some(128 << 20));
    assert_eq!(
        config.plugins["other"].source.to_string(),
        "oci://registry.example.com/acme/other:0.1.0"
    );
    assert!(config.plugins["other"].enabled);
    assert!(!config.plugins["other"].grant.keyvalue);
}

#[test]
fn mistakes_have_their_place() {
    for (text, found) in [
        (
            "[plugin.x]\n",
            "portcullis.toml:1:2: unknown field `plugin` in the file\n  accepted: server, audit, trust, defaults, plugins\n  did you mean `plugins`?",
        ),
        (
            "[plugins.X]\n",
            "portcullis.toml:1:10: `X` is not a name in [plugins]",
        ),
        (
            "[plugins.x]\n",
            "portcullis.toml:1:1: missing field `source` in [plugins.x]",
        ),
        (
            "[plugins]\nx = \"folder\"\n",
            "`x` in [plugins] is a string: `\"folder\"`\n  accepted: a table such as [plugins.x]",
        ),
        ("[plugins.x]\nsource = \"\"\n", "`` is not a source"),
        (
            "[plugins.x]\nsource = \"ftp://x\"\n",
            "`ftp://x` is not a source\n  accepted: a plugin's folder, a component's file, https://HOST/FILE.wasm, or oci://",
        ),
        (
            "[plugins.x]\nsource = \"~other/x\"\n",
            "`~other/x` names the home folder of another user",
        ),
        (
            "[plugins.x]\nsource = \"x\"\nprefix = \"a b\"\n",
            "`a b` is not a prefix",
        ),
        (
            "[plugins.x]\nsource = \"x\"\nenabled = \"no\"\n",
            "accepted: true, false",
        ),
        (
            "[plugins.x]\nsource = \"x\"\ngrants = {}\n",
            "portcullis.toml:3:1: unknown field `grants` in [plugins.x]\n  accepted: source, prefix, enabled, grant, tools\n  did you mean `grant`?",
        ),
        (
            "[server]\nmax-in-flight = 0\n",
            "`0` is out of range\n  accepted: 1 to 1000000",
        ),
        (
            "[server]\nmax-message = \"2GiB\"\n",
            "accepted: 1KiB to 1GiB",
        ),
        (
            "[server]\nsealing-key = {}\n",
            "portcullis.toml:2:15: a secret has one source in [server.sealing-key]\n  accepted: { env = \"VARIABLE\" }, { file",
        ),
        (
            "[server]\nsealing-key = { env = \"A\", command = [\"b\"] }\n",
            "a secret has one source in [server.sealing-key]",
        ),
        (
            "[server]\nsealing-key = { env = \"A B\" }\n",
            "`A B` is not the name of an environment variable",
        ),
        (
            "[server]\nsealing-key = { key = \"A\" }\n",
            "unknown field `key` in [server.sealing-key]\n  accepted: env, file, command",
        ),
        (
            "[server]\ntask-ttl = \"59s\"\n",
            "portcullis.toml:2:12: `task-ttl` in [server]: `59s` is out of range\n  accepted: 1m to 365d",
        ),
        (
            "[server]\ntask-ttl = \"366d\"\n",
            "`366d` is out of range\n  accepted: 1m to 365d",
        ),
        (
            "[server]\ntask-ttl = 60\n",
            "`task-ttl` in [server] is an integer: `60`\n  accepted: a duration such as \"24h\"",
        ),
        (
            "[server]\nstream-timeout = \"50ms\"\n",
            "`50ms` is out of range\n  accepted: 100ms to 1d",
        ),
        (
            "[server]\nstream-timeout = 30\n",
            "`stream-timeout` in [server] is an integer: `30`\n  accepted: a duration such as \"30s\"",
        ),
        (
            "[server]\nport = 80\n",
            "unknown field `port` in [server]\n  accepted: max-in-flight, principal-concurrency, principal-calls-per-minute, page-size, max-message, sealing-key, task-ttl, stream-timeout",
        ),
        (
            "[defaults]\nmemory = \"1MiB\"\n",
            "unknown field `memory` in [defaults]\n  accepted: limits",
        ),
        (
            "[defaults.limits]\nmemory = \"1KiB\"\n",
            "`1KiB` is below the least `memory`\n  accepted: 64KiB to 4GiB",
        ),
    ] {
        let shown = problems(text);
        assert!(shown.contains(found), "{text}{shown}");
    }
}

#[test]
fn mistakes_in_grants_have_their_place() {
    for (lines, found) in [
        (
            "http = \"api.github.com\"\n",
            "portcullis.toml:4:8: `http` in [plugins.x.grant] is a string: `\"api.github.com\"`\n  accepted: \"ask\", or an array of \"HOST\"",
        ),
        (
            "http = [\"a.example/x\"]\n",
            "item 1 of `http` in [plugins.x.grant]: `a.example/x` is more than a host",
        ),
        (
            "http = [{ methods = [\"GET\"] }]\n",
            "missing field `host` in [[plugins.x.grant.http]]",
        ),
        (
            "http = [{ host = \"a.example\", method = \"GET\" }]\n",
            "unknown field `method` in [[plugins.x.grant.http]]\n  accepted: host, methods, addresses\n  did you mean `methods`?",
        ),
        (
            "http = [{ host = \"a.example\", methods = [] }]\n",
            "`[]` allows nothing",
        ),
        (
            "http = [{ host = \"a.example\", addresses = [\"10.0.0.0/99\"] }]\n",
            "`10.0.0.0/99` is not an address range",
        ),
        (
            "filesystem = \"/\"\n",
            "`filesystem` in [plugins.x.grant] is a string",
        ),
        (
            "filesystem.\"*\" = \"/\"\n",
            "`*` is not a name in [plugins.x.grant.filesystem]",
        ),
        (
            "filesystem.d = { path = \"d\", access = \"all\" }\n",
            "`all` is not an access",
        ),
        (
            "filesystem.d = 1\n",
            "`d` in [plugins.x.grant.filesystem] is an integer: `1`\n  accepted: \"PATH\"",
        ),
        (
            "keyvalue = \"yes\"\n",
            "`keyvalue` in [plugins.x.grant] is a string: `\"yes\"`\n  accepted: true, false",
        ),
        (
            "keyvalue = {}\n",
            "`keyvalue` in [plugins.x.grant] is a table\n  accepted: true, false",
        ),
        (
            "settings.n = 5\n",
            "`n` in [plugins.x.grant.settings] is an integer: `5`\n  accepted: a string in quotes",
        ),
        (
            "secrets.t = {}\n",
            "a secret has one source in [plugins.x.grant.secrets.t]",
        ),
        (
            "secrets.t = { env = \"A\", file = \"b\" }\n",
            "a secret has one source",
        ),
        (
            "secrets.t = { env = \"A B\" }\n",
            "`A B` is not the name of an environment variable",
        ),
        ("secrets.t = { command = [] }\n", "no program is named"),
        (
            "secrets.t = { command = \"pass\" }\n",
            "accepted: an array of a program and its arguments",
        ),
        (
            "limits.memory = \"x\"\n",
            "`memory` in [plugins.x.grant.limits]: `x` is not a size",
        ),
        (
            "sockets = true\n",
            "unknown field `sockets` in [plugins.x.grant]\n  accepted: http, filesystem, keyvalue, settings, secrets, limits",
        ),
    ] {
        let shown = grant_problems(lines);
        assert!(shown.contains(found), "{lines}{shown}");
    }
}

#[test]
fn a_secret_in_the_file_is_not_repeated() {
    for shown in [
        grant_problems("secrets.t = \"ghp_0123456789\"\n"),
        problems("[server]\nsealing-key = \"ghp_0123456789\"\n"),
    ] {
        assert!(
            shown.contains("never stands in this file") && !shown.contains("ghp_"),
            "{shown}"
        );
    }
}

#[test]
fn a_sealing_key_and_the_life_of_tasks() {
    let server = |lines: &str| {
        parse(&format!("[server]\n{lines}"))
            .unwrap_or_else(|diagnostics| panic!("{diagnostics}"))
            .server
    };
    assert_eq!(server(""), ServerConfig::default());
    assert_eq!(server("").sealing_key, None);
    assert_eq!(server("").task_ttl, Duration::from_secs(86_400));
    assert_eq!(
        server("sealing-key = { env = \"KEY\" }\n").sealing_key,
        Some(SecretSource::Env("KEY".to_owned()))
    );
    assert_eq!(
        server("sealing-key.file = \"key\"\n").sealing_key,
        Some(SecretSource::File(folder().join("key")))
    );
    assert_eq!(
        server("sealing-key = { command = [\"pass\", \"key\"] }\n").sealing_key,
        Some(SecretSource::Command(
            ["pass", "key"].map(str::to_owned).into()
        ))
    );
    for (text, seconds) in [("1m", 60), ("365d", 365 * 86_400)] {
        assert_eq!(
            server(&format!("task-ttl = {text:?}\n")).task_ttl,
            Duration::from_secs(seconds)
        );
    }
}

#[test]
fn without_a_home_its_paths_are_refused() {
    let text = "[plugins.x]\nsource = \"~/x\"\n";
    let refused = Config::parse(text, Path::new("portcullis.toml"), None).expect_err("no home");
    assert!(
        refused
            .to_string()
            .contains("`~/x` needs a home folder, and there is none"),
        "{refused}"
    );
}

#[test]
fn a_missing_file_is_empty_and_an_unreadable_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("portcullis.toml");
    assert_eq!(Config::load(&path).expect("empty"), Config::default());
    assert!(matches!(
        Config::load(folder.path()),
        Err(ConfigError::Read { .. })
    ));
    std::fs::write(&path, b"a = \"\xff\"").expect("written");
    assert!(matches!(Config::load(&path), Err(ConfigError::Invalid(_))));
}
