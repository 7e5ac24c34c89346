//! Errors of a request, as JSON-RPC carries them.
//!
//! Source: JSON-RPC 2.0, section 5.1; MCP 2026-07-28, "Error Codes".

use std::time::Duration;

use serde_json::{Value, json};

use super::Revision;

/// Malformed JSON.
pub const PARSE_ERROR: i64 = -32700;
/// JSON that is no request.
pub const INVALID_REQUEST: i64 = -32600;
/// No such method, or not offered to this client.
pub const METHOD_NOT_FOUND: i64 = -32601;
/// Unusable parameters, unknown tools, prompts and (modern) resources.
pub const INVALID_PARAMS: i64 = -32602;
/// The server's own failure, a plugin's trap or limit included.
pub const INTERNAL_ERROR: i64 = -32603;
/// Resource not found, in legacy revisions only.
pub const RESOURCE_NOT_FOUND: i64 = -32002;
/// An HTTP header that does not say what the body says.
pub const HEADER_MISMATCH: i64 = -32020;
/// The client has not declared a capability that the request needs.
pub const MISSING_CLIENT_CAPABILITY: i64 = -32021;
/// The revision asked for is not spoken here.
pub const UNSUPPORTED_PROTOCOL_VERSION: i64 = -32022;

/// Too many calls in too short a time. The protocol has no code for it, and asks
/// for one outside of JSON-RPC's; this is HTTP's. Source: MCP 2026-07-28, basic,
/// "Error Codes"; RFC 6585, section 4.
pub const TOO_MANY_CALLS: i64 = 429;

/// The error member of a response.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct RpcError {
    /// One of the codes above.
    pub code: i64,
    /// One sentence for people.
    pub message: String,
    /// The same for programs, if there is more to tell.
    pub data: Option<Value>,
}

impl RpcError {
    fn new(code: i64, message: impl Into<String>) -> Self {
        RpcError {
            code,
            message: message.into(),
            data: None,
        }
    }

    /// Malformed JSON.
    pub fn parse(message: impl Into<String>) -> Self {
        RpcError::new(PARSE_ERROR, message)
    }

    /// JSON that is no request of this protocol.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        RpcError::new(INVALID_REQUEST, message)
    }

    /// A method that is not offered.
    pub fn method_not_found(method: &str) -> Self {
        RpcError::new(METHOD_NOT_FOUND, format!("no method `{method}`"))
    }

    /// Parameters that cannot be used; name the field and what is accepted.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        RpcError::new(INVALID_PARAMS, message)
    }

    /// A failure that is not the caller's.
    pub fn internal(message: impl Into<String>) -> Self {
        RpcError::new(INTERNAL_ERROR, message)
    }

    /// More calls than may be made in the time; `data` may name what is limited.
    pub fn too_many_calls(message: impl Into<String>, retry_after: Duration, data: Value) -> Self {
        let mut data = data;
        // Rounded up: a caller that comes back then is let through.
        let milliseconds = retry_after.as_micros().div_ceil(1000);
        data["retryAfterMs"] = json!(u64::try_from(milliseconds).unwrap_or(u64::MAX));
        RpcError::new(TOO_MANY_CALLS, message).with_data(data)
    }

    /// An HTTP header that is missing, unreadable, or says something else than
    /// the body.
    pub fn header_mismatch(message: impl Into<String>) -> Self {
        RpcError::new(HEADER_MISMATCH, message)
    }

    /// A resource that no plugin has.
    pub fn resource_not_found(uri: &str, revision: Revision) -> Self {
        let code = if revision.is_modern() {
            INVALID_PARAMS
        } else {
            RESOURCE_NOT_FOUND
        };
        RpcError::new(code, format!("no resource `{uri}`")).with_data(json!({ "uri": uri }))
    }

    /// A capability that the client has not declared and that the request needs.
    pub fn missing_capability(code: i64, required: &Value) -> Self {
        RpcError::new(
            code,
            format!("the client has not declared a capability that this needs: {required}"),
        )
        .with_data(json!({ "requiredCapabilities": required }))
    }

    /// A revision that is not spoken here.
    pub fn unsupported_revision(requested: &str) -> Self {
        let supported: Vec<&str> = Revision::ALL.into_iter().map(Revision::as_str).collect();
        RpcError::new(
            UNSUPPORTED_PROTOCOL_VERSION,
            format!("unsupported protocol version `{requested}`"),
        )
        .with_data(json!({ "supported": supported, "requested": requested }))
    }

    /// After how many milliseconds the request may be made again, if waiting
    /// helps.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.data.as_ref()?.get("retryAfterMs")?.as_u64()
    }

    /// Adds what programs may read.
    #[must_use]
    pub fn with_data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }
}
