//! What users allow plugins while they run, recorded and kept.
//!
//! An answer for good goes into the admin's config, as if the admin had granted
//! it, and comes into force with it; every answer is a line of the audit log.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::live::Live;
use super::{GrantChange, GrantError, Grants, chain};
use crate::audit::Author;
use crate::policy::{Grant, GrantFlag};
use crate::wasm::{Decision, Verdict};

/// An answer that was dealt with, and who waits for that.
pub(super) struct Kept {
    /// Whether the config is another now.
    pub(super) changed: bool,
    /// Told once what has changed is in force.
    waiting: oneshot::Sender<bool>,
    recorded: bool,
}

impl Kept {
    pub(super) fn tell(self) {
        // Its call may have ended meanwhile.
        let _ = self.waiting.send(self.recorded);
    }
}

impl Live {
    /// Records an answer, and keeps it if it is one for good.
    pub(super) async fn keep(self: Arc<Self>, decision: Decision) -> Kept {
        let dealing = tokio::task::spawn_blocking(move || {
            let (recorded, changed) = self.keep_now(&decision);
            Kept {
                changed,
                waiting: decision.recorded,
                recorded,
            }
        });
        match dealing.await {
            Ok(kept) => kept,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// Whether the answer is recorded, and whether the config is another.
    fn keep_now(&self, decision: &Decision) -> (bool, bool) {
        let Decision {
            plugin,
            principal,
            asked,
            never,
            verdict,
            ..
        } = decision;
        let answer = match verdict {
            Verdict::Once => "once",
            Verdict::Always => "always",
            Verdict::Never => "never",
            Verdict::Declined => "declined",
        };
        tracing::info!("plugin `{plugin}` asked for {asked}: {answer}, says {principal}");
        let recorded = self
            .audit
            .consent(principal, plugin, &asked.to_string(), answer);
        if let Err(error) = recorded {
            tracing::error!(
                "an answer cannot be recorded, and does not count: {}",
                chain(&error)
            );
            return (false, false);
        }
        let lasting = match verdict {
            Verdict::Always => asked,
            Verdict::Never => never,
            Verdict::Once | Verdict::Declined => return (true, false),
        };
        // What cannot be kept holds for this call all the same: it was answered.
        let kept = self.grant(plugin, lasting.clone(), principal);
        if let Err(error) = &kept {
            tracing::error!(
                "an answer cannot be kept, and is asked for again: {}",
                chain(error)
            );
        }
        (true, kept.is_ok())
    }

    fn grant(&self, plugin: &str, flag: GrantFlag, principal: &str) -> Result<(), GrantError> {
        let grants = Grants {
            locations: &self.locations,
            store: &self.store,
            audit: &self.audit,
        };
        let change = GrantChange {
            granted: Grant::of([flag]),
            ..GrantChange::default()
        };
        grants.change(plugin, &change, Author::User(principal))?;
        Ok(())
    }
}
