//! The `_meta` of a request: what it says about itself.
//!
//! Source: MCP 2026-07-28, basic, "`_meta`".

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::error::RpcError;
use super::jsonrpc::shortened;
use super::logging::LogLevel;
use super::members::Members;
use super::trace::TraceContext;

/// The prefix of the members that belong to the protocol.
pub const PREFIX: &str = "io.modelcontextprotocol/";
/// The member with the revision of a modern request.
pub const PROTOCOL_VERSION: &str = "io.modelcontextprotocol/protocolVersion";
/// The member with what a modern request's client can do.
pub const CLIENT_CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
/// The member in which a modern result names its server.
pub const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";
/// The member with the subscription that a message belongs to.
pub const SUBSCRIPTION_ID: &str = "io.modelcontextprotocol/subscriptionId";
const LOG_LEVEL: &str = "io.modelcontextprotocol/logLevel";
const PROGRESS_TOKEN: &str = "progressToken";

/// A request's `_meta`, sorted into what the protocol owns and the rest.
#[derive(Debug, Default)]
pub struct RequestMeta<'a> {
    /// The revision a modern request asks for; legacy requests have none.
    pub protocol_version: Option<&'a RawValue>,
    /// What the client of a modern request can do.
    pub client_capabilities: Option<&'a RawValue>,
    /// The least level of log lines wanted, modern only.
    pub log_level: Option<LogLevel>,
    /// Present where progress is wanted: a string or an integer, as it came.
    pub progress_token: Option<&'a RawValue>,
    /// The members that are not the protocol's, in their order.
    others: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> RequestMeta<'a> {
    /// Reads the `_meta` member of a request's `params`; absent is empty.
    ///
    /// Errors with -32602 where it is no object, or a member of the protocol
    /// has the wrong type.
    pub fn parse(meta: Option<&'a RawValue>) -> Result<Self, RpcError> {
        let members = Members::parse("_meta", meta)?;
        let mut result = RequestMeta::default();
        for (key, value) in members.into_pairs() {
            match &*key {
                PROTOCOL_VERSION => result.protocol_version = Some(value),
                CLIENT_CAPABILITIES => result.client_capabilities = Some(value),
                LOG_LEVEL => {
                    let level = serde_json::from_str(value.get()).map_err(|_| {
                        RpcError::invalid_params(format!(
                            "`{LOG_LEVEL}` is `{}`; accepted: {}",
                            shortened(value.get()),
                            LogLevel::NAMES
                        ))
                    })?;
                    result.log_level = Some(level);
                }
                PROGRESS_TOKEN => {
                    if !matches!(value.get().as_bytes()[0], b'"' | b'-' | b'0'..=b'9') {
                        return Err(RpcError::invalid_params(format!(
                            "`progressToken` is `{}`; accepted: a string or an integer",
                            shortened(value.get())
                        )));
                    }
                    result.progress_token = Some(value);
                }
                other if other.starts_with(PREFIX) => {}
                _ => result.others.push((key, value)),
            }
        }
        Ok(result)
    }

    /// The trace that the request belongs to, if it names one.
    pub fn trace(&self) -> Option<TraceContext> {
        let text = |name: &str| {
            let (_, value) = self.others.iter().find(|(key, _)| key == name)?;
            serde_json::from_str::<String>(value.get()).ok()
        };
        TraceContext::new(&text("traceparent")?, text("tracestate").as_deref())
    }

    /// What a plugin may see: the members that are not the protocol's, as the
    /// text of a JSON object.
    pub fn for_plugin(&self) -> String {
        let mut text = String::from("{");
        for (index, (key, value)) in self.others.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(&serde_json::to_string(key).expect("a string is JSON"));
            text.push(':');
            text.push_str(value.get());
        }
        text.push('}');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> &RawValue {
        serde_json::from_str(text).expect("JSON")
    }

    #[test]
    fn the_protocol_keeps_its_members_and_the_plugin_gets_the_rest() {
        let meta = raw(r#"{
            "io.modelcontextprotocol/protocolVersion":"2026-07-28",
            "io.modelcontextprotocol/unknown":1,
            "progressToken":"t",
            "z":1, "traceparent":"00-x", "a":{"k":2}
        }"#);
        let meta = RequestMeta::parse(Some(meta)).expect("good");
        assert_eq!(
            meta.protocol_version.map(RawValue::get),
            Some("\"2026-07-28\"")
        );
        assert_eq!(meta.progress_token.map(RawValue::get), Some("\"t\""));
        assert_eq!(
            meta.for_plugin(),
            r#"{"z":1,"traceparent":"00-x","a":{"k":2}}"#
        );
    }

    #[test]
    fn the_wrong_type_is_named() {
        for (meta, word) in [
            ("3", "`_meta` is `3`"),
            (r#"{"progressToken":[]}"#, "`progressToken`"),
            (
                r#"{"io.modelcontextprotocol/logLevel":"loud"}"#,
                "accepted: debug",
            ),
        ] {
            let error = RequestMeta::parse(Some(raw(meta))).expect_err("refused");
            assert_eq!(error.code, -32602);
            assert!(error.message.contains(word), "{}", error.message);
        }
    }
}
