//! `portcullis doctor`: what is in order is said to be, and for what is not it is
//! said what to do.

use std::fs;

use serde_json::{Value, json};

use crate::home::{Home, files, path};

/// What was found, and the code with which it ended.
struct Examined {
    findings: Vec<Value>,
    text: String,
}

#[track_caller]
fn examined(home: &Home, arguments: &[&str], code: i32) -> Examined {
    let mut all = vec!["doctor", "--json"];
    all.extend(arguments);
    let ran = home.run(&all);
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    let text = ran.stdout;
    let found: Value = serde_json::from_str(&text).expect("JSON");
    let findings = found["findings"].as_array().expect("a list").clone();
    let count = |status| {
        findings
            .iter()
            .filter(|one| one["status"] == status)
            .count()
    };
    assert_eq!(found["errors"], count("error"));
    assert_eq!(found["warnings"], count("warning"));
    assert_eq!(code, i32::from(count("error") > 0));
    Examined { findings, text }
}

impl Examined {
    /// The only finding that is no `ok`, which has this status, area and words, and
    /// says what to do.
    #[track_caller]
    fn only(&self, status: &str, area: &str, words: &str) {
        let mut wrong = self.findings.iter().filter(|one| one["status"] != "ok");
        let one = wrong.next().expect("something is wrong");
        assert_eq!(wrong.next(), None, "{one}");
        assert_eq!(
            (&one["status"], &one["area"]),
            (&json!(status), &json!(area)),
            "{one}"
        );
        let said = one["message"].as_str().expect("a message");
        assert!(said.contains(words), "{said}");
        assert!(area == "files" || one["fix"].is_string(), "{one}");
    }

    #[track_caller]
    fn says(&self, status: &str, area: &str, words: &str) {
        let found = self.findings.iter().any(|one| {
            let said = one["message"].as_str().expect("a message");
            one["status"] == status && one["area"] == area && said.contains(words)
        });
        assert!(found, "{status} {area}: {words}\n{}", self.text);
    }
}

/// A plugin with a secret and a directory, in a home where all is well.
fn home() -> Home {
    const REQUESTS: &str = "[[http]]\nhost = \"example.com\"\n\
         [secrets.token]\nhttp = { host = \"example.com\", header = \"x-token\" }\n\
         [[filesystem]]\nname = \"docs\"\n";
    let mut home = Home::compiling(&["echo"]);
    home.variables.push(("PROBE_TOKEN", "hunter2-hunter2"));
    let docs = format!("filesystem.docs={}", home.folder("docs"));
    let grants = ["http=example.com", "secrets.token=env:PROBE_TOKEN", &docs];
    let mut flags: Vec<&str> = grants.iter().flat_map(|grant| ["--grant", grant]).collect();
    flags.extend(["--prefix", "p"]);
    home.add_probe(REQUESTS, &flags);
    home
}

#[test]
fn what_is_well_is_said_to_be() {
    let empty = Home::compiling(&[]);
    let examined_empty = examined(&empty, &[], 0);
    examined_empty.says("ok", "configuration", "is not there yet");
    assert!(
        !empty.config().exists() && !empty.data().exists(),
        "nothing is made"
    );

    let home = home();
    fs::create_dir(home.path(".cursor")).expect("made");
    home.run(&["connect", "--yes"]).done();
    let found = examined(&home, &["--call"], 0);
    for (area, words) in [
        ("program", env!("CARGO_PKG_VERSION")),
        ("configuration", "2 plugins"),
        ("lock file", "is readable"),
        ("data", "as they were written"),
        ("audit log", "can be written"),
        ("sandbox", "starts"),
        ("plugins", "it exports tools"),
        ("secrets", "`token` can be read"),
        ("call", "it answers with its tools: echo"),
        ("host programs", "Cursor starts it as `portcullis`"),
    ] {
        found.says("ok", area, words);
    }
    assert!(!found.text.contains("hunter2"), "{}", found.text);
    let said = home.run(&["doctor"]).done();
    assert!(said.ends_with("0 errors, 0 warnings\n"), "{said}");
    assert!(!said.contains("answers with its tools"), "{said}");
}

#[test]
fn broken_files_are_errors() {
    let home = home();
    let config = fs::read_to_string(home.config()).expect("a config");
    fs::write(home.config(), format!("{config}\n[nothing]\n")).expect("written");
    examined(&home, &[], 1).only("error", "files", "unknown field `nothing`");
    fs::write(home.config(), &config).expect("written");

    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    fs::write(home.lock(), "version = 2\n").expect("written");
    examined(&home, &[], 1).only("error", "files", "`2` is not a version");
    fs::write(home.lock(), lock).expect("written");

    fs::remove_dir(home.path("docs")).expect("removed");
    examined(&home, &[], 1).only(
        "error",
        "files",
        "filesystem `docs`: cannot open the directory",
    );
    home.folder("docs");

    fs::write(home.data().join("cache/key"), "short").expect("written");
    examined(&home, &[], 1).says("error", "files", "the key of the compiled code");
}

#[test]
fn a_changed_component_is_told_once() {
    let home = Home::compiling(&["echo"]);
    for file in files(&home.data().join("store")) {
        let bytes = fs::read(&file).expect("read");
        if bytes.starts_with(b"\0asm") {
            fs::write(&file, [&bytes[..], b"x"].concat()).expect("written");
        }
    }
    examined(&home, &[], 1).only("error", "files", "was changed or damaged");
}

#[test]
fn secrets_that_cannot_be_read_are_errors_and_are_not_shown() {
    let mut home = home();
    home.variables.clear();
    let found = examined(&home, &[], 1);
    found.only(
        "error",
        "secrets",
        "`token`: the environment variable `PROBE_TOKEN` is not set",
    );
    let found = examined(&home, &["--call"], 1);
    found.says("error", "call", "PROBE_TOKEN");
    found.says("ok", "call", "it answers with its tools: echo");
    home.variables.push(("PROBE_TOKEN", "hunter2\nhunter2"));
    let found = examined(&home, &[], 1);
    found.says("error", "secrets", "`token`: ");
    assert!(!found.text.contains("hunter2"), "{}", found.text);
}

#[test]
fn a_plugin_that_fails_when_it_is_asked_is_an_error() {
    let home = Home::compiling(&["liar", "echo"]);
    examined(&home, &["--call"], 0).says("ok", "call", "it answers");
    let config = fs::read_to_string(home.config()).expect("a config");
    let config = config.replace(
        "[plugins.echo]",
        "[plugins.liar.grant]\nsettings.list = \"panic\"\n\n[plugins.echo]",
    );
    fs::write(home.config(), config).expect("written");
    let found = examined(&home, &["--call"], 1);
    found.says("error", "plugins", "it is not served");
    found.says("ok", "call", "it answers with its tools: echo");
}

#[test]
fn an_audit_log_that_cannot_be_written_is_an_error_and_none_a_warning() {
    let home = Home::compiling(&["echo"]);
    let blocked = home.path("blocked");
    fs::write(&blocked, "").expect("written");
    let file = blocked.join("audit.jsonl");
    let config = fs::read_to_string(home.config()).expect("a config");
    let with =
        |lines: String| fs::write(home.config(), format!("{lines}\n{config}")).expect("written");
    with(format!("[audit]\nfile = {:?}\n", path(&file)));
    examined(&home, &[], 1).only("error", "audit log", "cannot be written");
    with("[audit]\nenabled = false\n".to_owned());
    examined(&home, &[], 0).only("warning", "audit log", "nothing is recorded");
    with("[server]\nsealing-key = { env = \"NO_SUCH_KEY\" }\n".to_owned());
    examined(&home, &[], 1).only("error", "secrets", "NO_SUCH_KEY");
}

#[cfg(unix)]
#[test]
fn files_that_others_may_read_or_write_are_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    let set = |file: &std::path::Path, mode| {
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("set");
    };
    set(&home.config(), 0o666);
    let found = examined(&home, &[], 1);
    found.only("error", "permissions", "others may write here (mode 666)");
    set(&home.config(), 0o600);

    set(&home.data(), 0o755);
    let log = home.data().join("audit.jsonl");
    set(&log, 0o644);
    examined(&home, &[], 0).only("warning", "permissions", "others may read the audit log");
    // In a folder that is closed it cannot be reached.
    set(&home.data(), 0o700);
    examined(&home, &[], 0).says("ok", "permissions", "nobody else");

    let token = home.path("token.txt");
    fs::write(&token, "hunter2").expect("written");
    set(&token, 0o644);
    let config = fs::read_to_string(home.config()).expect("a config");
    let by_file = format!("{{ file = {:?} }}", path(&token));
    let config = config.replace("{ env = \"PROBE_TOKEN\" }", &by_file);
    fs::write(home.config(), config).expect("written");
    let found = examined(&home, &[], 0);
    found.only(
        "warning",
        "permissions",
        "others may read a secret (mode 644)",
    );
    set(&token, 0o600);
    examined(&home, &[], 0).says("ok", "permissions", "nobody else");
}

#[cfg(unix)]
#[test]
fn connections_that_lead_nowhere_or_elsewhere_are_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::compiling(&["echo"]);
    let settings = home.path(".cursor/mcp.json");
    fs::create_dir(home.path(".cursor")).expect("made");
    let connect = |command: &str, args: &str| {
        let text = format!(
            "{{\"mcpServers\": {{\"portcullis\": {{\"command\": {command:?}, \"args\": {args}}}}}}}"
        );
        fs::write(&settings, text).expect("written");
    };
    let program = home.path("portcullis");
    connect(path(&program), "[\"serve\"]");
    examined(&home, &[], 1).only("error", "host programs", "which is not there");
    let script = |lines: &str| {
        fs::write(&program, format!("#!/bin/sh\n{lines}\n")).expect("written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).expect("set");
    };
    script("echo portcullis 0.0.1");
    examined(&home, &[], 0).only(
        "warning",
        "host programs",
        "which is portcullis 0.0.1; this is",
    );
    script("exit 3");
    examined(&home, &[], 1).only("error", "host programs", "when asked for its version");
    script(concat!("echo portcullis ", env!("CARGO_PKG_VERSION")));
    examined(&home, &[], 0).says("ok", "host programs", "Cursor starts it");
    connect(
        path(&program),
        "[\"serve\", \"--config\", \"/no/such.toml\"]",
    );
    examined(&home, &[], 0).only(
        "warning",
        "host programs",
        "`/no/such.toml`, which is not there",
    );
    fs::write(&settings, "{").expect("written");
    examined(&home, &[], 0).only("warning", "host programs", "not JSON");
}
