//! A guest's store and instance: for one call or, where they are kept, for
//! several, one after the other.

use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{Instance, InstancePre};

use super::bindings::exports::portcullis::plugin as guest;
use super::clock::Clock;
use super::events::Events;
use super::plugin::Shared;
use super::state::State;
use crate::policy::Limits;

/// A store, and the guest in it once it has been called.
pub(super) struct Sandbox {
    pub(super) store: Store<State>,
    instance: Option<Instance>,
    guests: Guests,
    calls: u64,
}

/// The exported interfaces that have been called: looked up, with their types
/// checked.
#[derive(Default)]
pub(super) struct Guests {
    pub(super) tools: Option<guest::tools::Guest>,
    pub(super) resources: Option<guest::resources::Guest>,
    pub(super) prompts: Option<guest::prompts::Guest>,
    pub(super) completion: Option<guest::completion::Guest>,
}

impl Sandbox {
    pub(super) fn new(store: Store<State>) -> Self {
        Sandbox {
            store,
            instance: None,
            guests: Guests::default(),
            calls: 0,
        }
    }

    pub(super) fn plugin(&self) -> &Arc<Shared> {
        &self.store.data().plugin
    }

    fn limits(&self) -> &Limits {
        &self.plugin().policy.limits
    }

    /// Begins a call: all that is counted is counted from here.
    pub(super) fn begin(&mut self, events: Events, clock: Option<Arc<Clock>>) {
        self.calls += 1;
        let fuel = self.limits().fuel.unwrap_or(u64::MAX);
        self.store.set_fuel(fuel).expect("the engine counts fuel");
        self.store.set_epoch_deadline(1);
        self.store.data_mut().begin(events, clock);
    }

    /// The instance, which the first call makes, and the store to call it in.
    pub(super) async fn instance(
        &mut self,
        pre: &InstancePre<State>,
    ) -> wasmtime::Result<(Instance, &mut Store<State>)> {
        let instance = match self.instance {
            Some(instance) => instance,
            None => pre.instantiate_async(&mut self.store).await?,
        };
        self.instance = Some(instance);
        Ok((instance, &mut self.store))
    }

    /// An interface of the guest's, and the store to call it in. The first call
    /// makes the instance and looks the interface up.
    pub(super) async fn guest<G: 'static>(
        &mut self,
        pre: &InstancePre<State>,
        interface: impl FnOnce(&mut Guests) -> &mut Option<G>,
        load: impl FnOnce(&mut Store<State>, &Instance) -> wasmtime::Result<G>,
    ) -> wasmtime::Result<(&G, &mut Store<State>)> {
        let (instance, _) = self.instance(pre).await?;
        let guest = interface(&mut self.guests);
        if guest.is_none() {
            *guest = Some(load(&mut self.store, &instance)?);
        }
        let guest = guest.as_ref().expect("it has just been loaded");
        Ok((guest, &mut self.store))
    }

    /// Ends a call whose guest has answered. Gives the sandbox for the next one,
    /// with nothing of this one's caller in it, if it can serve more.
    pub(super) fn end(mut self) -> Option<Self> {
        self.account();
        let is_spent = self.calls >= self.limits().calls_per_instance.into();
        let state = self.store.data_mut();
        if is_spent || !state.is_at_rest() {
            return None;
        }
        state.end();
        Some(self)
    }

    /// Tells what the call used, once.
    fn account(&mut self) {
        let left = self.store.get_fuel();
        let state = self.store.data_mut();
        if let Some(uses) = state.call.events.uses.take() {
            let given = state.plugin.policy.limits.fuel.unwrap_or(u64::MAX);
            let used = given.saturating_sub(left.unwrap_or(given));
            uses.ended(used, state.limiter.peak_memory());
        }
    }
}

impl Drop for Sandbox {
    /// However a call ends, what it used is known.
    fn drop(&mut self) {
        self.account();
    }
}
