//! The limits on what a guest may allocate, kept for one call.

use wasmtime::ResourceLimiter;

use super::failure::LimitKind;

/// How many table elements a call may have in all its tables.
const TABLE_ELEMENTS: usize = 100_000;

/// Counts the memory of all instances of one call. Growth beyond the limit
/// ends the call and is remembered, so that the error can name it.
pub(super) struct Limiter {
    memory: usize,
    memory_used: usize,
    table_elements_used: usize,
    exceeded: Option<LimitKind>,
}

impl Limiter {
    pub(super) fn new(memory: usize) -> Self {
        Limiter {
            memory,
            memory_used: 0,
            table_elements_used: 0,
            exceeded: None,
        }
    }

    pub(super) fn exceeded(&self) -> Option<LimitKind> {
        self.exceeded
    }

    fn refuse(&mut self, limit: LimitKind) -> wasmtime::Result<bool> {
        self.exceeded = Some(limit);
        Err(wasmtime::format_err!("the {limit} limit is reached"))
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
        if used > TABLE_ELEMENTS {
            return self.refuse(LimitKind::TableElements);
        }
        self.table_elements_used = used;
        Ok(true)
    }
}
