//! The host programs that are known, and where each keeps its servers.
//!
//! | program | file | for a project | servers in |
//! |---|---|---|---|
//! | Claude Desktop | `Claude/claude_desktop_config.json` in the folder of settings | | `mcpServers` |
//! | Claude Code | `~/.claude.json`, or in `$CLAUDE_CONFIG_DIR` | `.mcp.json` | `mcpServers` |
//! | Cursor | `~/.cursor/mcp.json` | `.cursor/mcp.json` | `mcpServers` |
//! | VS Code | `Code/User/mcp.json` in the folder of settings | `.vscode/mcp.json` | `servers` |
//! | Zed | `zed/settings.json` in `~/.config`, on Windows `Zed` in `%APPDATA%` | | `context_servers` |
//! | Windsurf | `~/.codeium/windsurf/mcp_config.json` | | `mcpServers` |
//!
//! The folder of settings is `~/.config` (or `$XDG_CONFIG_HOME`), on macOS
//! `~/Library/Application Support`, on Windows `%APPDATA%`.
//!
//! Sources: "Connect to local MCP servers" (modelcontextprotocol.io) and, for Linux,
//! "claude_desktop_config.json: Complete Guide" (claudecodeguides.com);
//! code.claude.com/docs/en/mcp, by "How to add an MCP server to Claude Code"
//! (developersdigest.tech) and "claude mcp add --scope" (dev.to); cursor.com/docs/mcp, by
//! "How to Connect MCP Servers to Cursor" (mcpbundles.com); "MCP configuration
//! reference" (code.visualstudio.com), whose table has `type` as required; "Model
//! Context Protocol" and "Configuring Zed" (zed.dev/docs);
//! docs.windsurf.com/windsurf/cascade/mcp, by "Windsurf Integration" (glama.ai).

use std::path::{Path, PathBuf};

use crate::locations::{Platform, UserFolders};

/// A host program.
#[derive(Debug)]
pub struct Program {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// The member of its settings that has the servers.
    pub servers: &'static str,
    /// Whether a server says by `"type": "stdio"` how it is spoken to.
    pub(super) typed: bool,
    /// What its user has to do before it looks at its settings again.
    pub afterwards: &'static str,
    id: Id,
}

/// For whom a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The user, wherever they work.
    User,
    /// Whoever works on the project in the working folder.
    Project,
}

/// What the places of settings depend on.
#[derive(Debug, Clone)]
pub struct Machine {
    /// The user's folders.
    pub folders: UserFolders,
    /// Where Claude Code keeps what is the user's, if they say so.
    pub claude_config: Option<PathBuf>,
    /// The folder of the project.
    pub project: PathBuf,
}

#[derive(Debug, Clone, Copy)]
enum Id {
    ClaudeDesktop,
    ClaudeCode,
    Cursor,
    VsCode,
    Zed,
    Windsurf,
}

/// All that are known.
pub const PROGRAMS: &[Program] = &[
    Program {
        name: "claude-desktop",
        title: "Claude Desktop",
        servers: "mcpServers",
        typed: false,
        afterwards: "quit Claude Desktop and start it again",
        id: Id::ClaudeDesktop,
    },
    Program {
        name: "claude-code",
        title: "Claude Code",
        servers: "mcpServers",
        typed: true,
        afterwards: "the next session of Claude Code sees it",
        id: Id::ClaudeCode,
    },
    Program {
        name: "cursor",
        title: "Cursor",
        servers: "mcpServers",
        typed: true,
        afterwards: "restart Cursor",
        id: Id::Cursor,
    },
    Program {
        name: "vscode",
        title: "VS Code",
        servers: "servers",
        typed: true,
        afterwards: "`MCP: List Servers` in VS Code shows it",
        id: Id::VsCode,
    },
    Program {
        name: "zed",
        title: "Zed",
        servers: "context_servers",
        typed: false,
        afterwards: "Zed sees it at once",
        id: Id::Zed,
    },
    Program {
        name: "windsurf",
        title: "Windsurf",
        servers: "mcpServers",
        typed: false,
        afterwards: "refresh the MCP servers in Windsurf's settings",
        id: Id::Windsurf,
    },
];

impl Machine {
    /// This one; none for a user without a home folder.
    pub fn this() -> Option<Self> {
        let set = std::env::var_os("CLAUDE_CONFIG_DIR").filter(|value| !value.is_empty());
        Some(Self {
            folders: UserFolders::find()?,
            claude_config: set.map(PathBuf::from),
            project: std::env::current_dir().ok()?,
        })
    }
}

impl Program {
    /// The program of this name.
    pub fn named(name: &str) -> Option<&'static Program> {
        PROGRAMS.iter().find(|program| program.name == name)
    }

    /// The file with the servers of a scope; none where there is no such scope.
    pub fn file(&self, machine: &Machine, scope: Scope) -> Option<PathBuf> {
        match scope {
            Scope::User => Some(self.user_file(machine)),
            Scope::Project => self
                .project_file()
                .map(|parts| below(&machine.project, parts)),
        }
    }

    /// Whether the program was used here: on this machine, or in this project.
    pub fn is_here(&self, machine: &Machine, scope: Scope) -> bool {
        let Some(file) = self.file(machine, scope) else {
            return false;
        };
        let folder = match (self.id, scope) {
            // Its settings lie in folders that are there without it.
            (Id::ClaudeCode, Scope::Project) => return file.exists(),
            (Id::ClaudeCode, Scope::User) => match &machine.claude_config {
                Some(folder) => folder.clone(),
                None => machine.folders.home.join(".claude"),
            },
            _ => file.parent().map(Path::to_owned).unwrap_or_default(),
        };
        file.exists() || folder.is_dir()
    }

    fn user_file(&self, machine: &Machine) -> PathBuf {
        let UserFolders {
            platform,
            home,
            config,
        } = &machine.folders;
        match self.id {
            Id::ClaudeDesktop => below(config, &["Claude", "claude_desktop_config.json"]),
            Id::ClaudeCode => {
                let folder = machine.claude_config.as_deref().unwrap_or(home);
                folder.join(".claude.json")
            }
            Id::Cursor => below(home, &[".cursor", "mcp.json"]),
            Id::VsCode => below(config, &["Code", "User", "mcp.json"]),
            Id::Zed => match platform {
                Platform::Xdg => below(config, &["zed", "settings.json"]),
                Platform::MacOs => below(home, &[".config", "zed", "settings.json"]),
                Platform::Windows => below(config, &["Zed", "settings.json"]),
            },
            Id::Windsurf => below(home, &[".codeium", "windsurf", "mcp_config.json"]),
        }
    }

    fn project_file(&self) -> Option<&'static [&'static str]> {
        match self.id {
            Id::ClaudeCode => Some(&[".mcp.json"]),
            Id::Cursor => Some(&[".cursor", "mcp.json"]),
            Id::VsCode => Some(&[".vscode", "mcp.json"]),
            Id::ClaudeDesktop | Id::Zed | Id::Windsurf => None,
        }
    }
}

fn below(folder: &Path, parts: &[&str]) -> PathBuf {
    parts
        .iter()
        .fold(folder.to_owned(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(platform: Platform, config: &str, scope: Scope) -> Vec<String> {
        let machine = Machine {
            folders: UserFolders {
                platform,
                home: "home".into(),
                config: config.into(),
            },
            claude_config: None,
            project: "project".into(),
        };
        let files = PROGRAMS
            .iter()
            .filter_map(|program| program.file(&machine, scope));
        files
            .map(|file| file.display().to_string().replace('\\', "/"))
            .collect()
    }

    #[test]
    fn files_of_each_platform() {
        assert_eq!(
            files(Platform::Xdg, "home/.config", Scope::User),
            [
                "home/.config/Claude/claude_desktop_config.json",
                "home/.claude.json",
                "home/.cursor/mcp.json",
                "home/.config/Code/User/mcp.json",
                "home/.config/zed/settings.json",
                "home/.codeium/windsurf/mcp_config.json",
            ]
        );
        assert_eq!(
            files(
                Platform::MacOs,
                "home/Library/Application Support",
                Scope::User
            ),
            [
                "home/Library/Application Support/Claude/claude_desktop_config.json",
                "home/.claude.json",
                "home/.cursor/mcp.json",
                "home/Library/Application Support/Code/User/mcp.json",
                "home/.config/zed/settings.json",
                "home/.codeium/windsurf/mcp_config.json",
            ]
        );
        assert_eq!(
            files(Platform::Windows, "home/AppData/Roaming", Scope::User),
            [
                "home/AppData/Roaming/Claude/claude_desktop_config.json",
                "home/.claude.json",
                "home/.cursor/mcp.json",
                "home/AppData/Roaming/Code/User/mcp.json",
                "home/AppData/Roaming/Zed/settings.json",
                "home/.codeium/windsurf/mcp_config.json",
            ]
        );
    }

    #[test]
    fn files_of_a_project() {
        assert_eq!(
            files(Platform::Xdg, "config", Scope::Project),
            [
                "project/.mcp.json",
                "project/.cursor/mcp.json",
                "project/.vscode/mcp.json"
            ]
        );
    }
}
