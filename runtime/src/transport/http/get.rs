//! GET: a legacy client listens, or comes back for the rest of a stream.
//!
//! Source: MCP 2025-11-25, basic, transports, "Listening for Messages from the
//! Server" and "Resumability and Redelivery".

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::Response;

use super::connection::{self, ConnectionOptions};
use super::event_stream::MEDIA_TYPE;
use super::sessions::{self, SESSION_ID};
use super::{OUTBOUND, Server, headers, method_not_allowed, refusal};
use crate::dispatch::Outbound;
use crate::protocol::RpcError;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

pub(super) async fn get(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    match headers::revision(&headers) {
        Ok(Some(revision)) if revision.is_modern() => return method_not_allowed().await,
        Ok(_) => {}
        Err(error) => return refusal(StatusCode::BAD_REQUEST, &error),
    }
    if !takes_events(&headers) {
        let error = RpcError::invalid_request(format!(
            "`Accept` does not name `{MEDIA_TYPE}`, and nothing else is to be had by GET"
        ));
        return refusal(StatusCode::NOT_ACCEPTABLE, &error);
    }
    let Some(id) = headers.get(SESSION_ID) else {
        return refusal(StatusCode::BAD_REQUEST, &sessions::missing());
    };
    let Some((conversation, streams)) = server.sessions.get(id) else {
        return sessions::unknown();
    };
    let revision = conversation.revision();
    let last = headers.get(LAST_EVENT_ID);
    let reader = match last {
        Some(last) => match streams.resume(last.to_str().unwrap_or_default()) {
            Ok(reader) => Some(reader),
            // Not 404, by which a client knows that its session has ended.
            Err(error) => {
                let error = RpcError::invalid_request(format!("`{LAST_EVENT_ID}`: {error}"));
                return refusal(StatusCode::BAD_REQUEST, &error);
            }
        },
        None => streams.standing(|| {
            let (outbound, messages) = Outbound::channel(OUTBOUND);
            tokio::spawn(async move { conversation.announce(&outbound).await });
            messages
        }),
    };
    let Some(reader) = reader else {
        return sessions::unknown();
    };
    let options = ConnectionOptions {
        revision,
        resumes: last.is_some(),
        timeout: server.options.stream_timeout,
        stop: server.stop.clone(),
    };
    connection::response(reader, options)
}

/// Whether the client names the media type of event streams among those that
/// it takes, as it has to.
fn takes_events(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).into_iter();
    let mut types = accepted
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    types.any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case(MEDIA_TYPE)
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;
    use axum::http::header::ACCEPT;

    use super::takes_events;

    #[test]
    fn event_streams_have_to_be_named() {
        let mut headers = HeaderMap::new();
        assert!(!takes_events(&headers));
        for (accept, takes) in [
            ("text/event-stream", true),
            ("application/json, Text/Event-Stream;q=0.9", true),
            ("application/json", false),
            ("*/*", false),
        ] {
            headers.insert(ACCEPT, accept.parse().expect("a header"));
            assert_eq!(takes_events(&headers), takes, "{accept}");
        }
    }
}
