//! What a call used of its grants, or tried to use.

use std::fs;

use serde_json::{Value, json};

use super::last;
use crate::client::Client;
use crate::home::Home;
use crate::web::Web;

fn uses(home: &Home) -> Value {
    last(home)["uses"].clone()
}

#[test]
fn hosts_are_listed_by_method_with_what_came_of_it() {
    let web = Web::hello();
    let home = Home::empty();
    let asks = format!(
        "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n\
         [[http]]\nhost = \"localhost\"\nscheme = \"http\"\nport = {}\n",
        web.port(),
        web.port()
    );
    let named = format!("http=http://localhost:{}", web.port());
    let grants = [
        "--grant",
        &format!("http=http://{}", web.authority()),
        "--grant",
        &named,
    ];
    home.add_probe(&asks, &grants);
    let mut client = Client::modern(&home);
    let mut used = |url: String| {
        client.text("http_get", json!({ "url": url }));
        uses(&home)
    };
    let one = |host: &str, allowed: u64| {
        json!({ "http": [
            { "method": "GET", "host": host, "allowed": allowed, "denied": 1 - allowed },
        ] })
    };
    let here = format!("http://{}", web.authority());
    assert_eq!(used(web.url("/secret?token=x")), one(&here, 1));
    assert_eq!(
        used("https://other.example:443/".to_owned()),
        one("other.example", 0)
    );
    assert_eq!(
        used("https://other.example:8443/".to_owned()),
        one("other.example:8443", 0)
    );
    // Granted by its name, and refused for its address.
    let name = format!("http://localhost:{}", web.port());
    assert_eq!(used(format!("{name}/")), one(&name, 0));
    assert_eq!(web.asked().len(), 1);
}

#[test]
fn paths_are_listed_as_the_guest_sees_them() {
    let home = Home::empty();
    let docs = home.folder("docs/sub");
    let docs = docs.strip_suffix("/sub").expect("the folder above");
    fs::write(home.path("docs/sub/a.txt"), "alpha").expect("written");
    home.add_probe(
        "[[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n",
        &["--grant", &format!("filesystem.docs={docs}")],
    );
    let mut client = Client::modern(&home);
    let mut paths = |tool: &str, arguments: Value| -> Vec<(String, bool)> {
        client.text(tool, arguments);
        let used = uses(&home);
        let paths = used["filesystem"].as_array().cloned().unwrap_or_default();
        let pair = |path: &Value| {
            let name = path["path"].as_str().expect("a path").to_owned();
            (name, path["write"] == true)
        };
        paths.iter().map(pair).collect()
    };
    let is = |path: &str, write| vec![(path.to_owned(), write)];
    assert_eq!(
        paths("read_file", json!({ "path": "/docs/sub/a.txt" })),
        is("/docs/sub/a.txt", false)
    );
    assert_eq!(
        paths("write_file", json!({ "path": "/docs/b.txt", "text": "x" })),
        is("/docs/b.txt", true)
    );
    assert_eq!(
        paths("remove_file", json!({ "path": "/docs/b.txt" })),
        is("/docs/b.txt", true)
    );
    // What leads out is tried, and seen.
    assert_eq!(
        paths("read_file", json!({ "path": "/docs/../secret.txt" })),
        is("/docs/../secret.txt", false)
    );
    let listed = paths("list_dir", json!({ "path": "/docs/sub" }));
    assert!(
        listed.contains(&("/docs/sub".to_owned(), false)),
        "{listed:?}"
    );
    assert_eq!(paths("read_file", json!({ "path": "/etc/passwd" })), []);
}

#[test]
fn use_of_the_store_is_counted() {
    let home = Home::empty();
    home.add("keeper", &["--grant", "keyvalue"]);
    let mut client = Client::modern(&home);
    client.text("keep", json!({ "key": "a", "value": "b" }));
    let used = uses(&home);
    assert!(used["keyvalue"]["allowed"].as_u64() > Some(1), "{used}");
    assert_eq!(used["keyvalue"]["denied"], 0, "{used}");
    drop(client);
    let home = Home::with(&["keeper"]);
    let mut client = Client::modern(&home);
    client.call("recall", json!({ "key": "a" }));
    let used = uses(&home);
    assert_eq!(used["keyvalue"]["allowed"], 0, "{used}");
    assert!(used["keyvalue"]["denied"].as_u64() > Some(0), "{used}");
}
