//! What belongs to one plugin is not another's, though both ask for it.

use std::fs;

use serde_json::json;

use crate::client::Client;
use crate::home::Home;
use crate::web::Web;

/// What both ask for.
fn requests(web: &Web) -> String {
    format!(
        "[[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n\
         [keyvalue]\n\
         [[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n\
         [settings.owner]\ndescription = \"whose\"\n\
         [secrets.token]\ndescription = \"a token\"\n\
         http = {{ host = \"127.0.0.1\", header = \"x-token\", format = \"{{}}\" }}\n",
        web.port()
    )
}

#[test]
fn one_plugin_has_nothing_of_another() {
    let web = Web::hello();
    let mut home = Home::with(&["echo"]);
    home.variables.push(("PROBE_TOKEN", "hunter2-hunter2"));
    let folder = home.plugin("probe", &requests(&web));
    let docs = home.folder("docs");
    let own = home.folder("own");
    fs::write(home.path("docs/secret.txt"), "secret").expect("written");
    let origin = format!("http=http://{}", web.authority());
    let rich = [
        &format!("filesystem.docs={docs}"),
        "keyvalue",
        &origin,
        "settings.owner=acme",
        "secrets.token=env:PROBE_TOKEN",
    ];
    let poor = [&format!("filesystem.docs={own}"), "keyvalue", &origin];
    for (name, grants) in [("rich", &rich[..]), ("poor", &poor)] {
        let mut arguments = vec!["--name", name, "--prefix", name];
        arguments.extend(super::flags(grants));
        home.add_folder(&folder, &arguments);
    }
    let mut client = Client::modern(&home);
    let kept = json!({ "bucket": "default", "key": "k", "value": "kept by rich" });
    assert_eq!(client.text("rich_store_set", kept), "ok: kept");
    let url = json!({ "url": web.url("/") });
    client.text("rich_http_get", url.clone());
    assert_eq!(
        client.text("rich_setting", json!({ "name": "owner" })),
        "ok: acme"
    );
    let file = json!({ "path": "/docs/secret.txt" });
    assert_eq!(client.text("rich_read_file", file.clone()), "ok: secret");

    let got = client.text("poor_store_get", json!({ "bucket": "default", "key": "k" }));
    assert_eq!(got, "ok: [] ");
    for bucket in ["rich", "rich/default", "../rich", "default\0", "%", "*"] {
        let got = client.text("poor_store_get", json!({ "bucket": bucket, "key": "k" }));
        assert!(!got.contains("kept by rich"), "{bucket}: {got}");
    }
    for (tool, arguments) in [
        ("poor_read_file", file),
        ("poor_setting", json!({ "name": "owner" })),
        ("poor_setting", json!({ "name": "token" })),
    ] {
        let told = client.text(tool, arguments);
        assert!(told.starts_with("denied: "), "{tool}: {told}");
    }
    client.text("poor_http_get", url);
    let tokens: Vec<Option<String>> = web
        .asked()
        .iter()
        .map(|asked| asked.header("x-token").map(str::to_owned))
        .collect();
    assert_eq!(tokens, [Some("hunter2-hunter2".to_owned()), None]);
    client.assert_answers();
}
