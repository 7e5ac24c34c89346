//! From a request to its answer: one method, one handler.
//!
//! The core is stateless: a [`Caller`] carries everything that an answer
//! depends on besides the request, taken from the request itself (modern) or
//! from the session's handshake (legacy). Handlers know no connection and no
//! framing. A [`Conversation`] adds what a stream of messages needs: the
//! session, the requests in flight, cancellation.

mod caller;
mod completion;
mod conversation;
mod in_flight;
mod lifecycle;
mod news;
mod page;
mod prompts;
mod resources;
mod result;
mod session;
mod tools;

use std::sync::Arc;

pub use caller::{Caller, Era};
pub use conversation::{Answer, Conversation, ConversationOptions, Outbound, Outgoing, reject};
pub use session::Session;

use crate::protocol::jsonrpc::Request;
use crate::protocol::members::Members;
use crate::protocol::{RequestMeta, RpcError};
use crate::registry::{Registry, Snapshot};
use crate::wasm::Failure;

/// Answers requests from what the registry holds.
pub struct Dispatcher {
    registry: Arc<Registry>,
    page_size: usize,
}

impl Dispatcher {
    /// A dispatcher whose lists have `page_size` entries a page.
    pub fn new(registry: Arc<Registry>, page_size: usize) -> Self {
        Dispatcher {
            registry,
            page_size: page_size.max(1),
        }
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        self.registry.snapshot()
    }

    /// Answers one request: finds out who asks, then the result's JSON or the
    /// error. `session` is the conversation's; `outbound` takes what happens
    /// meanwhile.
    pub async fn respond(
        &self,
        request: &Request<'_>,
        session: &Session,
        outbound: &Outbound,
    ) -> Result<Vec<u8>, RpcError> {
        let params = Members::parse("params", request.params)?;
        let meta = RequestMeta::parse(params.get("_meta"))?;
        let method = &*request.method;
        if method == "initialize" && meta.protocol_version.is_none() {
            return self.initialize(&params, session);
        }
        let caller = Caller::identify(method, meta, session, outbound.clone())?;
        if method == "logging/setLevel" && caller.era() == Era::Legacy {
            session.set_log_level(lifecycle::wanted_log_level(&params)?);
        }
        self.answer(method, &params, &caller).await
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
            (Era::Legacy, "ping" | "logging/setLevel") => Ok(result::empty(caller)),
            (_, "tools/list") => self.list_tools(params, caller),
            (_, "tools/call") => self.call_tool(params, caller).await,
            (_, "resources/list") => self.list_resources(params, caller),
            (_, "resources/templates/list") => self.list_templates(params, caller),
            (_, "resources/read") => self.read_resource(params, caller).await,
            (_, "prompts/list") => self.list_prompts(params, caller),
            (_, "prompts/get") => self.get_prompt(params, caller).await,
            (_, "completion/complete") => self.complete(params, caller).await,
            _ => Err(RpcError::method_not_found(method)),
        }
    }
}

/// A plugin that gave no answer: the server's failure, with the plugin and the
/// limit named.
fn failed(failure: &Failure) -> RpcError {
    tracing::error!("{failure}");
    let error = RpcError::internal(failure.to_string());
    match failure {
        Failure::Limit { plugin, limit, .. } => {
            error.with_data(serde_json::json!({ "plugin": plugin, "limit": limit.to_string() }))
        }
        _ => error,
    }
}
