//! Calls inside the runtime, with no transport: how many a second, by so many
//! threads.
//!
//! usage: inside CONFIG DATA_FOLDER THREADS CALLS [dispatch|plugin]

#![allow(
    clippy::print_stdout,
    reason = "the figure is what this program is for"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use portcullis::audit::Log;
use portcullis::dispatch::{
    Dispatcher, DispatcherOptions, Outbound, Principal, Seal, TaskRoom, Whence,
};
use portcullis::locations::Locations;
use portcullis::package::Store;
use portcullis::protocol::jsonrpc::{self, Message};
use portcullis::registry::{self, Descriptions, Registry, Snapshot, Sources};
use portcullis::state::State;
use portcullis::wasm::{CallLimits, Engine, EngineOptions, Events, Services};
use tokio::sync::watch;

const MESSAGE: &[u8] = br#"{"jsonrpc":"2.0","id":1234,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hello from the other side of it."},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [config, data, threads, calls, what] = arguments.as_slice() else {
        bail!("usage: inside CONFIG DATA_FOLDER THREADS CALLS dispatch|plugin");
    };
    let (threads, calls): (usize, usize) = (threads.parse()?, calls.parse()?);
    let locations = Locations::resolve(Some(Path::new(config)), Some(Path::new(data)))?;
    let (config, lock) = registry::read(&locations)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?;
    let plugin_only = what == "plugin";
    runtime.block_on(async {
        let engine = Engine::new(EngineOptions {
            concurrency: 8,
            cache: Some(locations.data.join("cache")),
        })
        .map_err(|e| anyhow::anyhow!("{e:#}"))?;
        let state = Arc::new(State::new(&locations.data));
        let sources = Sources {
            locations: &locations,
            config: &config,
            lock: &lock,
            store: &Store::new(&locations.data),
            descriptions: &Descriptions::new(locations.data.join("descriptions")),
            services: Services {
                changes: None,
                keyvalue: Some(state.clone()),
            },
        };
        let (snapshot, unserved) = Snapshot::load(&engine, &sources, &Snapshot::default()).await;
        if let Some(problem) = unserved.first() {
            bail!("{problem}");
        }
        let entry = snapshot.catalog.tool("echo").context("no tool `echo`")?;
        let plugin = entry
            .plugin
            .load()
            .await
            .map_err(|e| anyhow::anyhow!("{e}"))?;
        let audit = Arc::new(Log::open(&config.audit, &locations.data)?);
        let dispatcher = Arc::new(Dispatcher::new(
            Arc::new(Registry::new(snapshot)),
            DispatcherOptions {
                page_size: 1,
                seal: Seal::random()?,
                tasks: TaskRoom::new(state, std::time::Duration::ZERO),
                audit,
                principal_limits: CallLimits::default(),
                stop: watch::Sender::new(false).subscribe(),
            },
        ));
        for calls in [calls / 10, calls] {
            let begun = Instant::now();
            let mut tasks = Vec::new();
            for _ in 0..threads {
                let dispatcher = Arc::clone(&dispatcher);
                let plugin = Arc::clone(&plugin);
                tasks.push(tokio::spawn(async move {
                    let (outbound, _messages) = Outbound::channel(16);
                    for _ in 0..calls / threads {
                        if plugin_only {
                            let answer = plugin
                                .call_tool(
                                    "echo",
                                    r#"{"text":"hello from the other side of it."}"#,
                                    "{}",
                                    Events::default(),
                                )
                                .await;
                            assert!(matches!(answer, Ok(Ok(_))));
                            continue;
                        }
                        let Ok(Message::Request(request)) = jsonrpc::parse(MESSAGE) else {
                            unreachable!()
                        };
                        let whence = Whence {
                            principal: &Principal::Stdio,
                            session: None,
                            place: None,
                        };
                        let answer = dispatcher.respond(&request, whence, &outbound).await;
                        assert!(answer.is_ok(), "{answer:?}");
                    }
                }));
            }
            for task in tasks {
                task.await?;
            }
            let each = begun.elapsed().as_secs_f64();
            println!(
                "{threads} threads: {:.0} calls/s, {:.2} µs a call and thread",
                calls as f64 / each,
                each * 1e6 * threads as f64 / calls as f64
            );
        }
        Ok(())
    })
}
