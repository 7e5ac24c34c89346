//! Instances that serve several calls: only where that is asked for and granted,
//! and with everything but their memory fresh for each call.

use std::sync::{Arc, Barrier};

use serde_json::{Value, json};

use crate::client::{Client, text_of};
use crate::home::{Home, path, plugin_folder};
use crate::limits::assert_names;
use crate::web::{Answer, Web};

/// A home whose guest is granted reuse, and this besides.
fn home(grants: &[&str]) -> Home {
    let home = Home::empty();
    home.add("reused", &flags(grants));
    home
}

fn flags<'a>(grants: &[&'a str]) -> Vec<&'a str> {
    let all = ["instances=reuse"]
        .into_iter()
        .chain(grants.iter().copied());
    all.flat_map(|grant| ["--grant", grant]).collect()
}

/// A home whose guest is granted reuse, may ask this server and write into a
/// folder, and is granted this besides.
fn connected(web: &Web, grants: &[&str]) -> Home {
    let home = Home::empty();
    let docs = home.folder("docs");
    let asks = format!(
        "[[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n\
         [[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n",
        web.port()
    );
    let folder = home.plugin("reused", &asks);
    let directory = format!("filesystem.docs={docs}");
    let host = format!("http=http://{}", web.authority());
    let mut all = vec![directory.as_str(), host.as_str()];
    all.extend(grants);
    home.add_folder(&folder, &flags(&all));
    home
}

#[track_caller]
fn assert_visit(client: &mut Client, number: u64) {
    assert_eq!(client.text("visit", json!({})), number.to_string());
}

#[test]
fn an_instance_is_reused_where_that_is_granted() {
    let home = home(&[]);
    for mut client in [Client::modern(&home), Client::legacy(&home)] {
        for number in 1..=5 {
            assert_visit(&mut client, number);
        }
        // It goes on after an error that is the tool's own.
        assert_eq!(client.tool_error("fail", json!({})), "6");
        assert_visit(&mut client, 7);
    }
}

#[test]
fn it_is_fresh_where_reuse_is_only_asked_for() {
    let home = Home::with(&["reused"]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        assert_visit(&mut client, 1);
    }
}

#[test]
fn reuse_is_not_granted_to_who_does_not_ask() {
    let home = Home::empty();
    let folder = plugin_folder("echo");
    let stderr = home
        .run(&["add", path(&folder), "--grant", "instances=reuse"])
        .failed(1);
    assert!(
        stderr.contains("instances is granted, but the manifest does not ask for `reuse`"),
        "{stderr}"
    );
}

#[test]
fn who_grants_it_is_told_what_it_means() {
    let home = Home::empty();
    let folder = plugin_folder("reused");
    let stderr = home.run(&["add", path(&folder)]).failed(1);
    let meaning = "kept between calls: what one call leaves in memory, a later call can see, \
                   whoever makes it";
    assert!(stderr.contains(meaning), "{stderr}");
    assert!(stderr.contains("--grant instances=reuse"), "{stderr}");

    home.add("reused", &[]);
    let inspected = home.run(&["inspect", "reused", "--json"]).json();
    let asked = json!([{ "kind": "instances", "what": meaning }]);
    assert_eq!(inspected["requests"], asked);
    assert_eq!(inspected["granted"], json!([]));
    home.run(&["remove", "reused"]).done();

    home.add("reused", &flags(&[]));
    let inspected = home.run(&["inspect", "reused", "--json"]).json();
    assert_eq!(inspected["granted"], json!(["instances=reuse"]));
    assert!(home.run(&["list"]).done().contains("instances=reuse"));
    let audit = home.run(&["audit", "--json"]).done();
    let granted: Vec<Value> = audit
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["granted"].clone())
        .collect();
    assert!(granted.contains(&json!(["instances=reuse"])), "{audit}");
}

#[test]
fn a_manifest_and_a_config_say_fresh_or_reuse() {
    let home = Home::empty();
    let folder = home.made_plugin(
        "[plugin]\nname = \"made\"\nversion = \"0.1.0\"\ndescription = \"d\"\n\
         component = \"made.wasm\"\ninstances = \"kept\"\n",
        b"",
    );
    let stderr = home.run(&["add", path(&folder)]).failed(1);
    for part in ["plugin.toml:6", "`kept`", "fresh, reuse"] {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
    let written = "[plugins.reused]\nsource = \"reused\"\n[plugins.reused.grant]\n";
    home.configure(&format!("{written}instances = true\n"));
    let stderr = home.run(&["list"]).failed(1);
    for part in ["portcullis.toml:4", "fresh, reuse"] {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
}

#[test]
fn after_a_crash_or_a_limit_the_next_is_fresh() {
    let home = home(&["limits.fuel=20000000"]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        assert_visit(&mut client, 1);
        assert_visit(&mut client, 2);
        client.call_error("panic", json!({}));
        assert_visit(&mut client, 1);
        assert_names(&client.call_error("spin", json!({})), "reused", "fuel");
    }
}

#[test]
fn after_a_deadline_the_next_is_fresh() {
    let home = home(&["limits.deadline=1s", "limits.fuel=off"]);
    let mut client = Client::modern(&home);
    assert_visit(&mut client, 1);
    assert_names(&client.call_error("spin", json!({})), "reused", "deadline");
    assert_visit(&mut client, 1);
}

#[test]
fn after_a_call_that_is_cancelled_the_next_is_fresh() {
    let (arrived, asked) = std::sync::mpsc::channel();
    let web = Web::new(move |_| {
        arrived.send(()).expect("somebody waits");
        std::thread::park();
        Answer::status(200)
    });
    let home = connected(&web, &[]);
    let mut client = Client::modern(&home);
    assert_visit(&mut client, 1);
    let id = client.start_call("visit_during", json!({ "url": web.url("/") }));
    asked.recv().expect("it asks");
    client.cancel(&id);
    assert_visit(&mut client, 1);
    assert_visit(&mut client, 2);
}

#[test]
fn it_serves_so_many_calls_and_no_more() {
    let home = home(&["limits.calls-per-instance=2"]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        assert_visit(&mut client, 1);
        assert_visit(&mut client, 2);
    }
}

/// A server that answers requests when there are so many at once.
fn together(count: usize) -> Web {
    let all_here = Arc::new(Barrier::new(count));
    Web::new(move |_| {
        all_here.wait();
        Answer::text("all are here")
    })
}

#[test]
fn calls_at_once_have_instances_of_their_own() {
    let web = together(3);
    let home = connected(&web, &[]);
    let mut client = Client::modern(&home);
    let mut all_at_once = || {
        let ids: Vec<Value> = (0..3)
            .map(|_| client.start_call("visit_during", json!({ "url": web.url("/") })))
            .collect();
        let visits = ids.iter().map(|id| text_of(&client.answer(id)["result"]));
        visits.collect::<Vec<String>>()
    };
    for number in ["1", "2", "3"] {
        assert_eq!(all_at_once(), [number; 3]);
    }
}

#[test]
fn what_is_left_open_is_closed_with_the_instance() {
    let web = Web::hello();
    let home = connected(&web, &[]);
    std::fs::write(home.path("docs/a.txt"), "a").expect("written");
    let open = |path: &str, count: usize| json!({ "path": path, "count": count });
    for (tool, arguments, next) in [
        ("leave_timer", json!({}), 1),
        ("leave_open", open("/docs/a.txt", 1), 1),
        ("leave_open", open("/docs", 100), 1),
        // What libraries do.
        ("leave_open", open("/docs", 3), 2),
    ] {
        let mut client = Client::modern(&home);
        assert_eq!(client.text(tool, arguments), "1");
        assert_visit(&mut client, next);
    }
}

#[test]
fn what_calls_print_is_of_their_own_lines() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    for (number, text) in ["one", "two", "three"].into_iter().enumerate() {
        let visits = (number + 1).to_string();
        assert_eq!(client.text("print", json!({ "text": text })), visits);
    }
    let stderr = client.close().stderr;
    let printed: Vec<&str> = stderr
        .lines()
        .filter(|line| line.contains("stdout"))
        .collect();
    assert_eq!(printed.len(), 3, "{stderr}");
    assert!(
        printed[1].contains("two") && !printed[1].contains("one"),
        "{stderr}"
    );
}

#[test]
fn every_call_has_its_whole_budget() {
    let web = Web::hello();
    let limits = [
        "limits.fuel=50000000",
        "limits.log-bytes=1KiB",
        "limits.http-requests=1",
        "limits.filesystem-write-bytes=10KiB",
    ];
    let home = connected(&web, &limits);
    let mut client = Client::modern(&home);
    let line = "x".repeat(600);
    for round in 0..8 {
        let mut told = |tool: &str, arguments: Value| client.text(tool, arguments);
        let visits = |number: u64| (4 * round + number).to_string();
        assert_eq!(told("compute", json!({ "turns": 2_000_000 })), visits(1));
        assert_eq!(told("tell", json!({ "text": line, "done": 1 })), visits(2));
        let fetched = told("fetch", json!({ "url": web.url("/") }));
        assert_eq!(fetched, format!("ok: {}", visits(3)));
        let written = told("write", json!({ "path": "/docs/a", "bytes": 6_000 }));
        assert_eq!(written, format!("ok: {}", visits(4)));
    }
    let refused = client.text("write", json!({ "path": "/docs/a", "bytes": 12_000 }));
    assert!(refused.starts_with("denied: "), "{refused}");
    let ended = client.close();
    assert_eq!(ended.stderr.matches(&line).count(), 8, "{}", ended.stderr);
    assert!(
        !ended.stderr.contains("log-bytes limit"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_clients_news_is_of_its_own_call() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    let mut tell = |text: &str, done: f64, token: Option<&str>| {
        let meta = token.map_or(json!({}), |token| json!({ "progressToken": token }));
        let arguments = json!({ "text": text, "done": done });
        let params = json!({ "name": "tell", "arguments": arguments, "_meta": meta });
        client.result("tools/call", params);
        let reports = client.news().into_iter().map(|news| {
            assert_eq!(news["method"], "notifications/progress", "{news}");
            let told = &news["params"];
            json!([told["progressToken"], told["progress"], told["message"]])
        });
        reports.collect::<Vec<Value>>()
    };
    assert_eq!(tell("one", 5.0, Some("a")), [json!(["a", 5, "one"])]);
    assert_eq!(tell("two", 6.0, None), [json!(null); 0]);
    // What was reported before is no bound.
    assert_eq!(tell("three", 1.0, Some("c")), [json!(["c", 1, "three"])]);
    assert_visit(&mut client, 4);
}

#[test]
fn instances_that_wait_hold_no_place_of_others() {
    let web = together(2);
    let home = connected(&web, &[]);
    for name in ["second", "third"] {
        let folder = plugin_folder("reused");
        let mut arguments = vec!["--name", name, "--prefix", name];
        arguments.extend(flags(&[]));
        home.add_folder(&folder, &arguments);
    }
    home.add("echo", &["--prefix", "fresh"]);
    home.configure("[server]\nmax-in-flight = 2\n");
    let mut client = Client::modern(&home);
    for _ in 0..5 {
        for tool in ["visit", "second_visit", "third_visit"] {
            client.text(tool, json!({}));
        }
        assert_eq!(client.text("fresh_echo", json!({ "text": "a" })), "a");
    }
    // Both places at once, while others wait in them.
    client.text("second_visit", json!({}));
    client.text("third_visit", json!({}));
    let ids: Vec<Value> = (0..2)
        .map(|_| client.start_call("visit_during", json!({ "url": web.url("/") })))
        .collect();
    for id in &ids {
        assert_eq!(text_of(&client.answer(id)["result"]), "1");
    }
}

#[test]
fn it_goes_on_in_the_only_place_there_is() {
    let home = home(&[]);
    home.configure("[server]\nmax-in-flight = 1\n");
    let mut client = Client::modern(&home);
    for number in 1..=5 {
        assert_visit(&mut client, number);
    }
}

#[test]
fn a_grant_that_is_withdrawn_ends_it() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    assert_visit(&mut client, 1);
    assert_visit(&mut client, 2);
    let config = std::fs::read_to_string(home.config()).expect("a config");
    let without = config.replace("instances = \"reuse\"", "");
    assert_ne!(config, without);
    // The prefix shows when it is in force.
    let without = without.replace("source =", "prefix = \"fresh\"\nsource =");
    std::fs::write(home.config(), without).expect("written");
    client.logged(&["serving what the admin changed"]);
    for _ in 0..3 {
        assert_eq!(client.text("fresh_visit", json!({})), "1");
    }
}
