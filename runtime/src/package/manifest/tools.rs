//! `[tools.NAME]`: what the author says of a tool beside its description.
//!
//! Asks for nothing. Whether the plugin has such a tool is known when it is
//! installed, and not here.

use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Serialize, Serializer};

use crate::{
    package::document::Fields,
    policy::{Invalid, check_text, quoted},
};

/// The longest name in characters.
const MAX_NAME: usize = 64;
/// What `task` may be, for messages.
const TASK_ACCEPTED: &str = "optional, required, never";

/// What a manifest says of one tool. It wins over what the component's own
/// description says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolMark {
    /// Whether a call of it becomes a task.
    pub task: TaskMark,
}

/// Whether a call of a tool becomes a task: the client gets a handle at once
/// and comes back for the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskMark {
    /// For clients that can come back; the others wait for the result.
    Optional,
    /// For clients that can come back; the others cannot call it.
    Required,
    /// For nobody.
    Never,
}

impl TaskMark {
    /// `optional`, `required` or `never`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Optional => "optional",
            Self::Required => "required",
            Self::Never => "never",
        }
    }
}

impl FromStr for TaskMark {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "optional" => Ok(Self::Optional),
            "required" => Ok(Self::Required),
            "never" => Ok(Self::Never),
            _ => Err(Invalid::new(
                format!("{} does not say when it is a task", quoted(text)),
                TASK_ACCEPTED,
            )),
        }
    }
}

impl fmt::Display for TaskMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for TaskMark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Reads `[tools.NAME]`; what is wrong is reported.
pub(super) fn read_tools(root: &Fields<'_>) -> BTreeMap<String, ToolMark> {
    let Some(tables) = root.get("tools").and_then(|value| value.fields()) else {
        return BTreeMap::new();
    };
    let entries = tables.named_entries(|name| check_text(name, MAX_NAME));
    entries
        .iter()
        .filter_map(|entry| {
            let table = entry.fields()?;
            let task = table.required("task", TASK_ACCEPTED);
            table.finish();
            let task = task?.parse(TASK_ACCEPTED)?;
            Some((entry.key().to_owned(), ToolMark { task }))
        })
        .collect()
}
