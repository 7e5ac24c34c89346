//! What a line says.

use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::config::AuditedArguments;
use crate::package::Digest;
use crate::policy::is_hidden;
use crate::wasm::Used;

/// What is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A tool, by its name.
    Tool,
    /// A resource, by its URI.
    Resource,
    /// A prompt, by its name.
    Prompt,
    /// The completion of an argument of a prompt or a resource template.
    Completion,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It was answered.
    #[default]
    Ok,
    /// The tool's own error, or arguments that break its schema.
    ToolError,
    /// The request was refused: an unknown name, unusable parameters.
    RequestError,
    /// The plugin crashed or reached a limit, or the runtime failed.
    Failure,
    /// By the client, which may also have gone away, or by the runtime's end.
    Cancelled,
    /// The client has to answer questions and call again.
    InputRequired,
    /// It goes on as a task, whose end is a line of its own.
    Task,
}

impl Outcome {
    /// The names of all, as they stand in lines.
    pub const NAMES: [&str; 7] = [
        "ok",
        "tool-error",
        "request-error",
        "failure",
        "cancelled",
        "input-required",
        "task",
    ];
}

/// What is kept of a call's arguments.
#[derive(Debug, Default)]
pub enum Arguments {
    /// Nothing, or there were none.
    #[default]
    None,
    /// The digest of their bytes.
    Digest(Digest),
    /// All of them.
    Full(Box<RawValue>),
}

impl Arguments {
    /// What the admin wants kept of these.
    pub(super) fn of(arguments: &str, wanted: AuditedArguments) -> Self {
        match wanted {
            AuditedArguments::None => Self::None,
            AuditedArguments::Digest => Self::Digest(Digest::of(arguments.as_bytes())),
            AuditedArguments::Full => {
                RawValue::from_string(arguments.to_owned()).map_or(Self::None, Self::Full)
            }
        }
    }

    fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Digest(digest) => Some(digest),
            _ => None,
        }
    }

    fn full(&self) -> Option<&RawValue> {
        match self {
            Self::Full(arguments) => Some(arguments),
            _ => None,
        }
    }
}

/// A call that has ended, or become a task.
pub struct Call<'a> {
    /// When it came.
    pub time: SystemTime,
    /// Who made it.
    pub principal: &'a str,
    /// What was called.
    pub kind: Kind,
    /// Its name or URI, as the client gave it.
    pub name: &'a str,
    /// Whose it is: name, version and component; none where nothing of that
    /// name is offered.
    pub plugin: Option<(&'a str, &'a str, Digest)>,
    /// What it was called with.
    pub arguments: &'a Arguments,
    /// The task that it has become, or was.
    pub task: Option<&'a str>,
    /// How it ended.
    pub outcome: Outcome,
    /// The error's code, where the request was refused.
    pub code: Option<i64>,
    /// The limit that was reached.
    pub limit: Option<&'a str>,
    /// How long it took.
    pub duration: Duration,
    /// What the guest used, if one ran.
    pub used: Used,
}

impl Serialize for Call<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line<'a> {
            time: Time,
            event: &'static str,
            principal: &'a str,
            kind: Kind,
            name: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            plugin: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            version: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            component: Option<Digest>,
            #[serde(skip_serializing_if = "Option::is_none")]
            arguments_digest: Option<&'a Digest>,
            #[serde(skip_serializing_if = "Option::is_none")]
            arguments: Option<&'a RawValue>,
            #[serde(skip_serializing_if = "Option::is_none")]
            task: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            uses: Option<&'a Used>,
            outcome: Outcome,
            #[serde(skip_serializing_if = "Option::is_none")]
            code: Option<i64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            limit: Option<&'a str>,
            duration_ms: f64,
            #[serde(skip_serializing_if = "Option::is_none")]
            fuel: Option<u64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            peak_memory: Option<u64>,
        }
        let (plugin, version, component) = match self.plugin {
            Some((name, version, component)) => (Some(name), Some(version), Some(component)),
            None => (None, None, None),
        };
        Line {
            time: Time(self.time),
            event: "call",
            principal: self.principal,
            kind: self.kind,
            name: self.name,
            plugin,
            version,
            component,
            arguments_digest: self.arguments.digest(),
            arguments: self.arguments.full(),
            task: self.task,
            uses: (!self.used.is_empty()).then_some(&self.used),
            outcome: self.outcome,
            code: self.code,
            limit: self.limit,
            duration_ms: self.duration.as_micros() as f64 / 1e3,
            fuel: self.used.fuel,
            peak_memory: self.used.peak_memory,
        }
        .serialize(serializer)
    }
}

/// A change of what one plugin is granted, or of the component it is granted to.
#[derive(Serialize)]
pub struct GrantChange<'a> {
    pub(super) time: Time,
    pub(super) event: &'static str,
    pub(super) principal: &'a str,
    /// `added`, `changed` or `removed`.
    pub(super) change: &'static str,
    pub(super) plugin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) component: Option<Digest>,
    /// Whether it is served.
    pub(super) enabled: bool,
    /// What it is granted now and was not before.
    pub(super) granted: Vec<&'a str>,
    /// What it was granted before and is not now.
    pub(super) revoked: Vec<&'a str>,
}

/// What a user has said of something that a plugin asked for while it ran.
#[derive(Serialize)]
pub(super) struct ConsentLine<'a> {
    pub(super) time: Time,
    pub(super) event: &'static str,
    pub(super) principal: &'a str,
    pub(super) plugin: &'a str,
    /// As the `--grant` flag would give it.
    pub(super) asked: &'a str,
    /// `once`, `always`, `never` or `declined`.
    pub(super) answer: &'static str,
}

/// A place at which lines are missing, since they could not be written.
#[derive(Serialize)]
pub(super) struct Gap {
    pub(super) time: Time,
    pub(super) event: &'static str,
    pub(super) lines: u64,
}

impl Gap {
    pub(super) fn of(lines: u64) -> Self {
        Gap {
            time: Time(SystemTime::now()),
            event: "gap",
            lines,
        }
    }
}

/// A time in RFC 3339, with milliseconds.
pub(super) struct Time(pub(super) SystemTime);

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_rfc3339_millis(self.0))
    }
}

/// A line with its end.
pub(super) fn rendered(line: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(640);
    serde_json::to_writer(&mut bytes, line).expect("its keys are strings, and memory takes it");
    // With no way out before the end, it takes many bytes at a time.
    let is_plain = |plain, byte: &u8| plain & (b' '..=b'~').contains(byte);
    if !bytes.iter().fold(true, is_plain) {
        bytes = visible(bytes);
    }
    bytes.push(b'\n');
    bytes
}

/// The same JSON on one line, with every character escaped that cannot be seen.
/// In JSON only strings hold such characters, but for white space between values,
/// which arguments may bring with them.
fn visible(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    let mut out = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if matches!(c, '\n' | '\r' | '\t') {
            out.push(' ');
        } else if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_line_is_one_visible_line_of_the_same_json() {
        let text = "{\n\t\"a\": \"\u{9b}2J \u{202e} \u{e0041} ä\u{7f}\", \"b\": \"\\n\"\r\n}";
        let raw = RawValue::from_string(text.to_owned()).expect("JSON");
        let line = String::from_utf8(rendered(&raw)).expect("UTF-8");
        let (line, end) = line.split_at(line.len() - 1);
        assert_eq!(end, "\n");
        assert!(!line.chars().any(is_hidden), "{line}");
        assert!(line.contains("ä"), "what can be seen stays: {line}");
        let parsed = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
        assert_eq!(parsed(line), parsed(text));
    }

    #[test]
    fn every_outcome_has_its_name() {
        let all = [
            Outcome::Ok,
            Outcome::ToolError,
            Outcome::RequestError,
            Outcome::Failure,
            Outcome::Cancelled,
            Outcome::InputRequired,
            Outcome::Task,
        ];
        let names = all.map(|outcome| serde_json::to_value(outcome).expect("a name"));
        assert_eq!(names, Outcome::NAMES.map(Value::from));
    }
}
