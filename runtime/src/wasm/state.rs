//! What a store carries: everything that its guest may touch.
//!
//! Some of it is the instance's, and stays where the instance serves several
//! calls; the rest is the call's, and each call begins it anew.

use std::any::Any;
use std::sync::Arc;

use wasmtime::component::ResourceTable;
use wasmtime_wasi::p2::DynOutputStream;
use wasmtime_wasi::p2::bindings::filesystem::types::Descriptor;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use super::clock::Clock;
use super::consent::Asking;
use super::events::Events;
use super::filesystem::{AskedFor, Touched, Written};
use super::keyvalue::OpenBucket;
use super::limiter::Limiter;
use super::network::Network;
use super::output::Output;
use super::plugin::Shared;
use super::turns::Pace;

/// How many bytes of randomness a guest gets in one go.
pub(super) const MAX_RANDOM: u64 = 64 << 10;

/// One in so many of its handles may be left open by a guest for its instance to
/// be kept: the others are the next call's.
const LEFT_OPEN: usize = 4;

pub(super) struct State {
    pub(super) plugin: Arc<Shared>,
    pub(super) wasi: WasiCtx,
    pub(super) table: ResourceTable,
    pub(super) http: WasiHttpCtx,
    pub(super) limiter: Limiter,
    // Open handles may lead to these, so they stay, and count for each call anew.
    pub(super) network: Network,
    /// What it has written to disk.
    pub(super) written: Written,
    /// Which paths it has touched.
    pub(super) touched: Touched,
    /// What it has open of directories that its user is asked about.
    pub(super) asked_for: AskedFor,
    pub(super) output: Arc<Output>,
    /// How long it has computed.
    pub(super) pace: Arc<Pace>,
    pub(super) call: CallState,
}

/// What is of one call, and nothing of it in the next.
#[derive(Default)]
pub(super) struct CallState {
    pub(super) events: Events,
    /// The deadline, where it can be put off: in plugins that ask or detach.
    pub(super) clock: Option<Arc<Clock>>,
    /// Who is asked for what is not granted; none where it is refused.
    pub(super) asking: Option<Arc<Asking>>,
    /// How many questions it has asked.
    pub(super) asked: usize,
    /// The last progress reported; the next must be greater.
    pub(super) progress: Option<f64>,
}

impl State {
    /// Begins a call, of an instance that is new or whose last call has ended.
    pub(super) fn begin(&mut self, events: Events, clock: Option<Arc<Clock>>) {
        let asking = Asking::new(&self.plugin, &events, clock.as_ref()).map(Arc::new);
        self.network.begin(&events, asking.clone());
        self.call.asking = asking;
        self.touched.begin(events.uses.clone());
        self.call.events = events;
        self.call.clock = clock;
    }

    /// Ends a call: what was its own goes, and what counts for each call is
    /// counted anew.
    pub(super) fn end(&mut self) {
        self.network.end();
        self.written.end();
        self.touched.end();
        self.output.end();
        self.pace.end();
        self.call = CallState::default();
    }

    /// Whether all that the guest has left open is what libraries keep open:
    /// directories, stdout and stderr, buckets, and few of them. Anything else
    /// would be used, or would go on, in a call that never asked for it.
    pub(super) fn is_at_rest(&mut self) -> bool {
        let most = self.plugin.policy.limits.open_handles as usize / LEFT_OPEN;
        let (mut left, mut streams) = (0, 0);
        let may_stay = |entry: &mut (dyn Any + Send)| {
            left += 1;
            streams += usize::from(entry.is::<DynOutputStream>());
            matches!(entry.downcast_ref(), Some(Descriptor::Dir(_)))
                || entry.is::<DynOutputStream>()
                || entry.is::<OpenBucket>()
        };
        let all_may = self.table.iter_mut().all(may_stay);
        all_may && left <= most && streams == self.output.streams()
    }

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
