//! A count of bytes, and streams that count.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::filesystem::types::ErrorCode;
use wasmtime_wasi::p2::{
    DynOutputStream, FsResult, OutputStream, Pollable, StreamError, StreamResult,
};

use crate::wasm::plugin::Shared;

/// The bytes that one call has written.
#[derive(Clone)]
pub(in crate::wasm) struct Written {
    plugin: Arc<Shared>,
    bytes: Arc<AtomicU64>,
}

impl Written {
    pub(in crate::wasm) fn new(plugin: Arc<Shared>) -> Self {
        Written {
            plugin,
            bytes: Arc::default(),
        }
    }

    /// Ends a call.
    pub(in crate::wasm) fn end(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// Counts bytes that shall be written, if the limit allows.
    pub(super) fn take(&self, bytes: u64) -> FsResult<()> {
        if self.has_room(bytes) {
            Ok(())
        } else {
            Err(ErrorCode::InsufficientSpace.into())
        }
    }

    fn has_room(&self, bytes: u64) -> bool {
        let limit = self.plugin.policy.limits.filesystem_write_bytes;
        let before = self
            .bytes
            .try_update(Ordering::Relaxed, Ordering::Relaxed, |before| {
                before.checked_add(bytes).filter(|after| *after <= limit)
            });
        if before.is_err() {
            tracing::warn!(
                plugin = &*self.plugin.name,
                "refused a write: this call reached its filesystem-write-bytes limit ({limit})"
            );
        }
        before.is_ok()
    }
}

/// A stream into a file, which counts.
pub(super) struct Counted {
    inner: DynOutputStream,
    written: Written,
}

impl Counted {
    pub(super) fn new(inner: DynOutputStream, written: Written) -> Self {
        Counted { inner, written }
    }
}

#[async_trait]
impl Pollable for Counted {
    async fn ready(&mut self) {
        self.inner.ready().await;
    }
}

#[async_trait]
impl OutputStream for Counted {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        if !self.written.has_room(bytes.len() as u64) {
            let full = io::Error::from_raw_os_error(FULL);
            return Err(StreamError::LastOperationFailed(full.into()));
        }
        self.inner.write(bytes)
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.inner.flush()
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.inner.check_write()
    }

    async fn cancel(&mut self) {
        self.inner.cancel().await;
    }
}

/// The system's code for a full disk, by which the guest learns of it.
#[cfg(unix)]
const FULL: i32 = 28; // ENOSPC
#[cfg(windows)]
const FULL: i32 = 112; // ERROR_DISK_FULL
