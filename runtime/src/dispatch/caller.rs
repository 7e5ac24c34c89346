//! Who asks, and in which revision: all that an answer depends on besides the
//! request.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::Whence;
use super::conversation::Place;
use super::outbound::Outbound;
use super::principal::Principal;
use super::requests::Requests;
use super::session::Session;
use crate::protocol::input::Kinds;
use crate::protocol::logging::LogLevel;
use crate::protocol::meta::{CLIENT_CAPABILITIES, PROTOCOL_VERSION};
use crate::protocol::{RequestMeta, Revision, RpcError};
use crate::wasm::{Event, Events};

/// The two ways of telling a server who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// Each request says it.
    Modern,
    /// A handshake said it.
    Legacy,
}

/// The circumstances of one request.
pub struct Caller<'a> {
    /// Who it is.
    pub principal: Principal,
    /// The revision the answer is written in.
    pub revision: Revision,
    /// The request's own `_meta`.
    pub meta: RequestMeta<'a>,
    /// The least level of log lines wanted; none is no lines.
    pub log_level: Option<LogLevel>,
    /// Where progress and log lines go.
    pub outbound: Outbound,
    /// How a legacy client is asked something; modern ones are not.
    pub(super) requests: Option<Arc<Requests>>,
    /// Its place in its conversation.
    pub(super) place: Option<Place>,
    kinds: Kinds,
}

impl<'a> Caller<'a> {
    /// Finds out who asks.
    ///
    /// A request with a protocol version in its `_meta` is modern and has to
    /// carry all that a modern request must (MCP 2026-07-28, "Per-request
    /// protocol fields"). Any other belongs to the session, which has to have
    /// been opened by `initialize`.
    pub fn identify(
        method: &str,
        meta: RequestMeta<'a>,
        whence: Whence<'_>,
        outbound: Outbound,
    ) -> Result<Self, RpcError> {
        let (session, principal) = (whence.session, whence.principal.clone());
        let negotiated = session.and_then(Session::get);
        let Some(version) = meta.protocol_version else {
            let modern = meta.client_capabilities.is_some() || method == "server/discover";
            return match negotiated {
                Some(negotiated) if !modern => Ok(Caller {
                    principal,
                    revision: negotiated.revision,
                    log_level: Some(negotiated.log_level),
                    kinds: negotiated.kinds,
                    requests: session.map(Session::requests),
                    place: whence.place.cloned(),
                    meta,
                    outbound,
                }),
                // `ping` is allowed before the handshake.
                None if method == "ping" && !modern => Ok(Caller {
                    principal,
                    revision: Revision::LATEST_LEGACY,
                    log_level: None,
                    kinds: Kinds::default(),
                    requests: None,
                    place: None,
                    meta,
                    outbound,
                }),
                _ => Err(RpcError::invalid_params(format!(
                    "`_meta` has no `{PROTOCOL_VERSION}`; accepted: a request with it, or one \
                     after `initialize`"
                ))),
            };
        };
        let version: String = serde_json::from_str(version.get()).map_err(|_| {
            RpcError::invalid_params(format!("`{PROTOCOL_VERSION}` is not a string"))
        })?;
        let revision = match version.parse::<Revision>() {
            Ok(revision) if revision.is_modern() => revision,
            _ => return Err(RpcError::unsupported_revision(&version)),
        };
        match meta.client_capabilities {
            Some(capabilities) if capabilities.get().starts_with('{') => {}
            Some(_) => {
                return Err(RpcError::invalid_params(format!(
                    "`{CLIENT_CAPABILITIES}` is not an object"
                )));
            }
            None => {
                return Err(RpcError::invalid_params(format!(
                    "`_meta` has no `{CLIENT_CAPABILITIES}`; `{{}}` is accepted"
                )));
            }
        }
        Ok(Caller {
            principal,
            revision,
            log_level: meta.log_level,
            kinds: Kinds::default(),
            requests: None,
            place: None,
            meta,
            outbound,
        })
    }

    /// Somebody on this machine, who wants no news and can be asked nothing.
    pub fn local(outbound: Outbound) -> Self {
        Caller {
            principal: Principal::Local,
            revision: Revision::V2026_07_28,
            meta: RequestMeta::default(),
            log_level: None,
            outbound,
            requests: None,
            place: None,
            kinds: Kinds::default(),
        }
    }

    /// The era of its revision.
    pub fn era(&self) -> Era {
        if self.revision.is_modern() {
            Era::Modern
        } else {
            Era::Legacy
        }
    }

    /// What it can be asked for. Read only where it matters: most calls ask
    /// nothing.
    pub(super) fn kinds(&self) -> Kinds {
        match self.meta.client_capabilities {
            Some(declared) if self.revision.is_modern() => Kinds::declared(declared, self.revision),
            _ => self.kinds,
        }
    }

    /// Whether it can be given a task in the place of a result.
    pub(super) fn takes_tasks(&self) -> bool {
        self.revision.is_modern()
            && self
                .meta
                .client_capabilities
                .is_some_and(crate::protocol::tasks::declared)
    }

    /// What news the caller wants of a running call, and the channel for it; no
    /// channel where it wants none and the plugin is not `interactive`.
    pub(super) fn events(&self, interactive: bool) -> (Events, Option<mpsc::Receiver<Event>>) {
        let progress = self.meta.progress_token.is_some();
        let trace = self.meta.trace();
        if !progress && self.log_level.is_none() && !interactive {
            let events = Events {
                room: Some(self.outbound.room()),
                trace,
                ..Events::default()
            };
            return (events, None);
        }
        let (sender, receiver) = mpsc::channel(16);
        let events = Events {
            channel: Some(sender),
            room: Some(self.outbound.room()),
            progress,
            log_level: self.log_level,
            kinds: if interactive {
                self.kinds()
            } else {
                Kinds::default()
            },
            principal: interactive.then(|| self.principal.name().to_owned()),
            listing: false,
            task: false,
            trace,
            uses: None,
        };
        (events, Some(receiver))
    }
}
