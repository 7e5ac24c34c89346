//! Who is not asked: everybody by default, and nobody about what was not
//! requested.

use serde_json::{Value, json};

use super::{ERAS, Era, get_unasked, home, requests, user};
use crate::client::{Client, LEGACY, LEGACY_REVISIONS};
use crate::home::Home;
use crate::web::Web;

#[track_caller]
fn denied(client: &mut Client, tool: &str, arguments: Value) {
    let text = client.text(tool, arguments);
    assert!(text.starts_with("denied: "), "{text}");
}

#[test]
fn nobody_is_asked_by_default() {
    let web = Web::hello();
    let home = Home::empty();
    home.add_probe(&requests(&[&web]), &["--grant-none"]);
    for era in ERAS {
        let mut client = user(&home, era);
        assert!(get_unasked(&mut client, &web.url("/")).starts_with("denied: "));
    }
    assert!(web.asked().is_empty());
}

#[test]
fn a_client_that_cannot_ask_gets_the_refusal() {
    let web = Web::hello();
    let home = home(&[&web]);
    let url = json!({ "url": web.url("/") });
    denied(&mut Client::modern(&home), "http_get", url.clone());
    for revision in LEGACY_REVISIONS {
        denied(&mut Client::at(&home, revision), "http_get", url.clone());
    }
    for capabilities in [
        json!({ "elicitation": { "url": {} } }),
        json!({ "sampling": {} }),
    ] {
        let mut client = Client::able_at(&home, LEGACY, capabilities.clone());
        denied(&mut client, "http_get", url.clone());
        denied(
            &mut Client::able(&home, capabilities),
            "http_get",
            url.clone(),
        );
    }
    let called = home.run(&["call", "http_get", &url.to_string()]).done();
    assert!(called.contains("denied: "), "{called}");
    assert!(web.asked().is_empty());
}

#[test]
fn only_what_the_manifest_requests_can_be_asked_for() {
    let (web, other) = (Web::hello(), Web::hello());
    let home = home(&[&web]);
    for era in ERAS {
        let mut client = user(&home, era);
        let port = web.port();
        for url in [
            other.url("/"),
            format!("https://127.0.0.1:{port}/"),
            format!("http://localhost:{port}/"),
            format!("http://127.0.0.2:{port}/"),
            "http://169.254.169.254/latest/meta-data/".to_owned(),
            format!("http://127.0.0.1:{port}@127.0.0.1:{}/", other.port()),
        ] {
            denied(&mut client, "http_get", json!({ "url": url }));
        }
        let post = json!({ "method": "POST", "url": web.url("/") });
        denied(&mut client, "http_send", post);
    }
    assert!(web.asked().is_empty() && other.asked().is_empty());
}

#[test]
fn what_the_admin_has_narrowed_is_not_asked_for() {
    let web = Web::hello();
    let home = Home::empty();
    let both = requests(&[&web]).replace("[\"GET\"]", "[\"GET\", \"POST\"]");
    home.add_probe(&both, &["--grant", "http=ask"]);
    let grant = format!(
        "http = [\"ask\", {{ host = \"http://{}\", methods = [\"GET\"] }}]",
        web.authority()
    );
    let config = super::config(&home).replace("http = [\"ask\"]", &grant);
    std::fs::write(home.config(), config).expect("written");
    for era in ERAS {
        let mut client = user(&home, era);
        assert_eq!(get_unasked(&mut client, &web.url("/")), "ok: 200\nhello");
        let post = json!({ "method": "POST", "url": web.url("/") });
        denied(&mut client, "http_send", post);
    }
    assert!(web.asked().iter().all(|asked| asked.method == "GET"));
}

#[test]
fn ask_may_stand_in_the_place_of_the_list() {
    let web = Web::hello();
    let home = Home::empty();
    home.add_probe(&requests(&[&web]), &["--grant", "http=ask"]);
    let config = super::config(&home);
    let alone = config.replace("http = [\"ask\"]", "http = \"ask\"  # the user decides");
    assert_ne!(alone, config);
    std::fs::write(home.config(), alone).expect("written");
    let mut client = user(&home, Era::Modern);
    let (_, text) = super::get(
        &mut client,
        Era::Modern,
        &web.url("/"),
        super::says("always"),
    );
    assert_eq!(text, "ok: 200\nhello");
    let list = format!(
        "http = [\"ask\", \"http://{}\"]  # the user decides",
        web.authority()
    );
    assert!(
        super::config(&home).contains(&list),
        "{}",
        super::config(&home)
    );
    // What is no such word is refused, with what would be accepted.
    let wrong = super::config(&home).replace(&list, "http = \"asks\"");
    std::fs::write(home.config(), wrong).expect("written");
    let stderr = home.run(&["list"]).failed(1);
    for part in [
        "`http` in [plugins.probe.grant]",
        "`\"asks\"`",
        "\"ask\", or an array of",
    ] {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
}

#[test]
fn hosts_without_end_are_not_asked_for() {
    let webs = [Web::hello(), Web::hello(), Web::hello()];
    let home = Home::empty();
    let grants = ["--grant", "http=ask", "--grant", "limits.questions=2"];
    home.add_probe(&requests(&webs.each_ref()), &grants);
    let urls = webs.each_ref().map(|web| web.url("/"));
    for era in ERAS {
        let mut client = user(&home, era);
        let call = ("http_get_all", json!({ "urls": urls }));
        let answers = [super::says("once"), super::says("once")];
        let (_, text) = super::answering(&mut client, era, call, &answers);
        let ok: Vec<bool> = text
            .split(" | ")
            .map(|one| one.starts_with("ok: "))
            .collect();
        assert_eq!(ok, [true, true, false], "{era:?} {text}");
    }
}
