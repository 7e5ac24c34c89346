//! `portcullis serve`

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Args;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::home::Home;
use super::tried::Tried;
use super::{Global, block_on};
use crate::audit::Log;
use crate::bundle;
use crate::config::{Config, ServerConfig};
use crate::dispatch::{Dispatcher, DispatcherOptions, News, Principal, Seal, TaskRoom};
use crate::policy::SecretSource;
use crate::registry::{Registry, Watch, read_secret};
use crate::state::State;
use crate::transport::http::{self, Guard, HttpOptions};
use crate::transport::lines::LineOptions;
use crate::transport::stdio;
#[cfg(unix)]
use crate::transport::unix;
use crate::wasm::Services;

/// Serve the installed plugins: to a client on stdin and stdout, or to many
/// over HTTP or a Unix socket.
///
/// With --plugin, plugins that are not installed are served, and no others: each is
/// fetched, granted what the --grant flags after it say, and forgotten at the end.
///
/// Ends when its input ends or at SIGINT or SIGTERM, after answering what is in
/// flight. Log lines go to stderr; PORTCULLIS_LOG sets which (`warn`, `debug`,
/// …; default `info`).
#[derive(Args)]
pub(super) struct Serve {
    /// Serve Streamable HTTP at http://ADDRESS/mcp, such as 127.0.0.1:8080.
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// Serve HTTP+SSE too, at http://ADDRESS/sse, for clients of 2024-11-05.
    #[arg(long, requires = "http")]
    http_sse: bool,
    /// Take HTTP requests to this host too, not only to loopback.
    #[arg(long, value_name = "HOST", requires = "http")]
    allow_host: Vec<String>,
    /// Take HTTP requests of web pages of this origin, not only of loopback.
    #[arg(long, value_name = "ORIGIN", requires = "http")]
    allow_origin: Vec<String>,
    /// Serve the MCP Bundle in this folder, as the host program does that installed
    /// it: with its plugins, and what its user chose, which is kept below the data
    /// folder.
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,
    /// Serve on a Unix socket, with the framing of stdio.
    #[cfg(unix)]
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,
    #[command(flatten)]
    tried: Tried,
}

/// Calls that there is room for, however few the plugins take: one may be added
/// while they are served.
const LEAST_PLACES: u32 = 64;

impl Serve {
    pub(super) fn run(mut self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut locations = Home::locations(global)?;
        if let Some(folder) = &self.bundle {
            locations = bundle::unpack(folder, &locations.data, |name| std::env::var(name).ok())?;
        }
        let mut watch = Watch::new(&locations);
        let home = Home::at(locations)?;
        block_on(async {
            let audit = home.audit()?;
            let mut granting = Arc::clone(&audit);
            let (home, scratch) = std::mem::take(&mut self.tried).install(home).await?;
            if scratch.is_some() {
                watch = Watch::new(&home.locations);
                granting = Arc::new(Log::none());
            }
            let engine = home.engine(self.places(&home.read.config) as usize)?;
            let (changes, reported) = mpsc::channel(64);
            let state = Arc::new(State::new(&home.locations.data));
            let (decisions, decided) = mpsc::channel(64);
            let services = Services {
                changes: Some(changes),
                decisions: Some(decisions),
                keyvalue: Some(state.clone()),
            };
            let (snapshot, unserved) = home.snapshot(&engine, services.clone()).await;
            for problem in &unserved {
                tracing::error!("{problem}");
            }
            tracing::info!(
                tools = snapshot.catalog.tools().len(),
                resources = snapshot.catalog.resources().len(),
                prompts = snapshot.catalog.prompts().len(),
                "serving"
            );
            let registry = Arc::new(Registry::new(snapshot));
            let server = home.read.config.server.clone();
            let stop = stop_signal()?;
            let options = DispatcherOptions {
                page_size: server.page_size as usize,
                seal: seal(server.sealing_key.as_ref()).await?,
                tasks: TaskRoom::new(state, server.task_ttl),
                audit: Arc::clone(&audit),
                principal_limits: server.principal_limits,
                stop: stop.clone(),
            };
            let dispatcher = Arc::new(Dispatcher::new(Arc::clone(&registry), options));
            let listeners = dispatcher.listeners();
            let live = home.into_live(registry, engine, services, granting);
            let following = tokio::spawn(async move {
                let cares = listeners.caring_for_resources();
                let tell = |change| listeners.tell(&News::Changed(change));
                live.follow(watch, reported, decided, cares, tell).await;
            });
            let served = self.serve(dispatcher, &server, stop).await;
            following.abort();
            served?;
            Ok(ExitCode::SUCCESS)
        })
    }

    /// How many calls there is room for. Making room takes time at the start,
    /// which who is started by a host program has less of than who serves many
    /// clients, and plugins come to the latter.
    fn places(&self, config: &Config) -> u32 {
        #[cfg(unix)]
        let serves_many = self.http.is_some() || self.unix.is_some();
        #[cfg(not(unix))]
        let serves_many = self.http.is_some();
        if serves_many {
            config.server.max_in_flight
        } else {
            let places = config.concurrency().max(LEAST_PLACES);
            places.min(config.server.max_in_flight)
        }
    }

    async fn serve(
        self,
        dispatcher: Arc<Dispatcher>,
        server: &ServerConfig,
        stop: watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let max_in_flight = server.max_in_flight as usize;
        let max_message = usize::try_from(server.max_message).unwrap_or(usize::MAX);
        let lines = |principal| LineOptions {
            principal,
            max_message,
            max_in_flight,
        };
        // Each connection is an open file, and the usual soft limit is low.
        #[cfg(unix)]
        if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
            tracing::debug!("cannot open more files than by default: {error}");
        }
        let mut serving = JoinSet::new();
        if let Some(address) = self.http {
            let listener = http::bind(address)
                .await
                .with_context(|| format!("cannot serve on {address}"))?;
            tracing::info!("serving on http://{}/mcp", listener.local_addr()?);
            let options = HttpOptions {
                max_message,
                max_in_flight,
                stream_timeout: server.stream_timeout,
                http_sse: self.http_sse,
                guard: Guard {
                    hosts: self.allow_host,
                    origins: self.allow_origin,
                },
            };
            serving.spawn(http::serve(
                Arc::clone(&dispatcher),
                listener,
                options,
                stop.clone(),
            ));
        }
        #[cfg(unix)]
        if let Some(path) = self.unix {
            let socket = unix::bind(&path)
                .with_context(|| format!("cannot serve on `{}`", path.display()))?;
            tracing::info!("serving on {}", path.display());
            serving.spawn(unix::serve(
                Arc::clone(&dispatcher),
                socket,
                lines(Principal::Unix),
                stop.clone(),
            ));
        }
        if serving.is_empty() {
            stdio::serve(dispatcher, lines(Principal::Stdio), stop).await?;
        }
        while let Some(ended) = serving.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// What clients carry for the server is sealed with the admin's key, which
/// replicas share, or with one of this process alone.
pub(super) async fn seal(key: Option<&SecretSource>) -> anyhow::Result<Seal> {
    const LEAST: usize = 16;
    let Some(source) = key else {
        return Ok(Seal::random()?);
    };
    let secret = read_secret(source)
        .await
        .map_err(|why| anyhow::anyhow!("[server] sealing-key: {why}"))?;
    let secret = secret.trim_end().as_bytes();
    anyhow::ensure!(
        secret.len() >= LEAST,
        "[server] sealing-key has {} bytes\n  accepted: {LEAST} bytes or more that nobody can guess",
        secret.len()
    );
    Ok(Seal::shared(secret))
}

/// Turns true when the process is asked to end.
fn stop_signal() -> anyhow::Result<watch::Receiver<bool>> {
    let (sender, receiver) = watch::channel(false);
    #[cfg(unix)]
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
        let _ = sender.send(true);
    });
    Ok(receiver)
}
