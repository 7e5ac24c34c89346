//! Plugins that are asked again what they offer, each in its own time: one that
//! takes long, or that changes for ever, keeps nobody from anything.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::live::Live;
use crate::wasm::Change;

/// After it was asked, a plugin is left alone for so many times as long as that
/// took.
const REST: u32 = 9;

pub(super) struct Renewals {
    live: Arc<Live>,
    steps: JoinSet<Step>,
    plugins: HashMap<String, Renewal>,
}

/// Where a plugin stands that was asked, or is being asked.
#[derive(Default)]
struct Renewal {
    /// What is told when it has answered.
    changes: HashSet<Change>,
    /// What has changed since it was asked.
    again: HashSet<Change>,
}

enum Step {
    Asked(String, Duration),
    Rested(String),
}

impl Renewals {
    pub(super) fn new(live: Arc<Live>) -> Self {
        Renewals {
            live,
            steps: JoinSet::new(),
            plugins: HashMap::new(),
        }
    }

    /// Asks a plugin because of a change, when its time has come.
    pub(super) fn start(&mut self, plugin: String, change: Change) {
        match self.plugins.get_mut(&plugin) {
            Some(renewal) => {
                renewal.again.insert(change);
            }
            None => {
                let renewal = Renewal {
                    changes: HashSet::from([change]),
                    again: HashSet::new(),
                };
                self.plugins.insert(plugin.clone(), renewal);
                self.ask(plugin);
            }
        }
    }

    /// Waits until a plugin has answered, and gives what changed by that. None
    /// if nothing is going on.
    pub(super) async fn next(&mut self) -> Option<HashSet<Change>> {
        loop {
            match self.steps.join_next().await? {
                Ok(Step::Asked(plugin, took)) => {
                    let renewal = self.plugins.get_mut(&plugin);
                    let changes = renewal.map(|renewal| std::mem::take(&mut renewal.changes));
                    self.steps.spawn(async move {
                        tokio::time::sleep(took.saturating_mul(REST)).await;
                        Step::Rested(plugin)
                    });
                    return changes;
                }
                Ok(Step::Rested(plugin)) => self.rested(plugin),
                Err(panicked) => tracing::error!("asking a plugin failed: {panicked}"),
            }
        }
    }

    fn rested(&mut self, plugin: String) {
        let Some(renewal) = self.plugins.get_mut(&plugin) else {
            return;
        };
        renewal.changes = std::mem::take(&mut renewal.again);
        if renewal.changes.is_empty() {
            self.plugins.remove(&plugin);
        } else {
            self.ask(plugin);
        }
    }

    fn ask(&mut self, plugin: String) {
        let live = Arc::clone(&self.live);
        self.steps.spawn(async move {
            let began = Instant::now();
            live.renew(&plugin).await;
            Step::Asked(plugin, began.elapsed())
        });
    }
}
