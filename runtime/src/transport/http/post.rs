//! One message, posted.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body_util::{BodyExt as _, Limited};

use super::connection::{self, ConnectionOptions};
use super::events;
use super::headers::{self, PROTOCOL_VERSION};
use super::sessions::{self, SESSION_ID};
use super::{OUTBOUND, PATIENCE, Server, json, modern_status, refusal};
use crate::dispatch::{Answer, Conversation, Follow, Outbound, Outgoing, Principal, Whence};
use crate::protocol::jsonrpc::{self, Message, Request};
use crate::protocol::members::Members;
use crate::protocol::{RequestMeta, Revision, RpcError};

pub(super) async fn post(
    State(server): State<Arc<Server>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let body = match read(&server, body).await {
        Ok(body) => body,
        Err(refused) => return refused,
    };
    match jsonrpc::parse(&body) {
        Err(_) if jsonrpc::is_batch(&body) && headers.contains_key(SESSION_ID) => {
            legacy(&server, &headers, None, body.clone()).await
        }
        Err(rejected) => json(
            StatusCode::BAD_REQUEST,
            Answer::error(rejected.id.as_ref(), &rejected.error),
        ),
        Ok(Message::Request(request)) => match modern_version(&headers, &request) {
            Some(version) => modern(&server, &headers, &request, version, body.clone()).await,
            None => legacy(&server, &headers, Some(&request), body.clone()).await,
        },
        // Modern clients have nothing to notify of over HTTP.
        Ok(_) if headers.contains_key(SESSION_ID) => {
            legacy(&server, &headers, None, body.clone()).await
        }
        Ok(Message::Notification(_)) => StatusCode::ACCEPTED.into_response(),
        Ok(Message::Response(_)) => refusal(
            StatusCode::BAD_REQUEST,
            &RpcError::invalid_request("a response to no request of ours"),
        ),
    }
}

/// Reads a message, if it is not too long.
pub(super) async fn read(server: &Server, body: Body) -> Result<Bytes, Response> {
    let limit = server.options.max_message;
    match Limited::new(body, limit).collect().await {
        Ok(body) => Ok(body.to_bytes()),
        Err(_) => {
            let error = RpcError::invalid_request(format!(
                "the message could not be read to its end, or is longer than {limit} bytes"
            ));
            Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, &error))
        }
    }
}

/// The version that a modern request names in its body, or an empty one where
/// only its header says that it is modern.
fn modern_version(headers: &HeaderMap, request: &Request<'_>) -> Option<String> {
    let params = Members::parse("params", request.params).ok()?;
    let meta = Members::parse("_meta", params.get("_meta")).unwrap_or_default();
    if let Some(version) = meta.get(crate::protocol::meta::PROTOCOL_VERSION) {
        return Some(serde_json::from_str(version.get()).unwrap_or_default());
    }
    let named = headers.get(PROTOCOL_VERSION)?.to_str().ok()?;
    let modern = named
        .trim()
        .parse::<Revision>()
        .is_ok_and(Revision::is_modern);
    (modern || request.method == "server/discover").then(String::new)
}

/// Answers a modern request. The work is done by whoever reads the response:
/// when the client closes the connection, it is dropped, and the guest with it.
async fn modern(
    server: &Arc<Server>,
    headers: &HeaderMap,
    request: &Request<'_>,
    version: String,
    body: Bytes,
) -> Response {
    let checked = Members::parse("params", request.params).and_then(|params| {
        RequestMeta::parse(params.get("_meta"))?;
        // Without a version in the body there is nothing to compare, and the
        // dispatcher says what is missing.
        if version.is_empty() {
            return Ok(());
        }
        let method = &request.method;
        headers::check(headers, &version, method, &params, &server.dispatcher)
    });
    if let Err(error) = checked {
        return json(
            modern_status(Some(error.code)),
            Answer::error(Some(&request.id), &error),
        );
    }
    let (outbound, news) = Outbound::channel(OUTBOUND);
    let dispatcher = Arc::clone(&server.dispatcher);
    let work = Box::pin(async move {
        // Parsed again within the work, which has to own what it borrows from.
        let Ok(Message::Request(request)) = jsonrpc::parse(&body) else {
            return Answer::error(None, &RpcError::internal("the message changed"));
        };
        let whence = Whence {
            principal: &Principal::Http,
            session: None,
            place: None,
        };
        let result = dispatcher.respond(&request, whence, &outbound).await;
        Answer::new(&request.id, result)
    });
    events::answer(work, news).await
}

/// Hands a message to its legacy session. A client that goes away cancels
/// nothing: it has to say so. Source: MCP 2025-11-25, basic, transports.
async fn legacy(
    server: &Arc<Server>,
    headers: &HeaderMap,
    request: Option<&Request<'_>>,
    body: Bytes,
) -> Response {
    let id = request.map(|request| &request.id);
    if let Err(error) = headers::revision(headers) {
        return json(StatusCode::BAD_REQUEST, Answer::error(id, &error));
    }
    let opens = request.is_some_and(|request| request.method == "initialize");
    let (opened, conversation, streams) = match headers.get(SESSION_ID) {
        None if opens => match server.sessions.open(server) {
            Ok((id, conversation, streams)) => (Some(id), conversation, streams),
            Err(error) => return refusal(StatusCode::SERVICE_UNAVAILABLE, &error),
        },
        None => {
            let error = RpcError::invalid_request(format!(
                "the request has neither a protocol version in its `_meta` nor the header \
                 `{SESSION_ID}`, which `initialize` gives"
            ));
            return json(StatusCode::BAD_REQUEST, Answer::error(id, &error));
        }
        Some(id) => match server.sessions.get(id) {
            Some((conversation, streams)) => (None, conversation, streams),
            None => return sessions::unknown(),
        },
    };
    let batch = jsonrpc::is_batch(&body);
    if batch && !conversation.takes_batch(&body) {
        let rejected = jsonrpc::parse(&body).err().map(|rejected| rejected.error);
        let error = rejected.unwrap_or_else(|| RpcError::invalid_request("an array"));
        return refusal(StatusCode::BAD_REQUEST, &error);
    }
    if request.is_some() || batch {
        streams.has_room().await;
    }
    let (outbound, mut messages) = Outbound::channel(OUTBOUND);
    let receiver = Arc::clone(&conversation);
    let mut receiving = Box::pin(async move {
        tokio::select! {
            () = receiver.receive(body.into(), Follow::Nothing, &outbound) => {}
            () = outbound.closed() => {}
        }
    });
    let first = tokio::select! {
        biased;
        () = &mut receiving => tokio::time::timeout(PATIENCE, messages.recv()).await,
        // One message of several tells something while others wait for room,
        // which may be made by what is told being read.
        first = messages.recv() => {
            tokio::spawn(receiving);
            Ok(first)
        }
    };
    if streams.is_closed() {
        // Begun at the moment at which the session ended.
        conversation.abandon();
        return sessions::unknown();
    }
    let first = match first {
        Ok(Some(Outgoing::Answer(answer))) => {
            // What is no request, and was answered, could not be taken.
            let status = match (request, answer.error) {
                (None, Some(_)) => StatusCode::BAD_REQUEST,
                _ => StatusCode::OK,
            };
            let mut response = json(status, answer);
            if let Some(id) = opened {
                name(&mut response, server, &conversation, id);
            }
            return response;
        }
        Ok(Some(news)) => Some(news),
        // A request that was cancelled, or no request.
        Ok(None) => return StatusCode::ACCEPTED.into_response(),
        Err(_silence) => None,
    };
    let Some(reader) = streams.open(first, messages) else {
        return sessions::unknown();
    };
    let options = ConnectionOptions {
        revision: conversation.revision(),
        resumes: false,
        timeout: server.options.stream_timeout,
        stop: server.stop.clone(),
    };
    let mut response = connection::response(reader, options);
    if let Some(id) = opened {
        name(&mut response, server, &conversation, id);
    }
    response
}

/// Tells the client which session its `initialize` has opened, if it has.
fn name(response: &mut Response, server: &Server, conversation: &Conversation, id: String) {
    if conversation.revision().is_none() {
        server.sessions.end(&id);
    } else if let Ok(id) = id.parse() {
        response.headers_mut().insert(SESSION_ID, id);
    }
}
