//! What a guest may import: WASI 0.2 and the host's own interfaces.
//!
//! One linker serves all plugins. Everything in it is safe to link: what the
//! policy does not allow answers with an error the guest can handle, so that a
//! plugin whose language links all of WASI still starts. Sockets and name
//! lookup are linked and always refuse; there is no grant for them.

use wasmtime::component::{HasSelf, Linker};
use wasmtime::format_err;
use wasmtime_wasi::p2::bindings::filesystem;

use super::bindings::portcullis::plugin::{changes, input, progress, tasks};
use super::bindings::wasi::config::store;
use super::bindings::wasi::keyvalue;
use super::bindings::wasi::logging::logging;
use super::events::{Change, Event, Events};
use super::filesystem::metered::{self, MeteredFilesystem};
use super::state::State;
use crate::policy::printable;
use crate::protocol::logging::LogLevel;

/// The longest URI of which a change is reported.
const MAX_URI: usize = 8 << 10;

pub(super) fn linker(engine: &wasmtime::Engine) -> wasmtime::Result<Linker<State>> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    // In the place of wasmtime's own, which counts nothing.
    linker.allow_shadowing(true);
    filesystem::types::add_to_linker::<_, MeteredFilesystem>(&mut linker, metered::view)?;
    filesystem::preopens::add_to_linker::<_, MeteredFilesystem>(&mut linker, metered::view)?;
    linker.allow_shadowing(false);
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    progress::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    input::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    tasks::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    changes::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    store::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    keyvalue::store::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    keyvalue::atomics::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    keyvalue::batch::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    logging::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state)?;
    Ok(linker)
}

impl progress::Host for State {
    async fn report(
        &mut self,
        progress: f64,
        total: Option<f64>,
        message: Option<String>,
    ) -> wasmtime::Result<()> {
        let rises = progress.is_finite() && self.call.progress.is_none_or(|last| progress > last);
        if !self.call.events.progress || !rises {
            return Ok(());
        }
        self.call.progress = Some(progress);
        let event = Event::Progress {
            progress,
            total: total.filter(|total| total.is_finite()),
            message,
        };
        emit(&self.call.events, event).await;
        Ok(())
    }
}

impl store::Host for State {
    fn get(&mut self, key: String) -> wasmtime::Result<Result<Option<String>, store::Error>> {
        Ok(Ok(self.plugin.policy.settings.get(&key).cloned()))
    }

    fn get_all(&mut self) -> wasmtime::Result<Result<Vec<(String, String)>, store::Error>> {
        let settings = &self.plugin.policy.settings;
        Ok(Ok(settings
            .iter()
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()))
    }
}

impl logging::Host for State {
    async fn log(
        &mut self,
        level: logging::Level,
        context: String,
        message: String,
    ) -> wasmtime::Result<()> {
        if !self.output.take(context.len() + message.len()) {
            return Ok(());
        }
        self.log_for_admin(level, &context, &message);
        let level = match level {
            logging::Level::Trace | logging::Level::Debug => LogLevel::Debug,
            logging::Level::Info => LogLevel::Info,
            logging::Level::Warn => LogLevel::Warning,
            logging::Level::Error => LogLevel::Error,
            logging::Level::Critical => LogLevel::Critical,
        };
        if self
            .call
            .events
            .log_level
            .is_some_and(|least| level >= least)
        {
            let event = Event::Log {
                level,
                context,
                message,
            };
            emit(&self.call.events, event).await;
        }
        Ok(())
    }
}

impl changes::Host for State {
    async fn tools_changed(&mut self) -> wasmtime::Result<()> {
        self.changed(Change::Tools).await
    }

    async fn resources_changed(&mut self) -> wasmtime::Result<()> {
        self.changed(Change::Resources).await
    }

    async fn prompts_changed(&mut self) -> wasmtime::Result<()> {
        self.changed(Change::Prompts).await
    }

    async fn resource_updated(&mut self, uri: String) -> wasmtime::Result<()> {
        let length = uri.len();
        if length > MAX_URI {
            return Err(format_err!(
                "it reported a change of a URI of {length} bytes; at most {MAX_URI} are accepted"
            ));
        }
        self.changed(Change::Resource(uri)).await
    }
}

async fn emit(events: &Events, event: Event) {
    if let Some(channel) = &events.channel {
        // A caller that has gone away wants no more news.
        let _ = channel.send(event).await;
    }
}

impl State {
    async fn changed(&mut self, change: Change) -> wasmtime::Result<()> {
        if let Some(changes) = &self.plugin.services.changes
            && !self.call.events.listing
        {
            // At the end of the runtime nobody listens any more.
            let _ = changes.send((self.plugin.name.to_string(), change)).await;
        }
        Ok(())
    }

    fn log_for_admin(&self, level: logging::Level, context: &str, message: &str) {
        let plugin = &*self.plugin.name;
        let (context, message) = (&*printable(context), printable(message));
        match level {
            logging::Level::Trace => tracing::trace!(plugin, context, "{message}"),
            logging::Level::Debug => tracing::debug!(plugin, context, "{message}"),
            logging::Level::Info => tracing::info!(plugin, context, "{message}"),
            logging::Level::Warn => tracing::warn!(plugin, context, "{message}"),
            logging::Level::Error | logging::Level::Critical => {
                tracing::error!(plugin, context, "{message}");
            }
        }
    }
}
