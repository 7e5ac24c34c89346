//! `portcullis serve`

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::sync::watch;

use super::home::Home;
use super::{Global, runtime};
use crate::dispatch::Dispatcher;
use crate::registry::Registry;
use crate::transport::lines::LineOptions;
use crate::transport::stdio;

/// Serve the installed plugins to a client on stdin and stdout.
///
/// Ends when its input ends or at SIGINT or SIGTERM, after answering what is in
/// flight. Log lines go to stderr; PORTCULLIS_LOG sets which (`warn`, `debug`,
/// …; default `info`).
#[derive(Args)]
pub(super) struct Serve {}

impl Serve {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        runtime()?.block_on(async {
            let server = &home.config.server;
            let max_in_flight = server.max_in_flight as usize;
            let engine = home.engine(max_in_flight)?;
            let (snapshot, unserved) = home.snapshot(&engine).await;
            for problem in &unserved {
                tracing::error!("{problem}");
            }
            tracing::info!(
                tools = snapshot.catalog.tools().len(),
                resources = snapshot.catalog.resources().len(),
                prompts = snapshot.catalog.prompts().len(),
                "serving on stdin and stdout"
            );
            let registry = Arc::new(Registry::new(snapshot));
            let dispatcher = Arc::new(Dispatcher::new(registry, server.page_size as usize));
            let options = LineOptions {
                max_message: usize::try_from(server.max_message).unwrap_or(usize::MAX),
                max_in_flight,
            };
            stdio::serve(dispatcher, options, stop_signal()?).await?;
            Ok(ExitCode::SUCCESS)
        })
    }
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
