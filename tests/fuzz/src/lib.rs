//! What the fuzz targets look at, as functions, so that tests call them too.

mod component;
mod files;
mod hosts;
mod policy;

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::{HeaderMap, HeaderName, HeaderValue};
use portcullis::audit::Log;
use portcullis::dispatch::{Dispatcher, DispatcherOptions, Seal, TaskRoom};
use portcullis::policy::CallLimits;
use portcullis::protocol::jsonrpc::{self, Id, Message, Request};
use portcullis::protocol::members::Members;
use portcullis::protocol::meta::PROTOCOL_VERSION;
use portcullis::registry::{Registry, Snapshot};
use portcullis::state::State;
use portcullis::transport::http::check_headers;
use serde_json::value::RawValue;
use tokio::sync::watch;

pub use component::component;
pub use files::{lock, manifest};
pub use hosts::hosts;
pub use policy::policy;

/// A message: it is taken or refused, and the answer is JSON with its id.
pub fn envelope(bytes: &[u8]) {
    let (id, answer) = match jsonrpc::parse(bytes) {
        Ok(Message::Request(request)) => {
            let answer = jsonrpc::response(&request.id, b"{}");
            (Some(request.id), answer)
        }
        Ok(Message::Notification(_) | Message::Response(_)) => return,
        Err(rejected) => {
            let answer = jsonrpc::error_response(rejected.id.as_ref(), &rejected.error);
            (rejected.id, answer)
        }
    };
    let answer: &RawValue = serde_json::from_slice(&answer).expect("an answer is JSON");
    let answer = Members::parse("the answer", Some(answer)).expect("an answer is an object");
    // `null` counts as absent.
    assert_eq!(
        answer.get("id").map(RawValue::get),
        id.as_ref().map(Id::as_json)
    );
    assert!(answer.get("result").is_some() != answer.get("error").is_some());
    if jsonrpc::is_batch(bytes)
        && let Ok(messages) = jsonrpc::batch(bytes)
    {
        for message in messages {
            // Its answer was looked at when it was the whole.
            let _ = jsonrpc::parse(message.get().as_bytes());
        }
    }
}

/// Header lines, an empty line, and a body: what is accepted says the same in
/// both.
pub fn headers(bytes: &[u8]) {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n");
    let Some(end) = end else { return };
    let (head, body) = (&bytes[..end], &bytes[end + 2..]);
    let Ok(Message::Request(request)) = jsonrpc::parse(body) else {
        return;
    };
    let Ok(params) = Members::parse("params", request.params) else {
        return;
    };
    let meta = Members::parse("_meta", params.get("_meta")).unwrap_or_default();
    let Ok(version) = meta.string(PROTOCOL_VERSION) else {
        return;
    };
    let headers = header_map(head);
    match check_headers(&headers, &version, &request.method, &params, dispatcher()) {
        Err(error) => assert_eq!(error.code, -32020),
        Ok(()) => assert_same(&headers, &version, &request, &params),
    }
}

fn assert_same(headers: &HeaderMap, version: &str, request: &Request<'_>, params: &Members<'_>) {
    let only = |name: &str| {
        let mut values = headers.get_all(name).iter();
        let first = values.next().expect("it is there");
        assert!(values.next().is_none(), "it is there once");
        let text = first.to_str().expect("visible ASCII");
        text.trim_matches([' ', '\t']).to_owned()
    };
    assert_eq!(only("mcp-protocol-version"), version);
    assert_eq!(only("mcp-method"), request.method);
    let member = match &*request.method {
        "tools/call" | "prompts/get" => "name",
        "resources/read" => "uri",
        "tasks/get" | "tasks/update" | "tasks/cancel" => "taskId",
        _ => return,
    };
    if let Ok(name) = params.string(member) {
        let found = only("mcp-name");
        let inner = found
            .strip_prefix("=?base64?")
            .and_then(|rest| rest.strip_suffix("?="));
        let found = match inner {
            None => found.into_bytes(),
            Some(inner) => BASE64.decode(inner).expect("Base64"),
        };
        assert_eq!(found, name.as_bytes());
    }
}

/// The lines that can be headers.
fn header_map(head: &[u8]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in head.split(|byte| *byte == b'\n') {
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = line.split_at(colon.unwrap_or(0));
        let value = HeaderValue::from_bytes(value.strip_prefix(b":").unwrap_or(value));
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), value) {
            headers.append(name, value);
        }
    }
    headers
}

/// A dispatcher that offers nothing.
fn dispatcher() -> &'static Dispatcher {
    static DISPATCHER: OnceLock<Dispatcher> = OnceLock::new();
    DISPATCHER.get_or_init(|| {
        // Nothing is kept: a state opens no file before something is.
        let state = State::new(Path::new("no such folder"));
        let options = DispatcherOptions {
            page_size: 1,
            seal: Seal::shared(b"of no consequence"),
            tasks: TaskRoom::new(Arc::new(state), Duration::from_secs(60)),
            audit: Arc::new(Log::none()),
            principal_limits: CallLimits::default(),
            stop: watch::channel(false).1,
        };
        Dispatcher::new(Arc::new(Registry::new(Snapshot::default())), options)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const REQUEST: &str = r#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"echo","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}}"#;

    #[test]
    fn envelopes() {
        envelope(REQUEST.as_bytes());
        portcullis_seeded::check(20_000, |source| {
            envelope(&source.changed(REQUEST.as_bytes()));
            envelope(&source.changed(format!("[{REQUEST}]").as_bytes()));
            envelope(source.json(4).as_bytes());
        });
    }

    #[test]
    fn headers_and_bodies() {
        let head = "mcp-protocol-version:2026-07-28\nmcp-method: tools/call\nmcp-name:echo";
        let whole = format!("{head}\n\n{REQUEST}");
        let accepted = |whole: &str| {
            let (head, _) = whole.split_once("\n\n").expect("a head");
            let request: Value = serde_json::from_str(REQUEST).expect("JSON");
            let params = serde_json::value::to_raw_value(&request["params"]).expect("JSON");
            let params = Members::parse("params", Some(&params)).expect("an object");
            let headers = header_map(head.as_bytes());
            check_headers(&headers, "2026-07-28", "tools/call", &params, dispatcher()).is_ok()
        };
        assert!(accepted(&whole) && !accepted(&whole.replace("name:echo", "name:other")));
        headers(whole.as_bytes());
        portcullis_seeded::check(20_000, |source| headers(&source.changed(whole.as_bytes())));
    }
}
