//! The runtime from the inside, with no transport: what is measured of it.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use portcullis::audit::Log;
use portcullis::dispatch::{
    Answer, Dispatcher, DispatcherOptions, Outbound, Principal, Seal, TaskRoom, Whence,
};
use portcullis::locations::Locations;
use portcullis::package::Store;
use portcullis::protocol::jsonrpc::{self, Message};
use portcullis::registry::{self, Descriptions, Registry, Snapshot, Sources};
use portcullis::state::State;
use portcullis::wasm::{CallLimits, Engine, EngineOptions, Events, Plugin, Services};
use tokio::sync::watch;

/// A call of `echo`, as a client of the newest revision makes it.
pub const REQUEST: &[u8] = concat!(
    r#"{"jsonrpc":"2.0","id":1234,"method":"tools/call","params":{"name":"echo","#,
    r#""arguments":{"text":"hello from the other side of it."},"#,
    r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientCapabilities":{}}}}"#
)
.as_bytes();

/// The call's arguments.
pub const ARGUMENTS: &str = r#"{"text":"hello from the other side of it."}"#;

/// Calls at the same time, at most: a checker of memory has not the addresses
/// for more.
const PLACES: usize = 8;

/// What `portcullis serve` has between its transports and the guests.
pub struct Runtime {
    dispatcher: Dispatcher,
    plugin: Arc<Plugin>,
    input_schema: String,
}

impl Runtime {
    /// Opens what is installed in a home, with `echo` among it.
    ///
    /// # Errors
    /// Whatever keeps it from being served.
    pub async fn open(config: &Path, data: &Path) -> Result<Self> {
        let locations = Locations::resolve(Some(config), Some(data))?;
        let registry::Read { config, lock, .. } = registry::read(&locations)?;
        let engine = Engine::new(EngineOptions {
            concurrency: PLACES,
            cache: Some(locations.data.join("cache")),
        });
        let engine = engine.map_err(|error| anyhow::anyhow!("{error:#}"))?;
        let state = Arc::new(State::new(&locations.data));
        let sources = Sources {
            locations: &locations,
            config: &config,
            lock: &lock,
            store: &Store::new(&locations.data),
            descriptions: &Descriptions::new(locations.data.join("descriptions")),
            services: Services {
                keyvalue: Some(state.clone()),
                ..Services::default()
            },
        };
        let (snapshot, unserved) = Snapshot::load(&engine, &sources, &Snapshot::default()).await;
        if let Some(problem) = unserved.first() {
            bail!("{problem}");
        }
        let entry = snapshot.catalog.tool("echo").context("no tool `echo`")?;
        let input_schema = entry.tool.input_schema.get().to_owned();
        let plugin = entry.plugin.load().await?;
        let options = DispatcherOptions {
            page_size: 1,
            seal: Seal::random()?,
            tasks: TaskRoom::new(state, Duration::ZERO),
            audit: Arc::new(Log::open(&config.audit, &locations.data)?),
            principal_limits: CallLimits::default(),
            stop: watch::Sender::new(false).subscribe(),
        };
        Ok(Self {
            dispatcher: Dispatcher::new(Arc::new(Registry::new(snapshot)), options),
            plugin,
            input_schema,
        })
    }

    /// The JSON Schema of the arguments.
    pub fn input_schema(&self) -> &str {
        &self.input_schema
    }

    /// Answers [`REQUEST`]: from its bytes to those of the response.
    ///
    /// # Panics
    /// It is not answered.
    pub async fn answer(&self, outbound: &Outbound) -> Vec<u8> {
        let Ok(Message::Request(request)) = jsonrpc::parse(REQUEST) else {
            panic!("not a request");
        };
        let whence = Whence {
            principal: &Principal::Stdio,
            session: None,
            place: None,
        };
        let result = self.dispatcher.respond(&request, whence, outbound).await;
        assert!(result.is_ok(), "{result:?}");
        Answer::new(&request.id, result).bytes
    }

    /// Makes the same call of the guest: an instance, the call, and what it gave.
    ///
    /// # Panics
    /// The guest does not answer.
    pub async fn call(&self) {
        let events = Events::default();
        let output = self.plugin.call_tool("echo", ARGUMENTS, "{}", events).await;
        assert!(matches!(output, Ok(Ok(_))), "the guest did not answer");
    }
}
