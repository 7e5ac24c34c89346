//! What a guest tries that its manifest requests and the admin has not granted,
//! where the admin wants its user asked.
//!
//! The question is one of the runtime's. It travels as the guest's own do
//! ([`Event::Ask`]), and so it is asked in both eras, waited for while the call's
//! clock stands still, and sealed in a modern call's state. What keeps them apart:
//! - its key begins with [`KEY`], which has a character that no key of a guest's
//!   may have, so that no guest can ask under it or be given its answer;
//! - its message begins with [`TITLE`], and every message of such a plugin's own
//!   begins with the plugin's name ([`named`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::value::RawValue;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::clock::Clock;
use super::events::{Ask, Event, Events};
use super::plugin::Shared;
use crate::policy::{
    Access, Consent, DirectoryConsent, FilesystemGrant, GrantFlag, HttpConsent, HttpGrant, Method,
    Mount, printable,
};
use crate::protocol::content::Extra;
use crate::protocol::input::{Answer, Question};

/// What the keys of these questions begin with.
const KEY: &str = "portcullis:";
/// What their messages begin with.
const TITLE: &str = "Portcullis asks, not the plugin: ";
/// The form of an answer.
const SCHEMA: &str = r#"{"type":"object","properties":{"answer":{"type":"string","title":"Allow it?","description":"once: for this call; always: for this plugin from now on; never: not now, and do not ask again","enum":["once","always","never"]}},"required":["answer"]}"#;

/// What a user has said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This call may.
    Once,
    /// The plugin may, from now on.
    Always,
    /// The plugin may not, and nobody is asked again.
    Never,
    /// This call may not.
    Declined,
}

/// An answer that has to be recorded before it counts.
#[derive(Debug)]
pub struct Decision {
    /// The plugin that was asked about.
    pub plugin: String,
    /// Who has answered.
    pub principal: String,
    /// What is granted by [`Verdict::Always`].
    pub asked: GrantFlag,
    /// What takes its place by [`Verdict::Never`].
    pub never: GrantFlag,
    /// The answer.
    pub verdict: Verdict,
    /// Whether it is recorded.
    pub recorded: oneshot::Sender<bool>,
}

/// Where answers go that have to be recorded.
pub type Decisions = mpsc::Sender<Decision>;

/// What the user is asked to allow.
pub(super) struct Wanted {
    /// What the plugin may do then, behind "may plugin `NAME` ".
    may: String,
    /// What for, in its author's words.
    reasons: Vec<String>,
    asked: GrantFlag,
    never: GrantFlag,
}

impl Wanted {
    pub(super) fn http(consent: &HttpConsent) -> Self {
        let origin = &consent.rule.origin;
        let methods: Vec<&str> = consent.rule.methods.iter().map(Method::as_str).collect();
        Wanted {
            may: format!("send HTTP requests ({}) to {origin}", methods.join(", ")),
            reasons: consent.reasons.clone(),
            asked: GrantFlag::Http(HttpGrant::new(origin.clone())),
            never: GrantFlag::NeverHttp(origin.clone()),
        }
    }

    pub(super) fn directory(mount: &Mount, consent: &DirectoryConsent) -> Self {
        let what = match mount.access {
            Access::Read => "read",
            Access::ReadWrite => "read and change",
        };
        let never = FilesystemGrant {
            consent: Consent::Never,
            ..consent.grant.clone()
        };
        Wanted {
            may: format!(
                "{what} the folder {} and all that is in it",
                printable(&mount.host_path.display().to_string())
            ),
            reasons: consent.reason.iter().cloned().collect(),
            asked: GrantFlag::Filesystem(mount.name.clone(), consent.grant.clone()),
            never: GrantFlag::Filesystem(mount.name.clone(), never),
        }
    }
}

/// One call's way to its user.
pub(super) struct Asking {
    plugin: Arc<Shared>,
    channel: mpsc::Sender<Event>,
    clock: Option<Arc<Clock>>,
    principal: String,
    decisions: Decisions,
    /// What was answered in this call. Locked while the user is asked, so that
    /// they have one question at a time, and each once.
    answered: Mutex<BTreeMap<String, bool>>,
}

impl Asking {
    /// None where nobody is asked: the admin does not want it, or the client
    /// cannot, or nobody would record the answer.
    pub(super) fn new(
        plugin: &Arc<Shared>,
        events: &Events,
        clock: Option<&Arc<Clock>>,
    ) -> Option<Self> {
        if !events.kinds.form || !plugin.policy.asks() {
            return None;
        }
        Some(Asking {
            channel: events.channel.clone()?,
            principal: events.principal.clone()?,
            decisions: plugin.services.decisions.clone()?,
            plugin: Arc::clone(plugin),
            clock: clock.cloned(),
            answered: Mutex::default(),
        })
    }

    /// Whether the user allows what is meant by this key.
    pub(super) async fn allows(&self, key: &str, wanted: impl FnOnce() -> Wanted) -> bool {
        let mut answered = self.answered.lock().await;
        if let Some(allowed) = answered.get(key) {
            return *allowed;
        }
        if answered.len() >= self.plugin.policy.limits.questions as usize {
            return false;
        }
        let wanted = wanted();
        let allowed = match self.ask(key, &wanted).await {
            None => false,
            Some(verdict) => {
                let recorded = self.record(wanted, verdict).await;
                recorded && matches!(verdict, Verdict::Once | Verdict::Always)
            }
        };
        answered.insert(key.to_owned(), allowed);
        allowed
    }

    /// None where no answer came.
    async fn ask(&self, key: &str, wanted: &Wanted) -> Option<Verdict> {
        let question = Question::Form {
            message: message(&self.plugin.name, wanted),
            schema: RawValue::from_string(SCHEMA.to_owned()).expect("the schema is JSON"),
            extra: Extra::default(),
        };
        let (reply, answer) = oneshot::channel();
        let ask = Ask {
            questions: vec![(format!("{KEY}{key}"), question)],
            reply,
        };
        let _pause = self.clock.as_ref().map(|clock| clock.pause());
        self.channel.send(Event::Ask(ask)).await.ok()?;
        match answer.await.ok()?.ok()?.pop()? {
            Answer::Accepted(values) => verdict(&values),
            Answer::Declined | Answer::Cancelled => Some(Verdict::Declined),
            Answer::Sampled(_) | Answer::Roots(_) => None,
        }
    }

    async fn record(&self, wanted: Wanted, verdict: Verdict) -> bool {
        let (recorded, done) = oneshot::channel();
        let decision = Decision {
            plugin: self.plugin.name.to_string(),
            principal: self.principal.clone(),
            asked: wanted.asked,
            never: wanted.never,
            verdict,
            recorded,
        };
        let _pause = self.clock.as_ref().map(|clock| clock.pause());
        self.decisions.send(decision).await.is_ok() && done.await.unwrap_or(false)
    }
}

/// A message of a plugin's own, so that it cannot pass for one of ours. Where
/// nobody is ever asked to consent there is nothing that it could pass for.
pub(super) fn named(plugin: &Shared, message: String) -> String {
    if plugin.policy.asks() {
        format!("Plugin `{}` asks: {message}", plugin.name)
    } else {
        message
    }
}

fn verdict(values: &RawValue) -> Option<Verdict> {
    let values: serde_json::Value = serde_json::from_str(values.get()).ok()?;
    match values["answer"].as_str()? {
        "once" => Some(Verdict::Once),
        "always" => Some(Verdict::Always),
        "never" => Some(Verdict::Never),
        _ => None,
    }
}

/// What the plugin says of itself comes last, so that nothing of ours is behind
/// it.
fn message(plugin: &str, wanted: &Wanted) -> String {
    let reasons: Vec<_> = wanted
        .reasons
        .iter()
        .map(|reason| printable(reason))
        .collect();
    let reasons = match reasons.as_slice() {
        [] => "none".to_owned(),
        reasons => format!("“{}”", reasons.join("”, “")),
    };
    format!(
        "{TITLE}may plugin `{}` {}? It asked for that when it was installed, and was not granted \
         it. The reason it gives: {reasons}",
        printable(plugin),
        wanted.may,
    )
}
