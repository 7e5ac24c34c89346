//! Who asks, as far as it is known.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::wasm::{CallLimits, Gate};

/// Whom a request is from. There is no authentication yet, so all that is known
/// is the way by which it came.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// The program that started this one, on its pipes.
    Stdio,
    /// Somebody who may use the Unix socket.
    Unix,
    /// Somebody who reaches the HTTP port.
    Http,
    /// Somebody with the command line of this program.
    Local,
}

impl Principal {
    /// Its name: two principals of the same name are one.
    pub fn name(&self) -> &str {
        match self {
            Principal::Stdio => "stdio",
            Principal::Unix => "unix",
            Principal::Http => "http",
            Principal::Local => "local",
        }
    }
}

/// What each principal may do at once and a minute, all plugins together.
pub(super) struct Principals {
    limits: CallLimits,
    gates: Mutex<HashMap<Principal, Arc<Gate>>>,
}

impl Principals {
    pub(super) fn new(limits: CallLimits) -> Self {
        Principals {
            limits,
            gates: Mutex::default(),
        }
    }

    /// What the calls of a principal pass.
    pub(super) fn gate(&self, principal: &Principal) -> Arc<Gate> {
        let mut gates = self.gates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(gate) = gates.get(principal) {
            return Arc::clone(gate);
        }
        let of = format!("of principal `{}`", principal.name());
        let gate = Arc::new(Gate::new(self.limits, &of));
        gates.insert(principal.clone(), Arc::clone(&gate));
        gate
    }
}
