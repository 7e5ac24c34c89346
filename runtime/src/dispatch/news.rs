//! Progress and log lines of a running call, on their way to the caller.

use std::future::Future;

use tokio::sync::mpsc;

use super::caller::Caller;
use super::conversation::Outgoing;
use crate::protocol::jsonrpc;
use crate::protocol::logging::{self, LogParams};
use crate::protocol::progress::{self, ProgressParams};
use crate::wasm::{Event, Events};

/// Runs a call and passes its news on while it runs; all of it is sent before
/// the call's result is returned.
pub(super) async fn passing_on<T, F>(
    caller: &Caller<'_>,
    plugin: &str,
    call: impl FnOnce(Events) -> F,
) -> T
where
    F: Future<Output = T>,
{
    let (events, receiver) = caller.events();
    let call = call(events);
    let Some(mut receiver) = receiver else {
        return call.await;
    };
    tokio::pin!(call);
    let result = loop {
        tokio::select! {
            biased;
            Some(event) = receiver.recv() => send(caller, plugin, &event).await,
            result = &mut call => break result,
        }
    };
    drain(caller, plugin, &mut receiver).await;
    result
}

async fn drain(caller: &Caller<'_>, plugin: &str, receiver: &mut mpsc::Receiver<Event>) {
    while let Ok(event) = receiver.try_recv() {
        send(caller, plugin, &event).await;
    }
}

async fn send(caller: &Caller<'_>, plugin: &str, event: &Event) {
    let message = match event {
        Event::Progress {
            progress,
            total,
            message,
        } => {
            let Some(token) = caller.meta.progress_token else {
                return;
            };
            let params = ProgressParams::new(
                token,
                *progress,
                *total,
                message.as_deref(),
                caller.revision,
            );
            jsonrpc::notification(progress::METHOD, &params)
        }
        Event::Log {
            level,
            context,
            message,
        } => {
            let logger = if context.is_empty() {
                plugin.to_owned()
            } else {
                format!("{plugin}/{context}")
            };
            jsonrpc::notification(
                logging::METHOD,
                &LogParams {
                    level: *level,
                    logger: &logger,
                    data: message,
                },
            )
        }
    };
    // A client that is gone wants no news.
    let _ = caller.outbound.send(Outgoing::News(message)).await;
}
