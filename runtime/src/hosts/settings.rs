//! A host program's settings, read for the servers in them.

use std::io;
use std::path::{Path, PathBuf};

use jsonc_parser::ast::{Object, Value};
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::entry::{Entry, Json, Layout, nested};
use super::program::Program;
use super::splice::{self, Splice};

/// JSON with what editors allow in their settings: comments, and commas at the
/// end. The rest of what the parser could take is no JSON of anybody's.
const ACCEPTED: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: true,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Settings that cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum HostError {
    /// The file is there and cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is a link that leads nowhere.
    #[error("`{}` is a link to a file that is not there; nothing was changed", path.display())]
    Dangling {
        /// The link.
        path: PathBuf,
    },
    /// Its content is not what settings are.
    #[error("{}:{line}:{column}: {message}; nothing was changed", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong, and what would be accepted.
        message: String,
    },
    /// Another server has the name.
    #[error(
        "{}:{line}: server `{name}` is another one, which runs `{command}`; nothing was changed; \
         `--name` gives ours another name", path.display()
    )]
    Other {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The server's name.
        name: String,
        /// What it runs.
        command: String,
    },
    /// It is not what it was when the change was shown.
    #[error("`{}` was changed meanwhile; nothing was written, so run this again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written; the old content is still there.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A server that settings name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Its name.
    pub name: String,
    /// The program that is started for it; empty where it is none.
    pub command: String,
    /// The program's arguments.
    pub args: Vec<String>,
    /// The line in the file, from 1.
    pub line: usize,
}

/// The settings in a file.
pub(super) struct Settings<'t> {
    path: &'t Path,
    program: &'static Program,
    /// The whole text, with a byte order mark if there is one.
    text: &'t str,
    /// The text without it. All places are in this.
    body: &'t str,
    /// None for a text of blanks and comments.
    root: Option<Object<'t>>,
}

impl<'t> Settings<'t> {
    /// Reads settings; no bytes where there is no file.
    pub(super) fn parse(
        program: &'static Program,
        path: &'t Path,
        bytes: &'t [u8],
    ) -> Result<Self, HostError> {
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let message = "this byte is not UTF-8; accepted: JSON in UTF-8";
            content(path, &valid, valid.len(), message)
        })?;
        let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
        let parsed =
            parse_to_ast(body, &CollectOptions::default(), &ACCEPTED).map_err(|error| {
                let message = format!("this is not JSON: {}", error.kind());
                content(path, body, error.range().start, message)
            })?;
        let root = match parsed.value {
            None => None,
            Some(Value::Object(root)) => Some(root),
            Some(other) => {
                let message = format!("settings are {}; accepted: an object", kind(&other));
                return Err(content(path, body, other.range().start, message));
            }
        };
        Ok(Self {
            path,
            program,
            text,
            body,
            root,
        })
    }

    /// All servers, in their order.
    pub(super) fn servers(&self) -> Result<Vec<Server>, HostError> {
        let servers = self.list()?.into_iter().flat_map(|list| &list.properties);
        Ok(servers
            .map(|member| {
                let fields = member.value.as_object();
                let command = fields.and_then(|fields| fields.get_string("command"));
                let args = fields.and_then(|fields| fields.get_array("args"));
                let args = args.into_iter().flat_map(|args| &args.elements);
                let args = args.filter_map(|arg| Some(arg.as_string_lit()?.value.to_string()));
                Server {
                    name: member.name.as_str().to_owned(),
                    command: command.map_or_else(String::new, |text| text.value.to_string()),
                    args: args.collect(),
                    line: place(self.body, member.range.start).0,
                }
            })
            .collect())
    }

    /// What puts the entry in, where nothing has its name.
    pub(super) fn put_in(&self, name: &str, entry: &Entry) -> Result<Vec<Splice>, HostError> {
        let value = entry.json(self.program);
        let servers = self.program.servers;
        let Some(root) = &self.root else {
            let layout = Layout {
                newline: "\n",
                step: "  ",
            };
            let document = nested(servers, name, value).pretty("", layout);
            let open_line = !self.body.is_empty() && !self.body.ends_with('\n');
            let before = if open_line { "\n" } else { "" };
            let end = self.body.len();
            return Ok(vec![Splice::new(end..end, format!("{before}{document}\n"))]);
        };
        let layout = splice::layout(self.body, root);
        Ok(match self.list()? {
            Some(list) => splice::add_member(self.body, list, layout, name, &value),
            None => {
                let list = Json::Object(vec![(name.to_owned(), value)]);
                splice::add_member(self.body, root, layout, servers, &list)
            }
        })
    }

    /// What gives the entry that has the name this command and these arguments;
    /// what else it says stays.
    pub(super) fn update(&self, name: &str, entry: &Entry) -> Result<Vec<Splice>, HostError> {
        let (Some(root), Some(list)) = (&self.root, self.list()?) else {
            return Ok(Vec::new());
        };
        let member = splice::position(list, name).map(|index| &list.properties[index]);
        let Some(fields) = member.and_then(|member| member.value.as_object()) else {
            return Ok(Vec::new());
        };
        let layout = splice::layout(self.body, root);
        let set =
            |field: &str, value: Json| splice::set_member(self.body, fields, layout, field, &value);
        let mut splices = set("command", Json::Text(entry.command.clone()));
        splices.extend(set("args", Json::Texts(entry.args.clone())));
        splices.sort_by_key(|splice| splice.at.start);
        Ok(splices)
    }

    /// What takes the entry of this name out.
    pub(super) fn take_out(&self, name: &str) -> Result<Vec<Splice>, HostError> {
        let list = self.list()?;
        let found = list.and_then(|list| Some((list, splice::position(list, name)?)));
        Ok(found.map_or_else(Vec::new, |(list, index)| {
            splice::remove_member(self.body, list, index)
        }))
    }

    /// The whole text with these changes.
    pub(super) fn with(&self, splices: &[Splice]) -> String {
        let mark = &self.text[..self.text.len() - self.body.len()];
        format!("{mark}{}", splice::spliced(self.body, splices))
    }

    /// Changes as people read them: lines that go, lines that come, and where.
    pub(super) fn shown(&self, splices: &[Splice]) -> String {
        let mut shown = String::new();
        for splice in splices {
            let gone = &self.body[splice.at.clone()];
            if matches!((gone, splice.text.as_str()), (",", "") | ("", ",")) {
                continue;
            }
            let blanks = gone.len() - gone.trim_start().len();
            let line = match gone.is_empty() {
                // A new line begins below the one that it is put behind.
                true => place(self.body, splice.at.start).0 + usize::from(!self.body.is_empty()),
                false => place(self.body, splice.at.start + blanks).0,
            };
            shown.push_str(&format!("@@ line {line} @@\n"));
            for (sign, text) in [('-', gone), ('+', splice.text.as_str())] {
                let text = text.trim_start_matches([',', '\r', '\n']).trim_end();
                for line in text.lines() {
                    shown.push_str(&format!("{sign} {line}\n"));
                }
            }
        }
        shown
    }

    /// The object with the servers, if there is one.
    fn list(&self) -> Result<Option<&Object<'t>>, HostError> {
        let servers = self.program.servers;
        let Some(root) = &self.root else {
            return Ok(None);
        };
        let Some(index) = splice::position(root, servers) else {
            return Ok(None);
        };
        match &root.properties[index].value {
            Value::Object(list) => Ok(Some(list)),
            other => {
                let message = format!("`{servers}` is {}; accepted: an object", kind(other));
                Err(content(self.path, self.body, other.range().start, message))
            }
        }
    }
}

fn kind(value: &Value<'_>) -> &'static str {
    match value {
        Value::StringLit(_) => "a string",
        Value::NumberLit(_) => "a number",
        Value::BooleanLit(_) => "a boolean",
        Value::Object(_) => "an object",
        Value::Array(_) => "an array",
        Value::NullKeyword(_) => "null",
    }
}

fn content(path: &Path, text: &str, offset: usize, message: impl Into<String>) -> HostError {
    let (line, column) = place(text, offset);
    HostError::Content {
        path: path.to_owned(),
        line,
        column,
        message: message.into(),
    }
}

/// Line and column of a byte offset, both from 1.
fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.matches('\n').count() + 1;
    (line, before[start..].chars().count() + 1)
}
