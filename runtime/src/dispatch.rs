//! From a request to its answer: one method, one handler.
//!
//! The core is stateless: a [`Caller`] carries everything that an answer
//! depends on besides the request, taken from the request itself (modern) or
//! from the session's handshake (legacy). Handlers know no connection and no
//! framing. A [`Conversation`] adds what a stream of messages needs: the
//! session, the requests in flight, cancellation.

mod batch;
mod caller;
mod changes;
mod completion;
mod conversation;
mod in_flight;
mod input;
mod lifecycle;
mod outbound;
mod page;
mod principal;
mod prompts;
mod recording;
mod requests;
mod resources;
mod result;
mod running;
mod session;
mod subscriptions;
mod tasks;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use crate::registry::Mirrored;
pub use caller::{Caller, Era};
pub use changes::{Listeners, News};
pub use conversation::{
    Answer, Conversation, ConversationOptions, Follow, Outgoing, Place, reject,
};
pub use input::Seal;
pub use outbound::{Gone, Messages, Outbound};
pub use principal::Principal;
use principal::Principals;
pub use session::Session;
pub use tasks::TaskRoom;

use input::Round;
use recording::Recording;
use result::Caching;
use running::Stopped;

use crate::audit::{self, Kind, Outcome};
use crate::protocol::jsonrpc::Request;
use crate::protocol::members::Members;
use crate::protocol::{RequestMeta, RpcError};
use crate::registry::{Catalog, Registry, Snapshot};
use crate::wasm::{CallLimits, Failure, Gate};

/// Answers requests from what the registry holds.
pub struct Dispatcher {
    registry: Arc<Registry>,
    page_size: usize,
    seal: Seal,
    listeners: Arc<Listeners>,
    tasks: Arc<TaskRoom>,
    audit: Arc<audit::Log>,
    principals: Principals,
    stop: watch::Receiver<bool>,
}

/// What a dispatcher needs beside the registry.
pub struct DispatcherOptions {
    /// How many entries a page of a list has.
    pub page_size: usize,
    /// Seals what clients carry for it between two rounds.
    pub seal: Seal,
    /// Where calls go on that outlive their callers' patience.
    pub tasks: TaskRoom,
    /// Where calls are recorded.
    pub audit: Arc<audit::Log>,
    /// What each principal may do, all plugins together.
    pub principal_limits: CallLimits,
    /// Turns true when the runtime ends: subscriptions end then.
    pub stop: watch::Receiver<bool>,
}

/// By what a request came.
#[derive(Clone, Copy)]
pub struct Whence<'a> {
    /// Whom it is from.
    pub principal: &'a Principal,
    /// The session of its conversation, if it came by one.
    pub session: Option<&'a Session>,
    /// Its place there.
    pub place: Option<&'a Place>,
}

impl Dispatcher {
    /// A dispatcher for what the registry offers.
    pub fn new(registry: Arc<Registry>, options: DispatcherOptions) -> Self {
        Dispatcher {
            registry,
            page_size: options.page_size.max(1),
            seal: options.seal,
            listeners: Arc::default(),
            tasks: Arc::new(options.tasks),
            audit: options.audit,
            principals: Principals::new(options.principal_limits),
            stop: options.stop,
        }
    }

    /// Those who listen for changes.
    pub fn listeners(&self) -> Arc<Listeners> {
        Arc::clone(&self.listeners)
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.registry.snapshot()
    }

    /// Answers one request: finds out who asks, then the result's JSON or the
    /// error. `outbound` takes what happens meanwhile.
    pub async fn respond(
        &self,
        request: &Request<'_>,
        whence: Whence<'_>,
        outbound: &Outbound,
    ) -> Result<Vec<u8>, RpcError> {
        let session = whence.session;
        let params = Members::parse("params", request.params)?;
        let meta = RequestMeta::parse(params.get("_meta"))?;
        let method = &*request.method;
        if method == "initialize"
            && meta.protocol_version.is_none()
            && let Some(session) = session
        {
            return self.initialize(&params, session);
        }
        let caller = Caller::identify(method, meta, whence, outbound.clone())?;
        match (caller.era(), method, session) {
            (Era::Modern, "subscriptions/listen", _) => {
                self.listen(&request.id, &params, &caller, session).await
            }
            (Era::Legacy, "logging/setLevel", Some(session)) => {
                session.set_log_level(lifecycle::wanted_log_level(&params)?);
                Ok(result::empty(&caller))
            }
            (Era::Legacy, "resources/subscribe" | "resources/unsubscribe", Some(session)) => {
                self.subscribe(method, &params, &caller, session)
            }
            _ => self.answer(method, &params, &caller).await,
        }
    }

    /// Answers one request of a known caller: the result's JSON or the error.
    pub async fn answer(
        &self,
        method: &str,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        match (caller.era(), method) {
            (Era::Modern, "server/discover") => Ok(self.discover(caller)),
            (Era::Legacy, "ping") => Ok(result::empty(caller)),
            (_, "tools/list") => self.list_tools(params, caller),
            (_, "tools/call") => self.record(Kind::Tool, params, caller).await,
            (_, "resources/list") => self.list_resources(params, caller),
            (_, "resources/templates/list") => self.list_templates(params, caller),
            (_, "resources/read") => self.record(Kind::Resource, params, caller).await,
            (_, "prompts/list") => self.list_prompts(params, caller),
            (_, "prompts/get") => self.record(Kind::Prompt, params, caller).await,
            (Era::Modern, "tasks/get" | "tasks/update" | "tasks/cancel") => {
                Box::pin(self.task(method, params, caller)).await
            }
            (_, "completion/complete") => self.record(Kind::Completion, params, caller).await,
            _ => Err(RpcError::method_not_found(method)),
        }
    }

    /// Answers a call of something, and records it.
    ///
    /// What waits for a guest is boxed: it is large, and would make every
    /// request as large, and every move of it as dear.
    async fn record(
        &self,
        kind: Kind,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let mut recording = Recording::begin(&self.audit, kind, caller)?;
        let gate = self.principals.gate(&caller.principal);
        if let Err(wait) = gate.count() {
            let name = params.string("name").or_else(|_| params.string("uri"));
            recording.called(&name.unwrap_or_default(), None);
            let refused = too_many_calls(&caller.principal, &gate, wait);
            return recording.finish(Err(refused)).await;
        }
        let _place = gate.enter().await;
        let result = match kind {
            Kind::Tool => Box::pin(self.call_tool(params, caller, &mut recording)).await,
            Kind::Resource => Box::pin(self.read_resource(params, caller, &mut recording)).await,
            Kind::Prompt => Box::pin(self.get_prompt(params, caller, &mut recording)).await,
            Kind::Completion => Box::pin(self.complete(params, caller, &mut recording)).await,
        };
        recording.finish(result).await
    }

    /// The answer to a request whose call stopped.
    fn stopped(
        &self,
        caller: &Caller<'_>,
        round: &Round,
        stopped: Stopped,
        recording: &mut Recording,
    ) -> Result<Vec<u8>, RpcError> {
        match stopped {
            Stopped::Failed(error) => Err(error),
            Stopped::Open(questions) => {
                recording.ends(Outcome::InputRequired);
                let state = round.seal(&self.seal);
                Ok(result::input_required(caller, &questions, &state))
            }
        }
    }
}

/// How long the lists may be kept: they are the same for everybody.
fn lists(catalog: &Catalog) -> Caching {
    Caching::For {
        ttl: catalog.lists_ttl(),
        public: true,
    }
}

fn too_many_calls(principal: &Principal, gate: &Gate, wait: Duration) -> RpcError {
    let limit = "principal-calls-per-minute";
    let message = format!("the {limit} limit is reached ({})", gate.rate_allowed());
    let data = serde_json::json!({ "principal": principal.name(), "limit": limit });
    RpcError::too_many_calls(message, wait, data)
}

/// A plugin that gave no answer: the server's failure, with the plugin and the
/// limit named.
fn failed(failure: &Failure) -> RpcError {
    tracing::error!("{failure}");
    match failure {
        Failure::Limit {
            plugin,
            limit,
            retry_after,
            ..
        } => {
            let data = serde_json::json!({ "plugin": plugin, "limit": limit.to_string() });
            match retry_after {
                Some(wait) => RpcError::too_many_calls(failure.to_string(), *wait, data),
                None => RpcError::internal(failure.to_string()).with_data(data),
            }
        }
        _ => RpcError::internal(failure.to_string()),
    }
}
