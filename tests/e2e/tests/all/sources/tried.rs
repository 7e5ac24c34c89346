//! Plugins that are called and served without being installed.

use std::fs;

use serde_json::json;

use super::{assert_says, packed_echo};
use crate::client::Client;
use crate::home::{Home, files, path, plugin_folder};
use crate::web::Web;

/// A home whose program keeps what is temporary in it, and that folder.
fn home() -> (Home, std::path::PathBuf) {
    let home = Home::empty();
    let temporary = home.path("temporary");
    fs::create_dir(&temporary).expect("a folder");
    (home, temporary)
}

/// Runs the program with that folder for what is temporary.
fn run(home: &Home, arguments: &[&str]) -> crate::home::Ran {
    let mut command = home.command(arguments);
    command.env("TMPDIR", home.path("temporary"));
    crate::home::Ran::new(&command.output().expect("it runs"))
}

#[test]
fn a_call_of_what_is_not_installed() {
    let (home, temporary) = home();
    let (file, bytes) = packed_echo(&home);
    let web = Web::new(move |_| crate::web::Answer {
        status: 200,
        headers: Vec::new(),
        body: bytes.clone(),
    });
    let before = home.installed();
    for source in [path(&plugin_folder("echo")), &file, &web.url("/echo.wasm")] {
        let called = run(
            &home,
            &["call", "--plugin", source, "echo", "{\"text\": \"a\"}"],
        );
        assert_eq!(called.done().trim(), "a");
        assert_eq!(home.installed(), before, "nothing is installed");
        assert_eq!(files(&temporary), [] as [&std::path::Path; 0]);
    }
    assert!(!home.config().exists() && !home.lock().exists());
    let log = fs::read_to_string(home.data().join("audit.jsonl")).expect("an audit log");
    assert_eq!(log.lines().count(), 3);
    assert!(
        log.lines().all(|line| line.contains("\"plugin\":\"echo\"")),
        "{log}"
    );
    // By its name it is still unknown.
    let stderr = run(&home, &["call", "echo", "{\"text\": \"a\"}"]).failed(1);
    assert_says(&stderr, &["echo"]);
}

#[test]
fn what_is_tried_has_what_is_granted_and_no_more() {
    let (home, _) = home();
    let web = Web::hello();
    let folder = home.plugin(
        "probe",
        &format!(
            "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n\
             [[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n",
            web.port()
        ),
    );
    let docs = home.folder("docs");
    fs::write(format!("{docs}/a.txt"), "inside").expect("written");
    let call = |grants: &[&str], tool: &str, arguments: serde_json::Value| {
        let arguments = arguments.to_string();
        let plugin = ["call", "--plugin", path(&folder)];
        let all = [&plugin, grants, &[tool, arguments.as_str()][..]].concat();
        run(&home, &all)
    };
    let read = json!({ "path": "/docs/a.txt" });
    let denied = call(&[], "read_file", read.clone());
    assert_says(&denied.stdout, &["denied: "]);
    assert_says(
        &denied.stderr,
        &["warning: ", "`probe`", "--grant filesystem.docs="],
    );
    let grant = format!("filesystem.docs={docs}:ro");
    let granted = call(&["--grant", &grant], "read_file", read);
    assert_says(&granted.done(), &["inside"]);
    let http = json!({ "url": web.url("/") });
    let denied = call(&["--grant", &grant], "http_get", http.clone());
    assert_says(&denied.stdout, &["denied: "]);
    assert!(web.asked().is_empty());
    let origin = format!("http=http://{}", web.authority());
    let granted = call(&["--grant", &origin], "http_get", http);
    assert_says(&granted.done(), &["hello"]);
    assert_eq!(web.asked().len(), 1);

    let stderr = call(&["--grant", "http=example.com"], "read_file", json!({}));
    assert_says(&stderr.failed(1), &["`probe` cannot be granted this"]);
    let stderr = call(&["--grant", "nonsense=1"], "read_file", json!({}));
    assert_says(&stderr.failed(1), &["--grant nonsense=…"]);
    assert!(!home.config().exists());
}

#[test]
fn the_admins_limits_hold_for_what_is_tried() {
    let (home, _) = home();
    home.configure("[defaults.limits]\nmemory = \"64KiB\"\n");
    let folder = plugin_folder("echo");
    let call = [
        "call",
        "--plugin",
        path(&folder),
        "echo",
        "{\"text\": \"a\"}",
    ];
    let stderr = run(&home, &call).failed(1);
    assert_says(&stderr, &["memory"]);
    let granted = [&call[..3], &["--grant", "limits.memory=64MiB"], &call[3..]].concat();
    run(&home, &granted).done();
}

#[test]
fn several_are_served_each_with_its_grants_and_nothing_else() {
    let (home, _) = home();
    home.add("offers", &[]);
    let before = home.installed();
    let asks = "[[filesystem]]\nname = \"docs\"\n";
    let probe = home.plugin("probe", asks);
    let docs = home.folder("docs");
    fs::write(format!("{docs}/a.txt"), "inside").expect("written");
    let grant = format!("filesystem.docs={docs}:ro");
    let calculator = plugin_folder("calculator");
    let flags = [
        "--plugin",
        path(&calculator),
        "--plugin",
        path(&probe),
        "--grant",
        &grant,
    ];
    let mut client = Client::with_flags(&home, &flags);
    let sum = json!({ "expression": "6 * 7" });
    assert_says(&client.text("calculate", sum.clone()), &["42"]);
    assert_says(
        &client.text("read_file", json!({ "path": "/docs/a.txt" })),
        &["inside"],
    );
    let names = client.result("tools/list", json!({})).to_string();
    assert!(
        !names.contains("\"offer"),
        "what is installed is not served: {names}"
    );
    // What is installed meanwhile is none of its business.
    home.add("review", &[]);
    assert_says(&client.text("calculate", sum), &["42"]);
    assert_eq!(client.close().code, Some(0));
    home.run(&["remove", "review"]).done();
    assert_eq!(home.installed(), before);

    // The grant is for the plugin before it, which does not ask for it.
    let flags = [
        "serve",
        "--plugin",
        path(&probe),
        "--plugin",
        path(&calculator),
        "--grant",
        &grant,
    ];
    let stderr = run(&home, &flags).failed(1);
    assert_says(&stderr, &["`calculator` cannot be granted this"]);
}

#[test]
fn a_grant_without_its_plugin_is_refused() {
    let (home, _) = home();
    let echo = plugin_folder("echo");
    for flags in [
        &["call", "--grant", "keyvalue", "echo"][..],
        &[
            "call",
            "--grant",
            "keyvalue",
            "--plugin",
            path(&echo),
            "echo",
        ],
        &["serve", "--grant", "keyvalue"],
    ] {
        assert_says(&run(&home, flags).failed(2), &["--plugin"]);
    }
}
