//! One plugin: a component compiled, linked, and bound to its policy.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::SemaphorePermit;
use wasmtime::component::{InstancePre, ResourceTable};
use wasmtime::{Store, UpdateDeadline};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi_http::WasiHttpCtx;

use super::bindings::exports::portcullis::plugin as guest;
use super::compile;
use super::engine::Engine;
use super::events::Events;
use super::exports::{self, Exports, Inspection};
use super::failure::{Failure, LimitKind};
use super::filesystem::{self, AskedFor, Touched, Written};
use super::gate::Gate;
use super::limiter::Limiter;
use super::missing;
use super::network::{Client, Network, Secrets};
use super::output::{Output, Printed};
use super::plain::{LeftOut, Plain};
use super::sandbox::Sandbox;
use super::services::Services;
use super::state::{CallState, MAX_RANDOM, State};
use crate::policy::{CallLimits, Instances, Policy};
use crate::protocol::prompts::Prompt;
use crate::protocol::resources::{Resource, ResourceTemplate};
use crate::protocol::tools::Tool;

/// What a plugin is loaded with.
pub struct PluginOptions {
    /// Its name, for errors and logs.
    pub name: String,
    /// What it may do.
    pub policy: Policy,
    /// The limits of single tools, by the name that the plugin gives them.
    pub tools: BTreeMap<String, CallLimits>,
    /// The secrets the runtime adds to its requests.
    pub secrets: Secrets,
    /// The component's digest in hex: the key of its compiled code.
    pub digest: String,
    /// What it shares with others.
    pub services: Services,
}

/// What a plugin offers, by its own account.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Description {
    /// Its tools, in its order.
    pub tools: Vec<Tool>,
    /// Its resources.
    pub resources: Vec<Resource>,
    /// Its families of resources.
    pub templates: Vec<ResourceTemplate>,
    /// Its prompts.
    pub prompts: Vec<Prompt>,
    /// Whether it completes arguments.
    pub completion: bool,
    /// The functions of a plain component that are no tools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// The guest's own answer that a call of a tool cannot be had.
#[derive(Debug)]
pub enum ToolError {
    /// The plugin has no such tool.
    Unknown,
    /// The arguments are unusable.
    InvalidArguments(String),
}

/// The guest's own answer that a resource cannot be had.
#[derive(Debug)]
pub enum ReadError {
    /// There is no such resource.
    NotFound,
}

/// The guest's own answer that a prompt cannot be had.
#[derive(Debug)]
pub enum GetError {
    /// The plugin has no such prompt.
    Unknown,
    /// The arguments are unusable.
    InvalidArguments(String),
}

/// What all calls of one plugin share.
pub(super) struct Shared {
    pub(super) name: Arc<str>,
    pub(super) policy: Policy,
    pub(super) secrets: Secrets,
    pub(super) client: Arc<Client>,
    pub(super) services: Services,
}

/// A component ready to be called.
pub struct Plugin {
    pub(super) shared: Arc<Shared>,
    pub(super) tools: Option<guest::tools::GuestIndices>,
    pub(super) resources: Option<guest::resources::GuestIndices>,
    pub(super) prompts: Option<guest::prompts::GuestIndices>,
    pub(super) completion: Option<guest::completion::GuestIndices>,
    pub(super) plain: Option<Plain>,
    pub(super) pre: InstancePre<State>,
    pub(super) interactive: bool,
    engine: Arc<Engine>,
    exports: Exports,
    detaches: bool,
    filesystem: WasiFilesystemCtx,
    gate: Gate,
    tool_gates: BTreeMap<String, Gate>,
    /// How many of the engine's places each call takes.
    weight: u32,
}

/// A call's places: its tool's, its plugin's and the engine's.
pub(super) struct Admission<'a> {
    _tool: Option<SemaphorePermit<'a>>,
    _plugin: Option<SemaphorePermit<'a>>,
    _engine: SemaphorePermit<'a>,
}

impl Plugin {
    /// Compiles (or maps from the cache), links, and opens what is granted.
    /// Blocks for as long as the compiler takes.
    ///
    /// `bytes` is asked for the component only where it has to be compiled.
    pub fn load(
        engine: &Arc<Engine>,
        options: PluginOptions,
        bytes: impl FnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<Plugin, Failure> {
        let name = options.name;
        let fail = |cause: String| Failure::Load {
            plugin: name.clone(),
            cause,
        };
        let component = compile::compile(engine, &options.digest, bytes).map_err(fail)?;
        let (
            Inspection {
                exports, imports, ..
            },
            plain,
        ) = exports::inspect_component(engine, &component).map_err(fail)?;
        let imported = |interface| exports::imports(&imports, interface);
        let pre = engine
            .linker
            .instantiate_pre(&component)
            .map_err(|error| fail(missing::named(engine, &component, &error)))?;
        let filesystem = filesystem::open(&options.policy.filesystem).map_err(fail)?;
        let mismatch = |error: wasmtime::Error| {
            fail(format!(
                "an interface does not match the contract: {error:#}"
            ))
        };
        let needed = component
            .resources_required()
            .ok_or_else(|| fail("it imports modules, which are not offered".to_owned()))?;
        let limits = &options.policy.limits;
        let gate = Gate::new(
            CallLimits {
                calls_per_minute: Some(limits.calls_per_minute),
                concurrency: Some(limits.concurrency),
            },
            "",
        );
        let tools = options.tools.into_iter();
        let asks = options.policy.asks();
        let tool_gates = tools.map(|(tool, limits)| {
            let gate = Gate::new(limits, &format!("of tool `{tool}`"));
            (tool, gate)
        });
        Ok(Plugin {
            tools: exports
                .tools
                .then(|| guest::tools::GuestIndices::new(&pre))
                .transpose()
                .map_err(mismatch)?,
            resources: exports
                .resources
                .then(|| guest::resources::GuestIndices::new(&pre))
                .transpose()
                .map_err(mismatch)?,
            prompts: exports
                .prompts
                .then(|| guest::prompts::GuestIndices::new(&pre))
                .transpose()
                .map_err(mismatch)?,
            completion: exports
                .completion
                .then(|| guest::completion::GuestIndices::new(&pre))
                .transpose()
                .map_err(mismatch)?,
            shared: Arc::new(Shared {
                name: name.as_str().into(),
                policy: options.policy,
                secrets: options.secrets,
                client: Arc::clone(&engine.client),
                services: options.services,
            }),
            plain,
            interactive: imported("input") || imported("tasks") || asks,
            detaches: imported("tasks"),
            pre,
            engine: Arc::clone(engine),
            exports,
            filesystem,
            gate,
            tool_gates: tool_gates.collect(),
            weight: engine.places_for(&needed),
        })
    }

    /// Which interfaces it exports.
    pub fn exports(&self) -> Exports {
        self.exports
    }

    /// Whether its calls may ask questions or detach: whoever calls it has to
    /// listen.
    pub fn is_interactive(&self) -> bool {
        self.interactive
    }

    /// Whether its calls may become tasks while they run.
    pub fn may_detach(&self) -> bool {
        self.detaches
    }

    /// Counts a call, of a tool if it is one. Then waits until the caller has
    /// room for an answer, and for a place among the calls in flight; for the
    /// latter no longer than a call may take.
    pub(super) async fn admit(
        &self,
        events: &Events,
        tool: Option<&str>,
    ) -> Result<Admission<'_>, Failure> {
        let tool = tool.and_then(|tool| self.tool_gates.get(tool));
        if !events.listing {
            for gate in tool.into_iter().chain([&self.gate]) {
                gate.count().map_err(|wait| {
                    self.refused(LimitKind::CallsPerMinute, gate.rate_allowed(), Some(wait))
                })?;
            }
        }
        let Some(room) = &events.room else {
            return self.place(tool).await;
        };
        loop {
            // It is closed when the caller is gone; then this call is, too.
            drop(room.acquire().await);
            let admission = self.place(tool).await?;
            // Others may have filled it while this call was waiting.
            if room.available_permits() > 0 || room.is_closed() {
                return Ok(admission);
            }
        }
    }

    async fn place<'a>(&'a self, tool: Option<&'a Gate>) -> Result<Admission<'a>, Failure> {
        let mut waits_for = &self.gate;
        let waiting = async {
            let _tool = match tool {
                Some(gate) => {
                    waits_for = gate;
                    gate.enter().await
                }
                None => None,
            };
            waits_for = &self.gate;
            Admission {
                _tool,
                _plugin: self.gate.enter().await,
                _engine: self.engine.enter(self.weight).await,
            }
        };
        let patience = self.shared.policy.limits.deadline;
        let admission = tokio::time::timeout(patience, waiting).await;
        admission
            .map_err(|_| self.refused(LimitKind::Concurrency, waits_for.places_allowed(), None))
    }

    fn refused(&self, limit: LimitKind, allowed: &str, retry_after: Option<Duration>) -> Failure {
        Failure::Limit {
            plugin: self.shared.name.to_string(),
            limit,
            allowed: allowed.to_owned(),
            retry_after,
        }
    }

    /// What an admitted call runs in.
    pub(super) fn sandbox(&self, events: &Events) -> Sandbox {
        let kept = self.keeps(events).then(|| self.engine.kept(&self.shared));
        kept.flatten().unwrap_or_else(|| {
            self.engine.make_room();
            Sandbox::new(self.store())
        })
    }

    /// For a call that the guest has answered, while it still has its places.
    pub(super) fn keep(&self, sandbox: Sandbox) {
        if let Some(sandbox) = sandbox.end() {
            self.engine.keep(sandbox, self.weight);
        }
    }

    /// Whether an instance serves several of such calls. What a plugin offers is
    /// asked of a fresh one, so that it depends on no earlier call.
    pub(super) fn keeps(&self, events: &Events) -> bool {
        self.shared.policy.instances == Instances::Reuse && !events.listing
    }

    /// A fresh store under this plugin's limits.
    fn store(&self) -> Store<State> {
        let limits = &self.shared.policy.limits;
        let output = Output::new(Arc::clone(&self.shared.name), limits.log_bytes);
        let printed = |stream| Printed {
            output: Arc::clone(&output),
            stream,
        };
        let mut wasi = WasiCtx::builder();
        wasi.stdout(printed("stdout"))
            .stderr(printed("stderr"))
            .allow_tcp(false)
            .allow_udp(false)
            .allow_ip_name_lookup(false)
            .max_random_size(MAX_RANDOM);
        let mut wasi = wasi.build();
        *wasi.filesystem() = self.filesystem.clone();
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.open_handles as usize);
        let state = State {
            wasi,
            table,
            http: WasiHttpCtx::new(),
            limiter: Limiter::new(limits),
            network: Network::new(Arc::clone(&self.shared)),
            written: Written::new(Arc::clone(&self.shared)),
            touched: Touched::default(),
            asked_for: AskedFor::default(),
            output,
            pace: Arc::default(),
            call: CallState::default(),
            plugin: Arc::clone(&self.shared),
        };
        let mut store = Store::new(&self.engine.wasmtime, state);
        store.limiter(|state| &mut state.limiter);
        // At a tick the guest lets other calls run; the deadline is kept by the
        // timer around the call, which can then fire.
        let turns = self.engine.turns.clone();
        store.epoch_deadline_callback(move |context| {
            let pace = Arc::clone(&context.data().pace);
            let turns = turns.clone();
            let next = pace.next();
            let giving_way = Box::pin(async move { pace.give_way(turns).await });
            Ok(UpdateDeadline::YieldCustom(next, giving_way))
        });
        store.set_hostcall_fuel(usize::try_from(limits.output).unwrap_or(usize::MAX));
        store.set_max_component_handles(1_000);
        store
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        self.engine.forget(&self.shared);
    }
}
