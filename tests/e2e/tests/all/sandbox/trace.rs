//! The trace that a request belongs to goes on with the plugin's HTTP requests.

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;
use crate::web::Web;

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";

/// A home whose probe may ask this server.
fn home(web: &Web) -> Home {
    let home = Home::empty();
    let request = format!(
        "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n",
        web.port()
    );
    let grant = format!("http=http://{}", web.authority());
    home.add_probe(&request, &["--grant", &grant]);
    home
}

/// Has the probe ask, with this `_meta` and these headers of its own, and gives
/// the trace that came along.
#[track_caller]
fn carried(client: &mut Client, web: &Web, meta: Value, headers: Value) -> [Option<String>; 2] {
    let arguments = json!({ "method": "GET", "url": web.url("/"), "headers": headers });
    let mut params = json!({ "name": "http_send", "arguments": arguments });
    if meta.is_object() {
        params["_meta"] = meta;
    }
    let result = client.result("tools/call", params);
    let text = crate::client::text_of(&result);
    assert_eq!(text, "ok: 200\nhello");
    let asked = web.asked().pop().expect("it was asked");
    ["traceparent", "tracestate"].map(|name| {
        let mut found = asked.headers.iter().filter(|(header, _)| header == name);
        let first = found.next().map(|(_, value)| value.clone());
        assert_eq!(found.next(), None, "{name} twice");
        first
    })
}

#[test]
fn it_is_carried_on() {
    let web = Web::hello();
    let home = home(&web);
    for mut client in [Client::modern(&home), Client::legacy(&home)] {
        let meta = json!({ "traceparent": TRACE, "tracestate": "vendor=1,other=2" });
        let [parent, state] = carried(&mut client, &web, meta, json!({}));
        assert_eq!(parent.as_deref(), Some(TRACE));
        assert_eq!(state.as_deref(), Some("vendor=1,other=2"));
        let [parent, state] = carried(
            &mut client,
            &web,
            json!({ "traceparent": TRACE }),
            json!({}),
        );
        assert_eq!((parent.as_deref(), state), (Some(TRACE), None));
    }
}

#[test]
fn log_lines_of_the_call_stand_in_it() {
    let home = Home::with(&["echo"]);
    let mut client = Client::modern(&home);
    let print = |text: &str, meta: Value| json!({ "name": "print", "arguments": { "text": text }, "_meta": meta });
    client.result(
        "tools/call",
        print("with a trace", json!({ "traceparent": TRACE })),
    );
    client.result(
        "tools/call",
        print("without one", json!({ "traceparent": "00-x" })),
    );
    client.logged(&["with a trace", TRACE]);
    let log = client.close().stderr;
    let mut without = log.lines().filter(|line| line.contains("without one"));
    assert!(without.all(|line| !line.contains("traceparent")), "{log}");
}

#[test]
fn what_is_none_is_not_made_up() {
    let web = Web::hello();
    let home = home(&web);
    let mut client = Client::modern(&home);
    for meta in [
        Value::Null,
        json!({}),
        json!({ "tracestate": "vendor=1" }),
        json!({ "traceparent": "" }),
        json!({ "traceparent": "00-x" }),
        json!({ "traceparent": 7 }),
        json!({ "traceparent": [TRACE] }),
        json!({ "traceparent": TRACE.to_uppercase() }),
        json!({ "traceparent": format!("{TRACE}\r\nx-evil: 1") }),
        json!({ "traceparent": TRACE.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)) }),
        json!({ "traceparent": TRACE.replacen("00", "ff", 1) }),
    ] {
        let [parent, state] = carried(&mut client, &web, meta.clone(), json!({}));
        assert_eq!((parent, state), (None, None), "{meta}");
        assert_eq!(
            web.asked()
                .pop()
                .and_then(|asked| asked.header("x-evil").map(str::to_owned)),
            None
        );
    }
}

#[test]
fn a_state_that_no_header_can_hold_is_left_out() {
    let web = Web::hello();
    let home = home(&web);
    let mut client = Client::modern(&home);
    for state in [
        json!("a=1\r\nx-evil: 1"),
        json!("ä=1"),
        json!("a".repeat(513)),
        json!(7),
    ] {
        let meta = json!({ "traceparent": TRACE, "tracestate": state });
        let [parent, state] = carried(&mut client, &web, meta, json!({}));
        assert_eq!((parent.as_deref(), state), (Some(TRACE), None));
    }
}

#[test]
fn a_call_carries_its_own_trace_alone() {
    let web = Web::hello();
    let home = home(&web);
    let mut client = Client::modern(&home);
    let other = TRACE.replace("00f067aa0ba902b7", "b7ad6b7169203331");
    for trace in [TRACE, &other] {
        let [parent, _] = carried(
            &mut client,
            &web,
            json!({ "traceparent": trace }),
            json!({}),
        );
        assert_eq!(parent.as_deref(), Some(trace));
    }
    let [parent, _] = carried(&mut client, &web, Value::Null, json!({}));
    assert_eq!(parent, None);
}

#[test]
fn a_trace_that_the_plugin_names_itself_is_sent_once() {
    let web = Web::hello();
    let home = home(&web);
    let mut client = Client::modern(&home);
    let own = TRACE.replace("00f067aa0ba902b7", "b7ad6b7169203331");
    let headers = json!({ "traceparent": own });
    let [parent, _] = carried(&mut client, &web, json!({ "traceparent": TRACE }), headers);
    assert!(
        parent.as_deref() == Some(TRACE) || parent.as_deref() == Some(own.as_str()),
        "{parent:?}"
    );
}
