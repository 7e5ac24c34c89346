//! What a call used: of its grants, and of the machine.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Serialize;

/// Hosts by method, and paths, that are listed of one call; of more the number
/// is.
const LISTED: usize = 32;
/// The longest host or path that is listed, in bytes; of a longer one, so much.
const LONGEST: usize = 256;

/// What a call has used so far, and in the end.
#[derive(Debug, Default)]
pub struct Uses(Mutex<Used>);

/// What a call used.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Used {
    /// Hosts that it made requests to, or tried to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    http: Vec<HttpUse>,
    /// Paths that it touched in its directories, or tried to, as it sees them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filesystem: Vec<PathUse>,
    /// What it did with its key-value store.
    #[serde(skip_serializing_if = "Attempts::is_none")]
    keyvalue: Attempts,
    /// Uses that are not listed above, since there were too many.
    #[serde(skip_serializing_if = "is_zero")]
    unlisted: u64,
    /// The fuel of the guest, if one ran.
    #[serde(skip)]
    pub fuel: Option<u64>,
    /// The most memory that the guest had, in bytes.
    #[serde(skip)]
    pub peak_memory: Option<u64>,
}

/// Requests of one method to one host.
#[derive(Clone, Debug, Serialize)]
struct HttpUse {
    method: String,
    /// As a grant names it: `api.example.com`, `http://localhost:8080`.
    host: String,
    #[serde(flatten)]
    attempts: Attempts,
}

#[derive(Clone, Debug, Serialize)]
struct PathUse {
    path: String,
    /// Whether it was changed, or opened to be.
    write: bool,
}

/// How often something was tried that was allowed, and that was not.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Attempts {
    allowed: u64,
    denied: u64,
}

impl Attempts {
    fn is_none(&self) -> bool {
        self.allowed == 0 && self.denied == 0
    }
}

impl Used {
    /// Whether it used nothing of its grants.
    pub fn is_empty(&self) -> bool {
        self.http.is_empty()
            && self.filesystem.is_empty()
            && self.keyvalue.is_none()
            && self.unlisted == 0
    }

    fn requests(&mut self, method: &str, host: &str) -> Option<&mut Attempts> {
        let (method, host) = (cut(method), cut(host));
        let mut known = self.http.iter_mut();
        let known = known.find(|known| known.method == method && known.host == host);
        known.map(|known| &mut known.attempts)
    }
}

impl Uses {
    /// Takes what there is, and leaves nothing.
    pub fn take(&self) -> Used {
        std::mem::take(&mut *self.lock())
    }

    /// An HTTP request that may be made, as far as is known.
    pub(super) fn http(&self, method: &str, host: &str) {
        let mut used = self.lock();
        if let Some(known) = used.requests(method, host) {
            known.allowed += 1;
        } else if used.http.len() < LISTED {
            used.http.push(HttpUse {
                method: cut(method).to_owned(),
                host: cut(host).to_owned(),
                attempts: Attempts {
                    allowed: 1,
                    denied: 0,
                },
            });
        } else {
            used.unlisted += 1;
        }
    }

    /// One of the requests has been refused.
    pub(super) fn http_denied(&self, method: &str, host: &str) {
        if let Some(known) = self.lock().requests(method, host) {
            known.allowed = known.allowed.saturating_sub(1);
            known.denied += 1;
        }
    }

    /// A path that was looked at or, with `write`, changed.
    pub(super) fn path(&self, path: &str, write: bool) {
        let mut used = self.lock();
        let path = cut(path);
        if let Some(known) = used.filesystem.iter_mut().find(|known| known.path == path) {
            known.write |= write;
        } else if used.filesystem.len() < LISTED {
            used.filesystem.push(PathUse {
                path: path.to_owned(),
                write,
            });
        } else {
            used.unlisted += 1;
        }
    }

    /// An operation on the key-value store.
    pub(super) fn keyvalue(&self, allowed: bool) {
        let attempts = &mut self.lock().keyvalue;
        if allowed {
            attempts.allowed += 1;
        } else {
            attempts.denied += 1;
        }
    }

    /// The guest has ended.
    pub(super) fn ended(&self, fuel: u64, peak_memory: u64) {
        let mut used = self.lock();
        used.fuel = Some(fuel);
        used.peak_memory = Some(peak_memory);
    }

    fn lock(&self) -> MutexGuard<'_, Used> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(LONGEST)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uses_are_counted_and_their_list_is_bounded() {
        let uses = Uses::default();
        uses.http("GET", "a.example");
        uses.http("GET", "a.example");
        uses.http_denied("GET", "a.example");
        uses.path("/notes/a", false);
        uses.path("/notes/a", true);
        for index in 0..100 {
            uses.path(&format!("/notes/{}/{index}", "ä".repeat(200)), false);
            uses.path(&format!("/notes/{index}"), false);
        }
        uses.keyvalue(true);
        let used = serde_json::to_value(uses.take()).expect("JSON");
        let counted = serde_json::json!(
            [{ "method": "GET", "host": "a.example", "allowed": 1, "denied": 1 }]
        );
        assert_eq!(used["http"], counted);
        assert_eq!(used["filesystem"][0]["path"], "/notes/a");
        assert_eq!(used["filesystem"][0]["write"], true);
        assert_eq!(used["filesystem"].as_array().map(Vec::len), Some(LISTED));
        // One long path stands for all that begin like it.
        assert_eq!(used["unlisted"], 100 - (LISTED as u64 - 2));
        assert_eq!(used["keyvalue"]["allowed"], 1);
        assert!(uses.take().is_empty());
    }
}
