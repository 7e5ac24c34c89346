//! The headers that mirror a modern request's body, checked against it.
//!
//! Intermediaries route by them, so they may not say anything else than the
//! body does. Source: MCP 2026-07-28, basic, transports, "Request Metadata".

use axum::http::{HeaderMap, HeaderName};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::dispatch::{Dispatcher, Mirrored};
use crate::protocol::members::Members;
use crate::protocol::{Revision, RpcError};

/// The header with the revision, in all revisions since 2025-06-18.
pub(super) const PROTOCOL_VERSION: HeaderName = HeaderName::from_static("mcp-protocol-version");
const METHOD: HeaderName = HeaderName::from_static("mcp-method");
const NAME: HeaderName = HeaderName::from_static("mcp-name");

/// The revision that the header names, if it is there.
pub(super) fn revision(headers: &HeaderMap) -> Result<Option<Revision>, RpcError> {
    let Some(version) = headers.get(PROTOCOL_VERSION) else {
        return Ok(None);
    };
    let version = version.to_str().unwrap_or_default();
    let revision = version.trim().parse();
    revision
        .map(Some)
        .map_err(|_| RpcError::unsupported_revision(version))
}

/// Checks the headers of a modern request. The error is -32020 and names the
/// header.
pub fn check(
    headers: &HeaderMap,
    version: &str,
    method: &str,
    params: &Members<'_>,
    dispatcher: &Dispatcher,
) -> Result<(), RpcError> {
    same(headers, &PROTOCOL_VERSION, version)?;
    same(headers, &METHOD, method)?;
    let name = match method {
        "tools/call" | "prompts/get" => params.optional_string("name"),
        "resources/read" => params.optional_string("uri"),
        "tasks/get" | "tasks/update" | "tasks/cancel" => params.optional_string("taskId"),
        _ => return Ok(()),
    };
    // A name of the wrong type is the handler's to refuse.
    let Ok(Some(name)) = name else {
        return Ok(());
    };
    let found = decoded(headers, &NAME)?.ok_or_else(|| missing(&NAME))?;
    if found != name {
        return Err(mismatch(&NAME, &found, &name));
    }
    if method == "tools/call" {
        let arguments = params.optional_object("arguments").unwrap_or_default();
        let arguments = arguments.map_or("{}", |arguments| arguments.get());
        for (header, expected) in dispatcher.mirrored_arguments(&name, arguments) {
            check_argument(headers, &header, expected.as_ref())?;
        }
    }
    Ok(())
}

/// Checks one `Mcp-Param-…`: there with the argument's value, or absent with it.
fn check_argument(
    headers: &HeaderMap,
    header: &str,
    expected: Option<&Mirrored>,
) -> Result<(), RpcError> {
    let Ok(header) = HeaderName::try_from(format!("mcp-param-{header}")) else {
        return Ok(());
    };
    match (decoded(headers, &header)?, expected) {
        (None, None) => Ok(()),
        (None, Some(_)) => Err(missing(&header)),
        (Some(found), None) => Err(mismatch(&header, &found, "no such argument")),
        (Some(found), Some(expected)) if same_value(&found, expected) => Ok(()),
        (Some(found), Some(expected)) => Err(mismatch(&header, &found, expected.as_str())),
    }
}

/// Numbers are compared as numbers, and whole ones exactly; everything else to
/// the letter. Source: MCP 2026-07-28, basic, transports, "Server Behavior for
/// Custom Headers".
fn same_value(found: &str, expected: &Mirrored) -> bool {
    match expected {
        Mirrored::Text(text) => found == text,
        Mirrored::Number(number) if found == number => true,
        Mirrored::Number(number) => match (found.parse::<i128>(), number.parse::<i128>()) {
            (Ok(found), Ok(number)) => found == number,
            _ => matches!(
                (found.parse::<f64>(), number.parse::<f64>()),
                (Ok(found), Ok(number)) if found == number
            ),
        },
    }
}

fn same(headers: &HeaderMap, header: &HeaderName, expected: &str) -> Result<(), RpcError> {
    match plain(headers, header)? {
        None => Err(missing(header)),
        Some(found) if found == expected => Ok(()),
        Some(found) => Err(mismatch(header, found, expected)),
    }
}

/// A header's value without the white space around it. Given more than once it
/// is refused: readers would differ in which they take.
fn plain<'a>(headers: &'a HeaderMap, header: &HeaderName) -> Result<Option<&'a str>, RpcError> {
    let mut values = headers.get_all(header).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(RpcError::header_mismatch(format!(
            "`{header}` is given more than once"
        )));
    }
    let value = value.to_str().map_err(|_| {
        RpcError::header_mismatch(format!(
            "`{header}` has characters that are not visible ASCII"
        ))
    })?;
    Ok(Some(value.trim_matches([' ', '\t'])))
}

/// A header's value, taken out of its Base64 wrapping if it has one.
fn decoded(headers: &HeaderMap, header: &HeaderName) -> Result<Option<String>, RpcError> {
    let Some(value) = plain(headers, header)? else {
        return Ok(None);
    };
    let wrapped = value
        .strip_prefix("=?base64?")
        .and_then(|rest| rest.strip_suffix("?="));
    let Some(wrapped) = wrapped else {
        return Ok(Some(value.to_owned()));
    };
    let bytes = BASE64.decode(wrapped).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    text.map(Some).ok_or_else(|| {
        RpcError::header_mismatch(format!(
            "`{header}` is `{value}`, which is not Base64 of UTF-8"
        ))
    })
}

fn missing(header: &HeaderName) -> RpcError {
    RpcError::header_mismatch(format!("the header `{header}` is missing"))
}

fn mismatch(header: &HeaderName, found: &str, expected: &str) -> RpcError {
    RpcError::header_mismatch(format!(
        "the header `{header}` is `{found}`, and the body says `{expected}`"
    ))
}

#[cfg(test)]
mod properties;
