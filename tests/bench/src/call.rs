//! The calls that are measured, as clients of either era write them.

use std::io::Write as _;

/// Which revisions a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Era {
    /// 2026-07-28: each request stands alone.
    Modern,
    /// 2025-06-18: a handshake comes first.
    Legacy,
}

/// A call, and what its answer has in it.
pub(crate) struct Call {
    pub(crate) tool: &'static str,
    arguments: &'static str,
    pub(crate) answer: &'static str,
}

/// Gives back 32 bytes.
pub(crate) const ECHO: Call = Call {
    tool: "echo",
    arguments: r#"{"text":"hello from the other side of it."}"#,
    answer: "hello from the other side of it.",
};

/// Parses JSON and counts words in a map.
pub(crate) const COUNT: Call = Call {
    tool: "count",
    arguments: r#"{"text":"{\"words\":[\"one\",\"two\",\"three\",\"two\",\"one\",\"two\",\"four\",\"five\"]}"}"#,
    answer: r#"\"two\":3"#,
};

/// Waits, for longer than it takes to have many of them in flight.
pub(crate) const SLEEP: Call = Call {
    tool: "sleep",
    arguments: r#"{"ms":1500}"#,
    answer: "slept",
};

/// The handshake of the older era; it has the id 0, as [`DISCOVER`] has.
pub(crate) const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","#,
    r#""capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#
);

/// What a client says after the handshake.
pub(crate) const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// What a client of the newer era may begin with.
pub(crate) const DISCOVER: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"server/discover","params":{"_meta":"#,
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientCapabilities":{}}}}"#
);

/// What the answers to [`INITIALIZE`] and [`DISCOVER`] have in them.
pub(crate) const GREETED: &str = "serverInfo";

impl Call {
    /// Writes the request, of a tool with this in front of its name.
    pub(crate) fn write_to(&self, out: &mut Vec<u8>, id: u64, prefix: &str, era: Era) {
        let meta = match era {
            Era::Modern => concat!(
                r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
                r#""io.modelcontextprotocol/clientCapabilities":{}}"#
            ),
            Era::Legacy => "",
        };
        let Self {
            tool, arguments, ..
        } = self;
        // Writing into memory cannot fail.
        let _ = write!(
            out,
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{prefix}{tool}","arguments":{arguments}{meta}}}}}"#
        );
    }
}
