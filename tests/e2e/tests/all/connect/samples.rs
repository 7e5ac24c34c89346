//! Settings of host programs, with other servers and comments in them.

/// Settings of a host program as people have them.
pub(super) struct Sample {
    pub(super) host: &'static str,
    /// The file, in the home folder or in the project.
    pub(super) file: &'static str,
    pub(super) project: bool,
    /// The member with the servers.
    pub(super) servers: &'static str,
    /// Whether an entry says `"type": "stdio"`.
    pub(super) typed: bool,
    pub(super) text: &'static str,
}

/// One of each file that a host program reads.
pub(super) const SAMPLES: &[Sample] = &[
    Sample {
        host: "claude-desktop",
        file: CLAUDE_DESKTOP,
        project: false,
        servers: "mcpServers",
        typed: false,
        text: "{\n  \"globalShortcut\": \"Alt+C\",\n  \"mcpServers\": {\n    \"filesystem\": {\n      \"command\": \"npx\",\n      \"args\": [\"-y\", \"@modelcontextprotocol/server-filesystem\", \"/tmp\"]\n    }\n  }\n}\n",
    },
    Sample {
        host: "claude-code",
        file: ".claude.json",
        project: false,
        servers: "mcpServers",
        typed: true,
        text: "{\n  \"numStartups\": 12,\n  \"projects\": { \"/x\": { \"mcpServers\": {} } },\n  \"oauthAccount\": {\"emailAddress\": \"someone@example.com\"}\n}",
    },
    Sample {
        host: "claude-code",
        file: ".mcp.json",
        project: true,
        servers: "mcpServers",
        typed: true,
        text: "{\"mcpServers\":{\"shared\":{\"type\":\"http\",\"url\":\"https://example.com/mcp\"}}}\n",
    },
    Sample {
        host: "cursor",
        file: ".cursor/mcp.json",
        project: false,
        servers: "mcpServers",
        typed: true,
        text: "{\r\n\t\"mcpServers\": {\r\n\t\t\"server-name\": {\r\n\t\t\t\"command\": \"npx\",\r\n\t\t\t\"env\": {\"API_KEY\": \"value\"}\r\n\t\t}\r\n\t}\r\n}\r\n",
    },
    Sample {
        host: "cursor",
        file: ".cursor/mcp.json",
        project: true,
        servers: "mcpServers",
        typed: true,
        text: "{ \"mcpServers\": {} }",
    },
    Sample {
        host: "vscode",
        file: VS_CODE,
        project: false,
        servers: "servers",
        typed: true,
        text: "\u{feff}{\n    // for all windows\n    \"inputs\": [\n        { \"type\": \"promptString\", \"id\": \"key\", \"password\": true },\n    ],\n    \"servers\": {\n        \"memory\": { \"command\": \"npx\", \"args\": [\"-y\", \"x\"] }, // keep\n        /* \"old\": {}, */\n    },\n}\n",
    },
    Sample {
        host: "vscode",
        file: ".vscode/mcp.json",
        project: true,
        servers: "servers",
        typed: true,
        text: "{\n\t\"servers\": {\n\t\t\"github\": {\n\t\t\t\"type\": \"http\",\n\t\t\t\"url\": \"https://api.githubcopilot.com/mcp\"\n\t\t}\n\t\t// more to come\n\t}\n}",
    },
    Sample {
        host: "zed",
        file: ZED,
        project: false,
        servers: "context_servers",
        typed: false,
        text: "// Zed settings\n//\n// see https://zed.dev/docs/configuring-zed\n{\n  \"theme\": { \"mode\": \"system\" }, // day and night\n  \"context_servers\": {\n    \"local-mcp-server\": {\n      \"command\": \"some-command\",\n      \"args\": [\"arg-1\", \"arg-2\"],\n      \"env\": {},\n    },\n  },\n  \"languages\": {},\n}\n",
    },
    Sample {
        host: "windsurf",
        file: ".codeium/windsurf/mcp_config.json",
        project: false,
        servers: "mcpServers",
        typed: false,
        text: "{\n  \"mcpServers\": {\n    \"github\": {\n      \"command\": \"docker\",\n      \"env\": { \"TOKEN\": \"a, b } // c\" }\n    }\n  }\n}\n",
    },
];

#[cfg(windows)]
const CLAUDE_DESKTOP: &str = "AppData/Roaming/Claude/claude_desktop_config.json";
#[cfg(windows)]
const VS_CODE: &str = "AppData/Roaming/Code/User/mcp.json";
#[cfg(windows)]
const ZED: &str = "AppData/Roaming/Zed/settings.json";
#[cfg(target_os = "macos")]
const CLAUDE_DESKTOP: &str = "Library/Application Support/Claude/claude_desktop_config.json";
#[cfg(target_os = "macos")]
const VS_CODE: &str = "Library/Application Support/Code/User/mcp.json";
#[cfg(not(any(windows, target_os = "macos")))]
const CLAUDE_DESKTOP: &str = ".config/Claude/claude_desktop_config.json";
#[cfg(not(any(windows, target_os = "macos")))]
const VS_CODE: &str = ".config/Code/User/mcp.json";
#[cfg(not(windows))]
const ZED: &str = ".config/zed/settings.json";
