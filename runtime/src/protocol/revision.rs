//! The revisions of the protocol, oldest first.

use std::fmt;
use std::str::FromStr;

/// A published revision of the protocol. Ordered by date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Revision {
    /// 2024-11-05: the first.
    V2024_11_05,
    /// 2025-03-26: tool annotations, audio, batches, completions capability.
    V2025_03_26,
    /// 2025-06-18: titles, structured results, resource links; no batches.
    V2025_06_18,
    /// 2025-11-25: icons, URL elicitation, tasks (experimental).
    V2025_11_25,
    /// 2026-07-28: stateless; each request says what a session used to say.
    V2026_07_28,
}

impl Revision {
    /// All that this runtime speaks, newest first: the order in which
    /// `server/discover` names them.
    pub const ALL: [Revision; 5] = [
        Revision::V2026_07_28,
        Revision::V2025_11_25,
        Revision::V2025_06_18,
        Revision::V2025_03_26,
        Revision::V2024_11_05,
    ];

    /// What an `initialize` that asks for something unknown is answered with.
    pub const LATEST_LEGACY: Revision = Revision::V2025_11_25;

    /// The name on the wire, such as `2026-07-28`.
    pub fn as_str(self) -> &'static str {
        match self {
            Revision::V2024_11_05 => "2024-11-05",
            Revision::V2025_03_26 => "2025-03-26",
            Revision::V2025_06_18 => "2025-06-18",
            Revision::V2025_11_25 => "2025-11-25",
            Revision::V2026_07_28 => "2026-07-28",
        }
    }

    /// Whether each request carries its own metadata, with no session.
    pub fn is_modern(self) -> bool {
        self >= Revision::V2026_07_28
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The revision asked for is none of [`Revision::ALL`].
#[derive(Debug, thiserror::Error)]
#[error("unknown protocol revision")]
pub struct UnknownRevision;

impl FromStr for Revision {
    type Err = UnknownRevision;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Revision::ALL
            .into_iter()
            .find(|revision| revision.as_str() == text)
            .ok_or(UnknownRevision)
    }
}
