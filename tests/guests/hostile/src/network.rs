//! HTTP, below what libraries check.

use std::collections::BTreeMap;

use portcullis_sdk::http::Request;
use portcullis_sdk::json;
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, Method, OutgoingBody, OutgoingRequest, Scheme};

pub(crate) fn send_raw(
    method: &str,
    scheme: String,
    authority: &str,
    path: &str,
    headers: &BTreeMap<String, String>,
) -> String {
    let fields = Fields::new();
    for (name, value) in headers {
        if let Err(error) = fields.append(name, value.as_bytes()) {
            return format!("denied: header: {error}");
        }
    }
    let request = OutgoingRequest::new(fields);
    let method = match method {
        "GET" => Method::Get,
        other => Method::Other(other.to_owned()),
    };
    let scheme = match scheme.as_str() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        _ => Scheme::Other(scheme),
    };
    for (part, set) in [
        ("method", request.set_method(&method)),
        ("scheme", request.set_scheme(Some(&scheme))),
        ("authority", request.set_authority(Some(authority))),
        ("path", request.set_path_with_query(Some(path))),
    ] {
        if set.is_err() {
            return format!("denied: {part}");
        }
    }
    sent(request)
}

pub(crate) fn send_forever(authority: &str) -> String {
    let request = to(authority, &Method::Post);
    let Ok(body) = request.body() else {
        return "no body".to_owned();
    };
    let pending = match outgoing_handler::handle(request, None) {
        Ok(pending) => pending,
        Err(code) => return format!("denied: {code}"),
    };
    let chunk = [b'x'; 4096];
    {
        let Ok(stream) = body.write() else {
            return "no stream".to_owned();
        };
        while stream.blocking_write_and_flush(&chunk).is_ok() {}
    }
    drop(OutgoingBody::finish(body, None));
    pending.subscribe().block();
    match pending.get() {
        Some(Ok(Ok(response))) => format!("ok: {}", response.status()),
        Some(Ok(Err(code))) => format!("denied: {code}"),
        _ => "gone".to_owned(),
    }
}

pub(crate) fn hold_requests(authority: &str, count: usize) -> String {
    let held: Vec<_> = (0..count)
        .map(|_| outgoing_handler::handle(to(authority, &Method::Get), None))
        .collect();
    let mut answered = 0;
    for pending in held.iter().flatten() {
        pending.subscribe().block();
        answered += usize::from(matches!(pending.get(), Some(Ok(Ok(_)))));
    }
    format!("{answered} answered")
}

pub(crate) fn call_back(url: &str) -> String {
    const REVISION: &str = "2026-07-28";
    let request = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": "call_back", "arguments": { "url": url },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": REVISION,
                "io.modelcontextprotocol/clientInfo": { "name": "hostile", "version": "1" },
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let sent = Request::post(url)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", REVISION)
        .header("mcp-method", "tools/call")
        .header("mcp-name", "call_back")
        .body(request.to_string())
        .send();
    match sent {
        Ok(response) => String::from_utf8_lossy(response.bytes()).into_owned(),
        Err(error) => format!("denied: {error}"),
    }
}

fn to(authority: &str, method: &Method) -> OutgoingRequest {
    let request = OutgoingRequest::new(Fields::new());
    let set = request
        .set_method(method)
        .and_then(|()| request.set_scheme(Some(&Scheme::Http)))
        .and_then(|()| request.set_authority(Some(authority)))
        .and_then(|()| request.set_path_with_query(Some("/")));
    debug_assert!(set.is_ok(), "the test gives an authority");
    request
}

fn sent(request: OutgoingRequest) -> String {
    let pending = match outgoing_handler::handle(request, None) {
        Ok(pending) => pending,
        Err(code) => return format!("denied: {code}"),
    };
    pending.subscribe().block();
    match pending.get() {
        Some(Ok(Ok(response))) => format!("ok: {}", response.status()),
        Some(Ok(Err(code))) => format!("denied: {code}"),
        _ => "gone".to_owned(),
    }
}
