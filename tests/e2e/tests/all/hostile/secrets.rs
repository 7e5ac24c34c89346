//! A secret is on the wire to its host, and in nothing that the program prints
//! or writes.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::client::{Client, modern_params};
use crate::home::{Home, Ran, path};
use crate::http::server::{Server, modern_body};
use crate::web::{Answer, Web};

const OF_VARIABLE: &str = "hunter2-of-the-variable";
const OF_FILE: &str = "hunter2-of-the-file";

/// What is looked through, and where it came from.
#[derive(Default)]
struct Said(Vec<(String, Vec<u8>)>);

impl Said {
    fn ran(&mut self, what: &str, ran: &Ran) {
        self.0
            .push((format!("stdout of {what}"), ran.stdout.clone().into()));
        self.0
            .push((format!("stderr of {what}"), ran.stderr.clone().into()));
    }

    /// All files below a folder.
    fn folder(&mut self, folder: &Path) {
        let mut open: Vec<PathBuf> = vec![folder.to_owned()];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(crate::home::files(&path));
            } else if let Ok(bytes) = fs::read(&path) {
                self.0.push((path.display().to_string(), bytes));
            }
        }
    }

    /// Nothing of it has one of these, as it is or in a form that programs give
    /// it.
    #[track_caller]
    fn assert_without(&self, secrets: &[&str]) {
        let forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        for (place, bytes) in &self.0 {
            let text = String::from_utf8_lossy(bytes);
            for form in &forms {
                let found = text.find(form.as_str());
                let around = found.map(|at| text[..at + form.len()].lines().last());
                assert_eq!(around, None, "{place} has {form}");
            }
        }
    }
}

/// A secret as it is, as the header's value has it, in base64 at each of the
/// three places where it may begin, in hexadecimal digits, percent-encoded, and
/// backwards.
fn forms(secret: &str) -> Vec<String> {
    let digits = |form: fn(u8) -> String| secret.bytes().map(form).collect::<String>();
    let mut forms = vec![
        secret.to_owned(),
        secret.chars().rev().collect(),
        digits(|byte| format!("{byte:02x}")),
        digits(|byte| format!("{byte:02X}")),
        digits(|byte| format!("%{byte:02X}")),
    ];
    for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
        for before in 0..3 {
            let text = engine.encode(format!("{}{secret}", "x".repeat(before)));
            // The letters at both ends depend on what is beside it.
            forms.push(text[4..text.len() - 4].to_owned());
        }
    }
    forms
}

/// A home whose probe has both secrets, for one server.
fn home(web: &Web) -> Home {
    let mut home = Home::compiling(&["echo"]);
    home.variables.push(("PROBE_TOKEN", OF_VARIABLE));
    let file = home.path("token.txt");
    fs::write(&file, format!("{OF_FILE}\n")).expect("written");
    let port = web.port();
    let secret = |name: &str| {
        format!(
            "[secrets.{name}]\ndescription = \"a token\"\n\
             http = {{ host = \"127.0.0.1\", header = \"x-{name}\", format = \"Bearer {{}}\" }}\n"
        )
    };
    let requests = format!(
        "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {port}\n\
         [keyvalue]\n{}{}",
        secret("variable"),
        secret("file")
    );
    let grants = [
        &format!("http=http://127.0.0.1:{port}"),
        "keyvalue",
        "secrets.variable=env:PROBE_TOKEN",
        &format!("secrets.file=file:{}", path(&file)),
    ];
    for guest in ["probe", "hostile"] {
        let folder = home.plugin(guest, &requests);
        let mut arguments = vec!["--prefix", guest];
        arguments.extend(super::flags(&grants));
        home.add_folder(&folder, &arguments);
    }
    // From now on everything that there is to say is said.
    home.variables.push(("PORTCULLIS_LOG", "trace"));
    home.variables.push(("RUST_BACKTRACE", "full"));
    home
}

/// Serves these calls at the most talkative level, to the end of the input.
fn serve(home: &Home, calls: &[(&str, Value)]) -> Ran {
    let mut child = home
        .command(&["serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    for (id, (tool, arguments)) in calls.iter().enumerate() {
        let params = modern_params(json!({ "name": tool, "arguments": arguments }));
        let message =
            json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        writeln!(stdin, "{message}").expect("it reads");
    }
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    Ran::new(&output)
}

#[test]
fn secrets_are_in_nothing_that_is_printed_or_written() {
    let web = Web::new(|asked| match asked.target.as_str() {
        "/fails" => Answer::status(500),
        "/away" => Answer::redirect("http://127.0.0.1:1/"),
        _ => Answer::text("hello"),
    });
    let home = home(&web);
    let mut said = Said::default();
    let raw = json!({
        "method": "GET", "scheme": "http", "authority": web.authority(), "path": "/",
        "headers": { "x-file": "a" },
    });
    let get = |url: String| ("probe_http_get", json!({ "url": url }));
    let calls = [
        get(web.url("/")),
        get(web.url("/fails")),
        get(web.url("/away")),
        get("https://example.com/".to_owned()),
        ("hostile_send_raw", raw),
        ("hostile_abort", json!({})),
        ("hostile_panic_in_colour", json!({})),
        ("hostile_fail_in_colour", json!({})),
        ("hostile_recurse", json!({})),
        ("probe_environment", json!({})),
        ("probe_setting", json!({ "name": "variable" })),
        (
            "probe_store_set",
            json!({ "bucket": "b", "key": "k", "value": "v" }),
        ),
        ("probe_http_get", json!({ "nothing": "that it takes" })),
    ];
    let served = serve(&home, &calls);
    assert_eq!(
        served.stdout.lines().count(),
        calls.len(),
        "{}",
        served.stdout
    );
    assert!(served.stderr.contains("TRACE"), "{}", served.stderr);
    said.ran("serve", &served);

    let url = json!({ "url": web.url("/") }).to_string();
    let folder = home.path("plugins/probe");
    let folder = path(&folder);
    let again = ["--name", "again", "--prefix", "again"];
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["inspect", "probe"],
        &["inspect", "probe", "--json"],
        &["call", "probe_http_get", &url],
        &["call", "probe_http_get", "{}"],
        &["call", "hostile_abort"],
        &["add", folder, "--grant", "secrets.variable=env:PROBE_TOKEN"],
        &[
            "add",
            folder,
            again[0],
            again[1],
            again[2],
            again[3],
            "--grant-all",
        ],
        &["remove", "hostile"],
    ] {
        said.ran(&arguments.join(" "), &home.run(arguments));
    }

    let server = Server::start(&home, &[]);
    let call = json!({ "name": "probe_http_get", "arguments": { "url": web.url("/") } });
    let answer = server.modern("tools/call", call.clone());
    said.0
        .push(("an answer over HTTP".to_owned(), answer.body.into()));
    let refused = server.ask("POST", &[], &modern_body("no/such", call));
    said.0
        .push(("an error over HTTP".to_owned(), refused.body.into()));
    drop(server);

    said.folder(&home.data());
    said.folder(&home.path("work"));
    for file in [home.config(), home.lock()] {
        let bytes = fs::read(&file).expect("it is there");
        said.0.push((file.display().to_string(), bytes));
    }
    said.assert_without(&[OF_VARIABLE, OF_FILE]);

    // They were there to be found: each request to their host had both.
    let asked = web.asked();
    assert!(asked.len() >= 6, "{asked:?}");
    for asked in asked {
        let values = [asked.header("x-variable"), asked.header("x-file")];
        let expected = [OF_VARIABLE, OF_FILE].map(|secret| format!("Bearer {secret}"));
        assert_eq!(values, [Some(expected[0].as_str()), Some(&expected[1])]);
    }
}

#[test]
fn a_source_that_fails_is_told_without_what_it_gave() {
    let web = Web::hello();
    let home = home(&web);
    // A secret that cannot stand in a header.
    fs::write(
        home.path("token.txt"),
        format!("{OF_FILE}\u{7f}\nand more\n"),
    )
    .expect("written");
    let mut client = Client::modern(&home);
    let url = json!({ "url": web.url("/") });
    let answer = client.request(
        "tools/call",
        json!({ "name": "probe_http_get", "arguments": url }),
    );
    client.assert_answers();
    let mut said = Said::default();
    said.0
        .push(("the answer".to_owned(), answer.to_string().into()));
    said.0
        .push(("the log".to_owned(), client.close().stderr.into()));
    said.folder(&home.data());
    said.assert_without(&[OF_FILE, OF_VARIABLE]);
    assert!(answer.to_string().contains("`file`"), "{answer}");
    assert!(web.asked().is_empty());
}

#[test]
fn what_is_looked_for_is_found() {
    for form in forms(OF_FILE) {
        let mut said = Said::default();
        said.0
            .push(("a place".to_owned(), format!("\u{0}before {form}").into()));
        let looked = std::panic::catch_unwind(|| said.assert_without(&[OF_FILE]));
        assert!(looked.is_err(), "{form}");
    }
}
