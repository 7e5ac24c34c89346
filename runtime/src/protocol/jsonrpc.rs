//! The envelope: JSON-RPC 2.0 messages, read strictly and written once.
//!
//! Ids, parameters and results are raw JSON text here. A message is refused as
//! a whole, with the error that its sender shall get, or taken as it is.

use std::borrow::Cow;
use std::fmt;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::error::RpcError;
use super::members::BorrowedStr;

/// How deep a message may nest; the limit of the JSON parser that reads the
/// parts later.
pub const MAX_DEPTH: usize = 127;

const NOT_UTF8: &str = "the message is not UTF-8";
const NOT_ONE_OBJECT: &str = "the message is an array; accepted: one object a message";

/// A request's id: a string or an integer, kept as the text it came as.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Id(Box<str>);

impl Id {
    /// The id as JSON.
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Reads an id; none for what cannot be one.
    pub fn parse(raw: &RawValue) -> Option<Id> {
        let text = raw.get();
        let accepted = match text.as_bytes()[0] {
            b'"' => true,
            b'-' | b'0'..=b'9' => !text.contains(['.', 'e', 'E']),
            _ => false,
        };
        accepted.then(|| Id(text.into()))
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One message from a client.
#[derive(Debug)]
pub enum Message<'a> {
    /// Wants an answer.
    Request(Request<'a>),
    /// Wants none.
    Notification(Notification<'a>),
    /// Answers a request of ours.
    Response(Response<'a>),
}

/// A message that wants an answer.
#[derive(Debug)]
pub struct Request<'a> {
    /// Echoed in the answer.
    pub id: Id,
    /// What to do.
    pub method: Cow<'a, str>,
    /// With what: an object, if present.
    pub params: Option<&'a RawValue>,
}

/// A message that wants no answer.
#[derive(Debug)]
pub struct Notification<'a> {
    /// What happened.
    pub method: Cow<'a, str>,
    /// More about it: an object, if present.
    pub params: Option<&'a RawValue>,
}

/// A message that answers a request of ours.
#[derive(Debug)]
pub struct Response<'a> {
    /// The request's.
    pub id: Id,
    /// How it ended.
    pub outcome: Outcome<'a>,
}

/// How a request of ours ended.
#[derive(Debug)]
pub enum Outcome<'a> {
    /// With this result.
    Result(&'a RawValue),
    /// With this error object.
    Error(&'a RawValue),
}

/// A message that cannot be taken, with the answer for its sender.
#[derive(Debug)]
pub struct Rejected {
    /// The id of the request, where it could be read.
    pub id: Option<Id>,
    /// What was wrong.
    pub error: RpcError,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default)]
    jsonrpc: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_too")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_too")]
    method: Option<&'a RawValue>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "null_too")]
    result: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
}

/// Reads a member as it stands; plain `Option` would take `null` for absence.
fn null_too<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Reads one message.
///
/// Refused: what is not UTF-8 or not JSON (-32700); nesting below
/// [`MAX_DEPTH`], anything but an object, a missing or wrong `jsonrpc`, an id
/// that is neither a string nor an integer, `params` that is not an object, a
/// member given twice (-32600).
pub fn parse(bytes: &[u8]) -> Result<Message<'_>, Rejected> {
    let refuse = |id: Option<Id>, error: RpcError| Err(Rejected { id, error });
    let Ok(text) = std::str::from_utf8(bytes) else {
        return refuse(None, RpcError::parse(NOT_UTF8));
    };
    if exceeds_depth(bytes, MAX_DEPTH) {
        return refuse(
            None,
            RpcError::invalid_request(format!(
                "the message nests deeper than {MAX_DEPTH} levels, which is the limit"
            )),
        );
    }
    let envelope: Envelope<'_> = match serde_json::from_str(text) {
        // serde would take an array for the members in their order.
        Ok(envelope) if text.trim_start().starts_with('{') => envelope,
        Ok(_) => return refuse(None, RpcError::invalid_request(NOT_ONE_OBJECT)),
        // An array is read as the members in their order, and may fail in ways
        // that have nothing to do with JSON.
        Err(error) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            let what = if text.trim_start().starts_with('[') {
                NOT_ONE_OBJECT.to_owned()
            } else {
                format!("the message is no JSON-RPC object: {error}")
            };
            return refuse(None, RpcError::invalid_request(what));
        }
        Err(error) => {
            return refuse(
                None,
                RpcError::parse(format!("the message is not JSON: {error}")),
            );
        }
    };

    let id = match envelope.id {
        None => None,
        Some(raw) => match Id::parse(raw) {
            Some(id) => Some(id),
            None => {
                return refuse(
                    None,
                    RpcError::invalid_request(format!(
                        "`id` is `{}`; accepted: a string or an integer",
                        shortened(raw.get())
                    )),
                );
            }
        },
    };
    if envelope.jsonrpc.map(RawValue::get) != Some(r#""2.0""#) {
        return refuse(
            id,
            RpcError::invalid_request("`jsonrpc` is missing or is not \"2.0\""),
        );
    }
    let Some(method) = envelope.method else {
        let outcome = match (envelope.result, envelope.error) {
            (Some(result), None) => Some(Outcome::Result(result)),
            (_, error) => error.map(Outcome::Error),
        };
        return match (id, outcome) {
            (Some(id), Some(outcome)) => Ok(Message::Response(Response { id, outcome })),
            (None, Some(_)) => refuse(None, RpcError::invalid_request("`id` is missing")),
            (id, None) => refuse(id, RpcError::invalid_request("`method` is missing")),
        };
    };
    let Ok(method) = serde_json::from_str::<BorrowedStr<'_>>(method.get()) else {
        return refuse(
            id,
            RpcError::invalid_request(format!(
                "`method` is `{}`; accepted: a string",
                shortened(method.get())
            )),
        );
    };
    let method = method.0;
    if let Some(params) = envelope.params
        && !params.get().starts_with('{')
    {
        return refuse(
            id,
            RpcError::invalid_request(format!(
                "`params` of `{method}` is `{}`; accepted: an object",
                shortened(params.get())
            )),
        );
    }
    let params = envelope.params;
    Ok(match id {
        Some(id) => Message::Request(Request { id, method, params }),
        None => Message::Notification(Notification { method, params }),
    })
}

/// Whether a message is an array, which may be a batch.
pub fn is_batch(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"[")
}

/// Cuts a batch into its messages, each still to be read by [`parse`].
pub fn batch(bytes: &[u8]) -> Result<Vec<&RawValue>, Rejected> {
    let text = std::str::from_utf8(bytes).map_err(|_| RpcError::parse(NOT_UTF8));
    let messages = text.and_then(|text| {
        serde_json::from_str(text)
            .map_err(|error| RpcError::parse(format!("the batch is not JSON: {error}")))
    });
    messages.map_err(|error| Rejected { id: None, error })
}

/// The bytes of a successful response; `result` is JSON.
pub fn response(id: &Id, result: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(result.len() + id.0.len() + 40);
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.0.as_bytes());
    out.extend_from_slice(b",\"result\":");
    out.extend_from_slice(result);
    out.push(b'}');
    out
}

/// The bytes of an error response. Without an id it is `null`, as JSON-RPC
/// wants where the id could not be read.
pub fn error_response(id: Option<&Id>, error: &RpcError) -> Vec<u8> {
    let mut out = Vec::with_capacity(160);
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    out.extend_from_slice(id.map_or("null", |id| &id.0).as_bytes());
    out.extend_from_slice(b",\"error\":");
    out.extend_from_slice(error_object(error).as_bytes());
    out.push(b'}');
    out
}

/// The error object of a response, as JSON.
pub fn error_object(error: &RpcError) -> String {
    #[derive(Serialize)]
    struct Body<'a> {
        code: i64,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        data: Option<&'a serde_json::Value>,
    }
    let body = Body {
        code: error.code,
        message: &error.message,
        data: error.data.as_ref(),
    };
    serde_json::to_string(&body).expect("a value of ours has string keys")
}

/// The bytes of a request of ours.
pub fn request(id: i64, method: &str, params: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    write_json(&mut out, &id);
    out.extend_from_slice(b",\"method\":");
    write_json(&mut out, &method);
    out.extend_from_slice(b",\"params\":");
    write_json(&mut out, params);
    out.push(b'}');
    out
}

/// The bytes of a notification.
pub fn notification(method: &str, params: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"method\":");
    write_json(&mut out, &method);
    out.extend_from_slice(b",\"params\":");
    write_json(&mut out, params);
    out.push(b'}');
    out
}

/// Appends a value of ours as JSON.
pub fn write_json(out: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(out, value)
        .expect("a value of ours has string keys and a Vec takes every byte");
}

/// Whether arrays and objects nest deeper than that. Looks at brackets outside
/// strings only, so it needs no valid JSON.
pub fn exceeds_depth(bytes: &[u8], max: usize) -> bool {
    // Most texts have fewer of them altogether, and these are counted many bytes
    // at a time.
    let opening = memchr::memchr2_iter(b'{', b'[', bytes);
    if opening.take(max + 1).count() <= max {
        return false;
    }
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for &byte in bytes {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > max {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

/// At most 80 characters of a value, for an error message.
pub fn shortened(text: &str) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
