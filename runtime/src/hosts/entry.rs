//! What a host program's settings say of a server of ours.

use super::program::Program;

/// How the server is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The program, by its absolute path.
    pub command: String,
    /// Its arguments.
    pub args: Vec<String>,
}

/// A value of JSON, as far as entries need it.
#[derive(Debug, Clone)]
pub(super) enum Json {
    Text(String),
    Texts(Vec<String>),
    Object(Vec<(String, Json)>),
}

/// How lines are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout<'a> {
    /// What ends a line.
    pub(super) newline: &'a str,
    /// One step of indentation.
    pub(super) step: &'a str,
}

/// Whether a command is this program, wherever and whichever version.
pub fn is_ours(command: &str) -> bool {
    let file = command.rsplit(['/', '\\']).next().unwrap_or_default();
    let file = file.to_ascii_lowercase();
    let name = file.strip_suffix(".exe").unwrap_or(&file);
    name == "portcullis" || name.starts_with("portcullis-")
}

impl Entry {
    /// The entry as a program has it.
    pub(super) fn json(&self, program: &Program) -> Json {
        let mut members = Vec::new();
        if program.typed {
            members.push(("type".to_owned(), Json::Text("stdio".to_owned())));
        }
        members.push(("command".to_owned(), Json::Text(self.command.clone())));
        members.push(("args".to_owned(), Json::Texts(self.args.clone())));
        Json::Object(members)
    }

    /// Settings with nothing but the entry.
    pub fn snippet(&self, program: &Program, name: &str) -> String {
        let layout = Layout {
            newline: "\n",
            step: "  ",
        };
        nested(program.servers, name, self.json(program)).pretty("", layout) + "\n"
    }
}

/// `{ servers: { name: value } }`
pub(super) fn nested(servers: &str, name: &str, value: Json) -> Json {
    let inner = Json::Object(vec![(name.to_owned(), value)]);
    Json::Object(vec![(servers.to_owned(), inner)])
}

impl Json {
    /// On lines of its own; the first goes on where it is put, the others begin
    /// with `indent`.
    pub(super) fn pretty(&self, indent: &str, layout: Layout<'_>) -> String {
        let Json::Object(members) = self else {
            return self.compact();
        };
        let Layout { newline, step } = layout;
        let inner = format!("{indent}{step}");
        let members: Vec<String> = members
            .iter()
            .map(|(name, value)| {
                format!("{inner}{}: {}", quoted(name), value.pretty(&inner, layout))
            })
            .collect();
        format!(
            "{{{newline}{}{newline}{indent}}}",
            members.join(&format!(",{newline}"))
        )
    }

    /// On one line.
    pub(super) fn compact(&self) -> String {
        match self {
            Json::Text(text) => quoted(text),
            Json::Texts(texts) => {
                let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
                format!("[{}]", texts.join(", "))
            }
            Json::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|(name, value)| format!("{}: {}", quoted(name), value.compact()))
                    .collect();
                format!("{{{}}}", members.join(", "))
            }
        }
    }
}

pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_of_ours_are_recognised() {
        for ours in [
            "portcullis",
            "/usr/bin/portcullis",
            r"C:\Program Files\Portcullis\portcullis.exe",
            "./portcullis-0.2.0",
        ] {
            assert!(is_ours(ours), "{ours}");
        }
        for other in [
            "",
            "npx",
            "/opt/portcullis/bin/node",
            "portcullised",
            "portcullis/",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
