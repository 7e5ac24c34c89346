//! The calls that a plugin answers, each in an instance of its own.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::error::Elapsed;
use wasmtime::Store;
use wasmtime::component::Instance;

use super::bindings::exports::portcullis::plugin as guest;
use super::bindings::portcullis::plugin::content::Context;
use super::clock::Clock;
use super::convert;
use super::events::Events;
use super::failure::Failure;
use super::plugin::{Admission, Description, GetError, Plugin, ReadError, ToolError};
use super::sandbox::{Guests, Sandbox};
use super::state::State;
use super::turns::Pace;
use crate::policy::printable;
use crate::protocol::completion::{Reference, Suggestions};
use crate::protocol::prompts::PromptOutput;
use crate::protocol::resources::ReadOutput;
use crate::protocol::tools::ToolOutput;

/// One call: its places in the queues and its sandbox. Dropping it ends the
/// guest and returns its memory.
pub(super) struct Call<'a> {
    plugin: &'a Plugin,
    pub(super) sandbox: Sandbox,
    _admission: Admission<'a>,
}

/// How a call runs: how long it may, and how it shares the processors.
pub(super) struct Course {
    deadline: Deadline,
    pace: Arc<Pace>,
}

enum Deadline {
    Fixed(Duration),
    /// Put off while the guest waits for answers, or when it detaches.
    Movable(Arc<Clock>),
}

impl Course {
    /// The future is lent, since each that it were moved into would be larger by
    /// it, and it is moved with the call.
    pub(super) async fn run<R: Send>(
        self,
        running: Pin<&mut (impl Future<Output = wasmtime::Result<R>> + Send)>,
    ) -> Result<wasmtime::Result<R>, Elapsed> {
        let running = self.pace.run(running);
        match self.deadline {
            Deadline::Fixed(limit) => tokio::time::timeout(limit, running).await,
            Deadline::Movable(clock) => clock.run(running).await,
        }
    }
}

impl Call<'_> {
    /// An interface of its guest's, and the store to call it in.
    async fn guest<G: 'static>(
        &mut self,
        interface: impl FnOnce(&mut Guests) -> &mut Option<G>,
        load: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<G>,
    ) -> wasmtime::Result<(&G, &mut Store<State>)> {
        let pre = &self.plugin.pre;
        self.sandbox.guest(pre, interface, load).await
    }

    /// What `convert` makes of the guest's answer, or what ended the call
    /// instead. Only after an answer that is one the guest may be kept.
    pub(super) fn end<R, T>(
        self,
        result: Result<wasmtime::Result<R>, Elapsed>,
        convert: impl FnOnce(R) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let shared = &self.plugin.shared;
        let limits = &shared.policy.limits;
        let state = self.sandbox.store.data();
        match result {
            Ok(Ok(answer)) if self.plugin.keeps(&state.call.events) => {
                let converted = convert(answer)?;
                self.plugin.keep(self.sandbox);
                Ok(converted)
            }
            Ok(Ok(answer)) => {
                // Its memory and its places are others' from here.
                drop(self);
                convert(answer)
            }
            Ok(Err(error)) => Err(Failure::classify(&shared.name, limits, state, &error)),
            Err(_) => {
                let clock = &state.call.clock;
                let reached = clock
                    .as_ref()
                    .map_or(limits.deadline, |clock| clock.limit());
                Err(Failure::deadline(&shared.name, reached, limits))
            }
        }
    }
}

impl Plugin {
    /// Asks the guest what it offers. A plain component is read instead, and its
    /// bytes are asked for.
    pub async fn describe(
        &self,
        bytes: impl AsyncFnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<Description, Failure> {
        let mut description = Description {
            completion: self.completion.is_some(),
            ..Description::default()
        };
        if let Some(plain) = &self.plain {
            (description.tools, description.left_out) = self.describe_plain(plain, bytes).await?;
        }
        if let Some(indices) = &self.tools {
            let (mut call, course) = self.begin(listing(), None).await?;
            let result = course
                .run(pin!(async {
                    let load = |store: &mut _, instance: &_| indices.load(store, instance);
                    let (guest, store) = call.guest(|its| &mut its.tools, load).await?;
                    guest.call_list(store).await
                }))
                .await;
            description.tools = call.end(result, |tools| {
                let tools = tools.map_err(|text| self.guest_failed(text))?;
                self.converted(convert::tools(tools))
            })?;
        }
        if let Some(indices) = &self.resources {
            let (mut call, course) = self.begin(listing(), None).await?;
            let result = course
                .run(pin!(async {
                    let load = |store: &mut _, instance: &_| indices.load(store, instance);
                    let (guest, store) = call.guest(|its| &mut its.resources, load).await?;
                    let resources = guest.call_list(&mut *store).await?;
                    Ok((resources, guest.call_templates(store).await?))
                }))
                .await;
            let (resources, templates) = call.end(result, Ok)?;
            let resources = resources.map_err(|text| self.guest_failed(text))?;
            let templates = templates.map_err(|text| self.guest_failed(text))?;
            description.resources = self.converted(convert::resources(resources))?;
            description.templates = self.converted(convert::templates(templates))?;
        }
        if let Some(indices) = &self.prompts {
            let (mut call, course) = self.begin(listing(), None).await?;
            let result = course
                .run(pin!(async {
                    let load = |store: &mut _, instance: &_| indices.load(store, instance);
                    let (guest, store) = call.guest(|its| &mut its.prompts, load).await?;
                    guest.call_list(store).await
                }))
                .await;
            description.prompts = call.end(result, |prompts| {
                let prompts = prompts.map_err(|text| self.guest_failed(text))?;
                self.converted(convert::prompts(prompts))
            })?;
        }
        Ok(description)
    }

    /// Calls a tool. `arguments` is a JSON object, `meta` too.
    ///
    /// A tool that failed is an output with `is_error`.
    pub async fn call_tool(
        &self,
        name: &str,
        arguments: &str,
        meta: &str,
        events: Events,
    ) -> Result<Result<ToolOutput, ToolError>, Failure> {
        use guest::tools::CallError;
        if let Some(plain) = &self.plain {
            // Boxed, so that other calls are no larger for it.
            let call = self.call_function(plain, name, arguments, events);
            return Box::pin(call).await;
        }
        let indices = self.exported(self.tools.as_ref(), "tools")?;
        let (mut call, course) = self.begin(events, Some(name)).await?;
        let context = Context { meta };
        let result = course
            .run(pin!(async {
                let load = |store: &mut _, instance: &_| indices.load(store, instance);
                let (guest, store) = call.guest(|its| &mut its.tools, load).await?;
                guest.call_call(store, name, arguments, context).await
            }))
            .await;
        call.end(result, |answer| {
            Ok(match answer {
                Ok(output) => Ok(self.converted(convert::tool_output(output, false))?),
                Err(CallError::Failed(output)) => {
                    Ok(self.converted(convert::tool_output(output, true))?)
                }
                Err(CallError::InvalidArguments(what)) => Err(ToolError::InvalidArguments(what)),
                Err(CallError::UnknownTool) => Err(ToolError::Unknown),
                Err(CallError::Other(message)) => return Err(self.guest_failed(message)),
            })
        })
    }

    /// Reads a resource.
    pub async fn read(
        &self,
        uri: &str,
        meta: &str,
        events: Events,
    ) -> Result<Result<ReadOutput, ReadError>, Failure> {
        use guest::resources::ReadError as GuestError;
        let indices = self.exported(self.resources.as_ref(), "resources")?;
        let (mut call, course) = self.begin(events, None).await?;
        let context = Context { meta };
        let result = course
            .run(pin!(async {
                let load = |store: &mut _, instance: &_| indices.load(store, instance);
                let (guest, store) = call.guest(|its| &mut its.resources, load).await?;
                guest.call_read(store, uri, context).await
            }))
            .await;
        call.end(result, |answer| {
            Ok(match answer {
                Ok(output) => Ok(self.converted(convert::read_output(output))?),
                Err(GuestError::NotFound) => Err(ReadError::NotFound),
                Err(GuestError::Other(message)) => return Err(self.guest_failed(message)),
            })
        })
    }

    /// Fills in a prompt.
    pub async fn get_prompt(
        &self,
        name: &str,
        arguments: &[(String, String)],
        meta: &str,
        events: Events,
    ) -> Result<Result<PromptOutput, GetError>, Failure> {
        use guest::prompts::GetError as GuestError;
        let indices = self.exported(self.prompts.as_ref(), "prompts")?;
        let (mut call, course) = self.begin(events, None).await?;
        let context = Context { meta };
        let arguments = pairs(arguments);
        let result = course
            .run(pin!(async {
                let load = |store: &mut _, instance: &_| indices.load(store, instance);
                let (guest, store) = call.guest(|its| &mut its.prompts, load).await?;
                guest.call_get(store, name, &arguments, context).await
            }))
            .await;
        call.end(result, |answer| {
            Ok(match answer {
                Ok(output) => Ok(self.converted(convert::prompt_output(output))?),
                Err(GuestError::InvalidArguments(what)) => Err(GetError::InvalidArguments(what)),
                Err(GuestError::UnknownPrompt) => Err(GetError::Unknown),
                Err(GuestError::Other(message)) => return Err(self.guest_failed(message)),
            })
        })
    }

    /// Suggests values for an argument, given as name and what is typed so
    /// far. `resolved` are the arguments already filled in.
    pub async fn complete(
        &self,
        reference: &Reference,
        (name, value): (&str, &str),
        resolved: &[(String, String)],
        meta: &str,
        events: Events,
    ) -> Result<Suggestions, Failure> {
        use guest::completion::{Argument, Reference as GuestReference};
        let indices = self.exported(self.completion.as_ref(), "completion")?;
        let reference = match reference {
            Reference::Prompt(name) => GuestReference::Prompt(name),
            Reference::ResourceTemplate(template) => GuestReference::ResourceTemplate(template),
        };
        let argument = Argument { name, value };
        let resolved = pairs(resolved);
        let context = Context { meta };
        let (mut call, course) = self.begin(events, None).await?;
        let result = course
            .run(pin!(async {
                let load = |store: &mut _, instance: &_| indices.load(store, instance);
                let (guest, store) = call.guest(|its| &mut its.completion, load).await?;
                guest
                    .call_complete(store, reference, argument, &resolved, context)
                    .await
            }))
            .await;
        call.end(result, |suggestions| {
            let suggestions = suggestions.map_err(|text| self.guest_failed(text))?;
            self.converted(convert::suggestions(suggestions))
        })
    }

    pub(super) async fn begin(
        &self,
        events: Events,
        tool: Option<&str>,
    ) -> Result<(Call<'_>, Course), Failure> {
        let admission = self.admit(&events, tool).await?;
        let limits = &self.shared.policy.limits;
        let (clock, deadline) = if self.interactive || events.task {
            let clock = Arc::new(Clock::new(if events.task {
                limits.task_deadline
            } else {
                limits.deadline
            }));
            (Some(Arc::clone(&clock)), Deadline::Movable(clock))
        } else {
            (None, Deadline::Fixed(limits.deadline))
        };
        let mut sandbox = self.sandbox(&events);
        sandbox.begin(events, clock);
        let pace = Arc::clone(&sandbox.store.data().pace);
        let call = Call {
            plugin: self,
            sandbox,
            _admission: admission,
        };
        Ok((call, Course { deadline, pace }))
    }

    fn exported<'a, T>(
        &self,
        indices: Option<&'a T>,
        interface: &'static str,
    ) -> Result<&'a T, Failure> {
        indices.ok_or_else(|| Failure::NotExported {
            plugin: self.shared.name.to_string(),
            interface,
        })
    }

    pub(super) fn converted<T>(&self, result: Result<T, String>) -> Result<T, Failure> {
        result.map_err(|cause| Failure::Malformed {
            plugin: self.shared.name.to_string(),
            cause: printable(&cause).into_owned(),
        })
    }

    fn guest_failed(&self, message: String) -> Failure {
        Failure::Guest {
            plugin: self.shared.name.to_string(),
            message: printable(&message).into_owned(),
        }
    }
}

pub(super) fn listing() -> Events {
    Events {
        listing: true,
        ..Events::default()
    }
}

fn pairs(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}
