//! The limits on what a guest may allocate, kept for one instance of it.

use wasmtime::ResourceLimiter;

use super::failure::{LimitKind, Reached};
use crate::policy::Limits;

/// Counts the memory and the table elements of all of a store's instances.
/// Growth beyond a limit ends the call and is remembered, so that the error can
/// name it.
pub(super) struct Limiter {
    memory: usize,
    table_elements: usize,
    memory_used: usize,
    table_elements_used: usize,
    exceeded: Option<LimitKind>,
}

impl Limiter {
    pub(super) fn new(limits: &Limits) -> Self {
        Limiter {
            memory: usize::try_from(limits.memory).unwrap_or(usize::MAX),
            table_elements: limits.table_elements as usize,
            memory_used: 0,
            table_elements_used: 0,
            exceeded: None,
        }
    }

    /// The most memory so far: none is given back before the end.
    pub(super) fn peak_memory(&self) -> u64 {
        self.memory_used as u64
    }

    pub(super) fn exceeded(&self) -> Option<LimitKind> {
        self.exceeded
    }

    fn refuse(&mut self, limit: LimitKind) -> wasmtime::Result<bool> {
        self.exceeded = Some(limit);
        Err(Reached(limit).into())
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let used = self.memory_used - current.min(self.memory_used) + desired;
        if used > self.memory {
            return self.refuse(LimitKind::Memory);
        }
        self.memory_used = used;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        Err(error)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let used = self.table_elements_used - current.min(self.table_elements_used) + desired;
        if used > self.table_elements {
            return self.refuse(LimitKind::TableElements);
        }
        self.table_elements_used = used;
        Ok(true)
    }
}
