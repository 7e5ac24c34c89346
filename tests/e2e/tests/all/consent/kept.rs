//! Answers for good: where they are kept, what is recorded of them, and that
//! nobody is asked again.

use std::fs;

use serde_json::{Value, json};

use super::{ERAS, config, get, get_unasked, home, says, user};
use crate::home::Home;
use crate::web::Web;

fn lines(home: &Home, event: &str) -> Vec<Value> {
    let log = fs::read_to_string(home.data().join("audit.jsonl")).expect("a log");
    let lines = log
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"));
    lines
        .filter(|line: &Value| line["event"] == event)
        .collect()
}

#[test]
fn always_is_granted_and_nobody_is_asked_again() {
    for era in ERAS {
        let (web, other) = (Web::hello(), Web::hello());
        let home = home(&[&web, &other]);
        home.configure("# mine");
        let mut client = user(&home, era);
        let (_, text) = get(&mut client, era, &web.url("/"), says("always"));
        assert_eq!(text, "ok: 200\nhello", "{era:?}");
        assert_eq!(get_unasked(&mut client, &web.url("/")), "ok: 200\nhello");
        let config = config(&home);
        let list = format!("http = [\"ask\", \"http://{}\"]", web.authority());
        assert!(
            config.contains(&list) && config.starts_with("# mine"),
            "{config}"
        );
        // It holds for other processes, and for what was answered alone.
        drop(client);
        let mut client = user(&home, era);
        assert_eq!(get_unasked(&mut client, &web.url("/")), "ok: 200\nhello");
        let declined = json!({ "action": "decline" });
        get(&mut client, era, &other.url("/"), declined);
        assert!(other.asked().is_empty());

        let grant = lines(&home, "grant").pop().expect("a change");
        assert_eq!(grant["principal"], "stdio", "{grant}");
        assert_eq!(
            grant["granted"],
            json!([format!("http=http://{}", web.authority())])
        );
        assert!(grant["time"].is_string());
        home.run(&["verify"]).done();
    }
}

#[test]
fn never_is_remembered_and_nobody_is_asked_again() {
    for era in ERAS {
        let web = Web::hello();
        let home = home(&[&web]);
        let mut client = user(&home, era);
        let (_, text) = get(&mut client, era, &web.url("/"), says("never"));
        assert!(text.starts_with("denied: "), "{era:?} {text}");
        assert!(get_unasked(&mut client, &web.url("/")).starts_with("denied: "));
        let config = config(&home);
        let list = format!("http = [\"ask\", \"!http://{}\"]", web.authority());
        assert!(config.contains(&list), "{config}");
        drop(client);
        let mut client = user(&home, era);
        assert!(get_unasked(&mut client, &web.url("/")).starts_with("denied: "));
        assert!(web.asked().is_empty());
    }
}

#[test]
fn what_the_admin_takes_back_is_asked_for_again() {
    let web = Web::hello();
    let home = home(&[&web]);
    let asks = config(&home);
    for era in ERAS {
        let mut client = user(&home, era);
        get(&mut client, era, &web.url("/"), says("always"));
        drop(client);
        fs::write(home.config(), &asks).expect("written");
        let mut client = user(&home, era);
        let (_, text) = get(&mut client, era, &web.url("/"), says("once"));
        assert_eq!(text, "ok: 200\nhello");
    }
}

#[test]
fn every_answer_is_recorded_with_who_gave_it() {
    let web = Web::hello();
    let home = home(&[&web]);
    for era in ERAS {
        let mut client = user(&home, era);
        for answer in [says("once"), json!({ "action": "decline" })] {
            get(&mut client, era, &web.url("/"), answer);
        }
    }
    let mut client = user(&home, ERAS[0]);
    get(&mut client, ERAS[0], &web.url("/"), says("never"));
    let lines = lines(&home, "consent");
    let answers: Vec<_> = lines.iter().map(|line| line["answer"].clone()).collect();
    assert_eq!(answers, ["once", "declined", "once", "declined", "never"]);
    for line in lines {
        assert_eq!(line["principal"], "stdio");
        assert_eq!(line["plugin"], "probe");
        assert_eq!(line["asked"], format!("http=http://{}", web.authority()));
        assert!(line["time"].is_string());
    }
    let shown = home.run(&["audit"]).done();
    assert!(
        shown.contains(&format!("asks http=http://{}", web.authority())),
        "{shown}"
    );
    assert!(shown.contains("declined"), "{shown}");
}

#[test]
fn an_answer_that_cannot_be_kept_holds_for_its_call() {
    let web = Web::hello();
    let home = home(&[&web]);
    let mut client = user(&home, ERAS[0]);
    // Another process changes the config, and does not come to an end.
    let lock = fs::File::open(home.path(".portcullis.toml.lock")).expect("a lock");
    lock.lock().expect("locked");
    let (_, text) = get(&mut client, ERAS[0], &web.url("/"), says("always"));
    assert_eq!(text, "ok: 200\nhello");
    drop(lock);
    let (_, text) = get(&mut client, ERAS[0], &web.url("/"), says("once"));
    assert_eq!(text, "ok: 200\nhello");
}
