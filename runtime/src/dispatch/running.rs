//! A running call: its news on their way to the caller, its questions, and how
//! it ends.

use std::future::Future;
use std::pin::pin;

use tokio::sync::{mpsc, oneshot};
use tracing::{Instrument as _, Span};

use super::caller::Caller;
use super::conversation::Outgoing;
use super::failed;
use super::input::{self, Asked, Questions, Round};
use super::recording::Recording;
use crate::protocol::logging::{self, LogParams};
use crate::protocol::progress::{self, ProgressParams};
use crate::protocol::{RpcError, jsonrpc};
use crate::wasm::{Ask, Event, Events, Failure, Plugin};

/// Why a call has no answer of the plugin's.
pub(super) enum Stopped {
    /// The request failed.
    Failed(RpcError),
    /// The client has to answer these first.
    Open(Questions),
}

/// Why a call is not attended to any more.
pub(super) enum Left {
    /// It is over.
    Stopped(Stopped),
    /// The rest takes long, and the guest waits to know whether it goes on as a
    /// task.
    Detaching(oneshot::Sender<bool>),
}

impl From<Stopped> for Left {
    fn from(stopped: Stopped) -> Self {
        Left::Stopped(stopped)
    }
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Stopped::Failed(failed(&failure))
    }
}

/// Runs a call to its end. What it tells is sent before its answer is returned.
pub(super) async fn run<T, F>(
    caller: &Caller<'_>,
    round: &mut Round,
    recording: &Recording,
    plugin: (&str, &Plugin),
    call: impl FnOnce(Events) -> F,
) -> Result<T, Stopped>
where
    F: Future<Output = Result<T, Failure>>,
{
    let (name, plugin) = plugin;
    let (mut events, receiver) = caller.events(plugin.is_interactive());
    recording.attend(&mut events);
    let span = span(&events);
    let mut call = pin!(call(events).instrument(span));
    let Some(mut receiver) = receiver else {
        return Ok(call.await?);
    };
    loop {
        match attend(caller, round, name, &mut call, &mut receiver).await {
            Ok(answer) => return Ok(answer),
            Err(Left::Stopped(stopped)) => return Err(stopped),
            // Who has no use for tasks waits on.
            Err(Left::Detaching(reply)) => drop(reply.send(false)),
        }
    }
}

/// What log lines of a call stand in: its trace, if its caller named one.
pub(super) fn span(events: &Events) -> Span {
    match &events.trace {
        Some(trace) => tracing::info_span!("call", traceparent = %trace.traceparent),
        None => Span::none(),
    }
}

/// Attends to a call until it ends or wants to detach.
pub(super) async fn attend<T, F>(
    caller: &Caller<'_>,
    round: &mut Round,
    plugin: &str,
    call: &mut F,
    events: &mut mpsc::Receiver<Event>,
) -> Result<T, Left>
where
    F: Future<Output = Result<T, Failure>> + Unpin,
{
    let result = loop {
        tokio::select! {
            biased;
            Some(event) = events.recv() => match event {
                Event::Ask(Ask { questions, reply }) => {
                    match input::ask(caller, round, questions).await {
                        // A guest that was ended meanwhile wants no answer.
                        Asked::Answered(answers) => drop(reply.send(answers)),
                        Asked::Open(questions) => return Err(Stopped::Open(questions).into()),
                        Asked::Refused(error) => return Err(Stopped::Failed(error).into()),
                    }
                }
                Event::Detach(reply) => return Err(Left::Detaching(reply)),
                // A client that reads slowly does not stop the call's clock.
                news => if let Some(result) = beside(tell(caller, plugin, &news), call).await {
                    break result;
                },
            },
            result = &mut *call => break result,
        }
    };
    while let Ok(event) = events.try_recv() {
        tell(caller, plugin, &event).await;
    }
    result.map_err(|failure| Stopped::from(failure).into())
}

/// Does something while a call runs; gives the call's result if it ended.
async fn beside<T>(
    doing: impl Future<Output = ()>,
    call: &mut (impl Future<Output = T> + Unpin),
) -> Option<T> {
    let mut doing = pin!(doing);
    tokio::select! {
        biased;
        () = &mut doing => None,
        result = call => {
            doing.await;
            Some(result)
        }
    }
}

async fn tell(caller: &Caller<'_>, plugin: &str, event: &Event) {
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
        Event::Ask(_) | Event::Detach(_) => return,
    };
    // A client that is gone wants no news.
    let _ = caller.outbound.send(Outgoing::News(message)).await;
}
