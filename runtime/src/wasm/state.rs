//! What a store carries: everything one call may touch, and nothing of another.

use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::clock::Clock;
use super::events::Events;
use super::filesystem::{Touched, Written};
use super::limiter::Limiter;
use super::network::Network;
use super::output::Output;
use super::plugin::Shared;
use super::turns::Pace;

/// How many bytes of randomness a guest gets in one go.
pub(super) const MAX_RANDOM: u64 = 64 << 10;

pub(super) struct State {
    pub(super) plugin: Arc<Shared>,
    pub(super) wasi: WasiCtx,
    pub(super) table: ResourceTable,
    pub(super) http: WasiHttpCtx,
    pub(super) network: Network,
    pub(super) limiter: Limiter,
    /// What it has written to disk.
    pub(super) written: Written,
    /// Which paths it has touched.
    pub(super) touched: Touched,
    pub(super) output: Arc<Output>,
    pub(super) events: Events,
    /// The deadline, where it can be put off: in plugins that ask or detach.
    pub(super) clock: Option<Arc<Clock>>,
    /// How long it has computed.
    pub(super) pace: Arc<Pace>,
    /// How many questions it has asked.
    pub(super) asked: usize,
    /// The last progress reported; the next must be greater.
    pub(super) progress: Option<f64>,
}

impl State {
    pub(super) fn last_words(&self) -> Option<String> {
        self.output.last_words()
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.network,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
