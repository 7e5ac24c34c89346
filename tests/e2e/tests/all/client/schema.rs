//! Whether what the server says is valid by the JSON schema of its revision.
//!
//! The schemas are the protocol's own, one file a revision (`2025-11-25.json`),
//! in the folder that the environment variable `PORTCULLIS_MCP_SCHEMAS` names.
//! Without it messages are checked against the types of the official Rust SDK,
//! which take more, and the first test says so.
//!
//! A response is checked as the result of what was asked. Of the extension for
//! tasks, which has no schema there, only the envelope is checked, and an `id`
//! of `null`, which JSON-RPC wants where none could be read and the schemas do
//! not know, counts as one.

use std::collections::HashMap;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError};
use std::time::Duration;

use jsonschema::Validator;
use rmcp::model::ServerJsonRpcMessage;
use serde_json::{Value, json};

use super::{LEGACY, MODERN};

const SCHEMAS: &str = "PORTCULLIS_MCP_SCHEMAS";
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";

/// What a conversation's client knows when it reads: what it asked, and in
/// which revisions.
#[derive(Default)]
pub(crate) struct Conversation {
    /// By the id's text: the method, and whether the request was modern.
    asked: HashMap<String, (String, bool)>,
    agreed: Option<String>,
    modern: bool,
}

impl Conversation {
    /// Learns from what is sent, as far as it can be read.
    pub(crate) fn sent(&mut self, bytes: &[u8]) {
        match serde_json::from_slice(bytes) {
            Ok(Value::Array(messages)) => messages.iter().for_each(|message| self.asks(message)),
            Ok(message) => self.asks(&message),
            Err(_) => {}
        }
    }

    fn asks(&mut self, message: &Value) {
        // Responses of the client's have ids of the server's.
        let Some(method) = message["method"].as_str() else {
            return;
        };
        let modern = message["params"]["_meta"].get(VERSION).is_some();
        self.modern |= modern;
        let asked = (method.to_owned(), modern);
        self.asked.insert(message["id"].to_string(), asked);
    }

    /// Checks what comes. What is no JSON is for others to complain of.
    #[track_caller]
    pub(crate) fn came(&mut self, line: &str) {
        match serde_json::from_str(line) {
            Ok(Value::Array(messages)) => messages.iter().for_each(|message| self.check(message)),
            Ok(message) => self.check(&message),
            Err(_) => {}
        }
    }

    #[track_caller]
    fn check(&mut self, message: &Value) {
        let id = message["id"].to_string();
        let (asked, modern) = self.asked.get(&id).cloned().unwrap_or_default();
        if asked == "initialize"
            && let Some(agreed) = message["result"]["protocolVersion"].as_str()
        {
            self.agreed = Some(agreed.to_owned());
        }
        let legacy = self.agreed.as_deref().unwrap_or(LEGACY);
        let mut revisions = match message.get("method") {
            // A conversation may be in both eras, and news tell not in which.
            Some(_) if self.modern && self.agreed.is_some() => vec![MODERN, legacy],
            Some(_) if self.modern => vec![MODERN],
            None if modern || self.agreed.is_none() && asked != "ping" => vec![MODERN],
            _ => vec![legacy],
        };
        let last = revisions.pop().expect("there is one");
        let first = revisions
            .iter()
            .any(|revision| complaint(revision, &asked, message).is_none());
        if !first && let Some(complaint) = complaint(last, &asked, message) {
            panic!("no valid answer to `{asked}` in {last}: {complaint}\n{message}");
        }
    }
}

/// Lines of stdout, checked as they are read.
pub(super) struct Checked {
    lines: Receiver<String>,
    conversation: Conversation,
}

impl Checked {
    pub(super) fn of(lines: Receiver<String>) -> Self {
        Self {
            lines,
            conversation: Conversation::default(),
        }
    }

    pub(super) fn sent(&mut self, bytes: &[u8]) {
        self.conversation.sent(bytes);
    }

    #[track_caller]
    pub(super) fn recv_timeout(&mut self, patience: Duration) -> Result<String, RecvTimeoutError> {
        let line = self.lines.recv_timeout(patience)?;
        self.conversation.came(&line);
        Ok(line)
    }
}

/// What is wrong with a message, if something is.
fn complaint(revision: &str, asked: &str, message: &Value) -> Option<String> {
    let mut message = message.clone();
    if message.get("id") == Some(&Value::Null) {
        message["id"] = json!(0);
    }
    if folder().is_none() {
        // Its integers have 64 bits.
        if message["id"].is_number() && !message["id"].is_i64() {
            message["id"] = json!(0);
        }
        return serde_json::from_value::<ServerJsonRpcMessage>(message)
            .err()
            .map(|error| error.to_string());
    }
    let split = matches!(revision, "2025-11-25" | MODERN);
    let (envelope, part) = if let Some(method) = message["method"].as_str() {
        // Of the extension for tasks.
        let known = !method.starts_with("notifications/tasks");
        match message.get("id") {
            Some(_) => ("JSONRPCRequest", Some(("ServerRequest", &message))),
            None => (
                "JSONRPCNotification",
                known.then_some(("ServerNotification", &message)),
            ),
        }
    } else if let Some(error) = message.get("error") {
        let envelope = if split {
            "JSONRPCErrorResponse"
        } else {
            "JSONRPCError"
        };
        let kind = match error["code"].as_i64() {
            Some(-32020) => "HeaderMismatchError",
            Some(-32021) => "MissingRequiredClientCapabilityError",
            Some(-32022) => "UnsupportedProtocolVersionError",
            _ => envelope,
        };
        let special = revision == MODERN && kind != envelope;
        (envelope, special.then_some((kind, &message)))
    } else {
        let envelope = if split {
            "JSONRPCResultResponse"
        } else {
            "JSONRPCResponse"
        };
        let result = &message["result"];
        (
            envelope,
            Some((definition(revision, asked, result), result)),
        )
    };
    let checks = [Some((envelope, &message)), part];
    checks.into_iter().flatten().find_map(|(name, value)| {
        let validator = validator(revision, name);
        let Some(validator) = validator.as_ref() else {
            return Some(format!("there is no `{name}` in this revision"));
        };
        let errors = validator.iter_errors(value);
        let told = errors.map(|error| format!("{name}{}: {error}", error.instance_path()));
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    })
}

/// The definition of the result of a method.
fn definition(revision: &str, asked: &str, result: &Value) -> &'static str {
    let modern = revision == MODERN;
    match result["resultType"].as_str() {
        Some("input_required") if modern => return "InputRequiredResult",
        Some("task") if modern => return "Result",
        _ => {}
    }
    match asked {
        "initialize" => "InitializeResult",
        "server/discover" => "DiscoverResult",
        "tools/list" => "ListToolsResult",
        "tools/call" => "CallToolResult",
        "resources/list" => "ListResourcesResult",
        "resources/templates/list" => "ListResourceTemplatesResult",
        "resources/read" => "ReadResourceResult",
        "prompts/list" => "ListPromptsResult",
        "prompts/get" => "GetPromptResult",
        "completion/complete" => "CompleteResult",
        "subscriptions/listen" => "SubscriptionsListenResult",
        "ping" | "logging/setLevel" | "resources/subscribe" | "resources/unsubscribe" => {
            "EmptyResult"
        }
        _ => "Result",
    }
}

/// The folder with the schemas. That there is none is said once.
fn folder() -> Option<PathBuf> {
    static TOLD: Once = Once::new();
    let folder = std::env::var_os(SCHEMAS).map(PathBuf::from);
    if folder.is_none() {
        TOLD.call_once(|| {
            // Not by a macro, whose output tests keep to themselves.
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: messages are not checked by their JSON schemas; `{SCHEMAS}` names no \
                 folder with them"
            );
        });
    }
    folder
}

/// The validator of a definition, made once; none if the revision has no such
/// definition.
fn validator(revision: &str, name: &str) -> Arc<Option<Validator>> {
    type Made = Mutex<HashMap<(String, String), Arc<Option<Validator>>>>;
    static MADE: OnceLock<Made> = OnceLock::new();
    let made = MADE.get_or_init(Made::default);
    let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (revision.to_owned(), name.to_owned());
    let validator = made.entry(key).or_insert_with(|| {
        let path = folder()
            .expect("it is named")
            .join(format!("{revision}.json"));
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{SCHEMAS}: {}: {error}", path.display()));
        let mut schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
        let parts = ["$defs", "definitions"];
        let part = parts.iter().find(|part| schema.get(**part).is_some());
        let part = part.expect("a schema has definitions");
        let known = schema[*part].get(name).is_some();
        schema["$ref"] = json!(format!("#/{part}/{name}"));
        let options = jsonschema::options().should_validate_formats(true);
        Arc::new(known.then(|| options.build(&schema).expect("a schema")))
    });
    Arc::clone(validator)
}

#[test]
fn what_is_not_valid_is_told() {
    let wrong = json!({ "jsonrpc": "2.0", "id": 1, "result": { "tools": [{ "name": 7 }] } });
    let right = json!({ "jsonrpc": "2.0", "id": 1, "result": {} });
    for revision in super::LEGACY_REVISIONS {
        if folder().is_some() {
            let told = complaint(revision, "tools/list", &wrong);
            assert!(
                told.is_some_and(|told| told.contains("/tools/0")),
                "{revision}"
            );
        }
        assert_eq!(complaint(revision, "ping", &right), None);
    }
    let none = json!({ "jsonrpc": "2.0", "id": 1, "method": 7 });
    assert!(complaint(MODERN, "", &none).is_some());
}
