//! One request and its response over `wasi:http`.

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, HeaderError, IncomingBody, IncomingResponse, Method, OutgoingBody,
    OutgoingRequest, RequestOptions, Scheme,
};
use wasip2::io::streams::StreamError;

use super::url::Url;
use super::{Error, Request, Response};
use crate::future::ready;

/// How much is read from the host at once.
const CHUNK: u64 = 64 * 1024;

pub(super) async fn exchange(request: &Request, url: &Url) -> Result<Response, Error> {
    let failed = |code: &ErrorCode| failure(url, code);
    let outgoing = outgoing_request(request, url)?;
    let body = (!request.body.is_empty())
        .then(|| outgoing.body())
        .transpose()
        .map_err(|()| Error::InvalidRequest("it has no place for a body".to_owned()))?;
    let pending = outgoing_handler::handle(outgoing, options(request)).map_err(|e| failed(&e))?;
    if let Some(body) = body {
        send_body(body, &request.body, url).await?;
    }
    let incoming = loop {
        match pending.get() {
            Some(Ok(result)) => break result.map_err(|code| failed(&code))?,
            Some(Err(())) => return Err(broken(url)),
            None => ready(pending.subscribe()).await,
        }
    };
    let mut response = Response::new(incoming.status());
    for (name, value) in incoming.headers().entries() {
        response = response.with_header(name, String::from_utf8_lossy(&value));
    }
    let body = read_body(&incoming, request, url).await?;
    Ok(response.with_body(body).at(&request.url))
}

fn outgoing_request(request: &Request, url: &Url) -> Result<OutgoingRequest, Error> {
    let headers = Fields::new();
    for (name, value) in &request.headers {
        headers.append(name, value.as_bytes()).map_err(|error| {
            Error::InvalidRequest(match error {
                HeaderError::InvalidSyntax => format!("header `{name}` or its value is not valid"),
                HeaderError::Forbidden => format!("header `{name}` is not the plugin's to set"),
                HeaderError::Immutable => format!("header `{name}` cannot be added"),
            })
        })?;
    }
    if !request.body.is_empty() && !headers.has("content-length") {
        let length = request.body.len().to_string();
        // A host that sets the length by itself may refuse it; both are fine.
        _ = headers.append("content-length", length.as_bytes());
    }
    let outgoing = OutgoingRequest::new(headers);
    let scheme = if url.https {
        Scheme::Https
    } else {
        Scheme::Http
    };
    let accepted = outgoing
        .set_method(&method(&request.method))
        .and_then(|()| outgoing.set_scheme(Some(&scheme)))
        .and_then(|()| outgoing.set_authority(Some(&url.authority)))
        .and_then(|()| outgoing.set_path_with_query(Some(&url.path)));
    accepted.map_err(|()| {
        Error::InvalidRequest(format!("`{} {url}` is not accepted", request.method))
    })?;
    Ok(outgoing)
}

fn method(name: &str) -> Method {
    match name {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "DELETE" => Method::Delete,
        "CONNECT" => Method::Connect,
        "OPTIONS" => Method::Options,
        "TRACE" => Method::Trace,
        "PATCH" => Method::Patch,
        _ => Method::Other(name.to_owned()),
    }
}

fn options(request: &Request) -> Option<RequestOptions> {
    let timeout = u64::try_from(request.timeout?.as_nanos()).ok();
    let options = RequestOptions::new();
    // A host that does not support one of these ignores it; the call's deadline
    // is there in any case.
    _ = options.set_connect_timeout(timeout);
    _ = options.set_first_byte_timeout(timeout);
    _ = options.set_between_bytes_timeout(timeout);
    Some(options)
}

async fn send_body(body: OutgoingBody, mut bytes: &[u8], url: &Url) -> Result<(), Error> {
    let stream = body.write().map_err(|()| broken(url))?;
    while !bytes.is_empty() {
        let room = match stream.check_write() {
            Ok(room) => usize::try_from(room).unwrap_or(usize::MAX),
            // The peer answers without reading on; its response tells why.
            Err(_) => return Ok(()),
        };
        let (chunk, rest) = bytes.split_at(room.min(bytes.len()));
        if chunk.is_empty() {
            ready(stream.subscribe()).await;
        } else if stream.write(chunk).is_err() {
            return Ok(());
        }
        bytes = rest;
    }
    if stream.flush().is_ok() {
        ready(stream.subscribe()).await;
    }
    drop(stream);
    OutgoingBody::finish(body, None).map_err(|code| failure(url, &code))
}

async fn read_body(
    incoming: &IncomingResponse,
    request: &Request,
    url: &Url,
) -> Result<Vec<u8>, Error> {
    let body: IncomingBody = incoming.consume().map_err(|()| broken(url))?;
    let stream = body.stream().map_err(|()| broken(url))?;
    let mut bytes = Vec::new();
    loop {
        match stream.read(CHUNK) {
            Ok(chunk) if chunk.is_empty() => ready(stream.subscribe()).await,
            Ok(chunk) if bytes.len() + chunk.len() > request.max_body => {
                return Err(Error::TooLarge {
                    url: url.to_string(),
                    limit: request.max_body,
                });
            }
            Ok(chunk) => bytes.extend_from_slice(&chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(match wasip2::http::types::http_error_code(&error) {
                    Some(code) => failure(url, &code),
                    None => failed(url, error.to_debug_string()),
                });
            }
        }
    }
}

fn failure(url: &Url, code: &ErrorCode) -> Error {
    let reason = match code {
        ErrorCode::HttpRequestDenied => {
            return Error::Refused {
                host: url.authority.clone(),
            };
        }
        ErrorCode::InternalError(Some(reason)) => reason.clone(),
        other => explain(other),
    };
    failed(url, reason)
}

fn explain(code: &ErrorCode) -> String {
    let text = match code {
        ErrorCode::DnsTimeout => "looking up its name took too long",
        ErrorCode::DnsError(_) | ErrorCode::DestinationNotFound => "its name was not found",
        ErrorCode::DestinationUnavailable => "it cannot be reached",
        ErrorCode::DestinationIpProhibited => "its address is one that plugins may not reach",
        ErrorCode::DestinationIpUnroutable => "there is no route to it",
        ErrorCode::ConnectionRefused => "it refused the connection",
        ErrorCode::ConnectionTerminated => "the connection was cut",
        ErrorCode::ConnectionTimeout => "connecting took too long",
        ErrorCode::ConnectionReadTimeout | ErrorCode::HttpResponseTimeout => {
            "it took too long to answer"
        }
        ErrorCode::ConnectionWriteTimeout => "it took too long to take the request",
        ErrorCode::ConnectionLimitReached => "too many connections",
        ErrorCode::TlsCertificateError => "its certificate is not valid",
        ErrorCode::TlsProtocolError | ErrorCode::TlsAlertReceived(_) => {
            "no secure connection could be made"
        }
        ErrorCode::HttpRequestBodySize(_) => "the request's body is too large",
        ErrorCode::HttpResponseBodySize(_) => "the response's body is too large",
        ErrorCode::HttpResponseIncomplete => "the response broke off",
        ErrorCode::HttpProtocolError => "it does not speak HTTP as it should",
        ErrorCode::LoopDetected => "it leads back to itself",
        other => return format!("{other:?}"),
    };
    text.to_owned()
}

fn broken(url: &Url) -> Error {
    failed(url, "the host's stream is gone".to_owned())
}

fn failed(url: &Url, reason: String) -> Error {
    Error::Failed {
        host: url.authority.clone(),
        reason,
    }
}
