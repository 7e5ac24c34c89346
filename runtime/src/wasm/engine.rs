//! The engine all plugins share: compiler settings, instance pool, clock.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::sync::{Arc, Weak};
use std::thread::Thread;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use wasmtime::component::Linker;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig,
    ResourcesRequired, Strategy,
};

use super::compile::CompileCache;
use super::host;
use super::kept::{self, Kept};
use super::network::Client;
use super::plugin::Shared;
use super::sandbox::Sandbox;
use super::state::State;
use super::turns::Turns;
use crate::policy::MAX_TABLE_ELEMENTS;

/// How often the epoch advances while there are calls: an overrun is noticed
/// within two ticks, and a call that computes gives way at each.
const EPOCH_TICK: Duration = Duration::from_millis(1);

/// Ticks after which instances are looked for that have waited for long.
const TICKS_TO_EXPIRY: u64 = 1000;

/// Ticks that must find no call before the clock stops. Starting it again takes a
/// call longer than all else that it waits for.
const QUIET_TICKS: u32 = 50;

/// How much wasm stack a call has. Engine-wide, since wasmtime has it so.
pub(super) const WASM_STACK: usize = 1 << 20;

/// The host's own frames on a guest's fiber, above the wasm stack.
const HOST_STACK: usize = 512 << 10;

/// Dirty memory up to this size is cleared in place and kept mapped, which
/// costs a tenth of handing it back to the kernel.
const KEEP_RESIDENT: usize = 1 << 20;

/// How many memories and tables the pool has for each call in flight; a call
/// with more of them counts as several.
const MEMORIES: usize = 2;
const TABLES: usize = 4;

/// The most memories and tables that one call may have.
const MAX_MEMORIES: u32 = 8;
const MAX_TABLES: u32 = 32;

/// Module instances of one call. Their number costs nothing: it is only counted.
const MAX_INSTANCES: usize = 64;

/// Settings of an [`Engine`].
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Calls in flight in all plugins together; more wait.
    pub concurrency: usize,
    /// Where compiled code is kept; none compiles at each start.
    pub cache: Option<PathBuf>,
}

/// The wasmtime engine with all that is made once: the linker, the pool of
/// instances, the HTTP client, the cache of compiled code.
pub struct Engine {
    pub(super) wasmtime: wasmtime::Engine,
    pub(super) linker: Linker<State>,
    places: Arc<Semaphore>,
    kept: Arc<Kept>,
    concurrency: usize,
    ticker: Ticker,
    pub(super) client: Arc<Client>,
    pub(super) cache: Option<CompileCache>,
    pub(super) turns: Turns,
}

impl Engine {
    /// Makes the engine and starts its clock.
    pub fn new(options: EngineOptions) -> wasmtime::Result<Arc<Engine>> {
        let concurrency = options.concurrency.max(1);
        let wasmtime = wasmtime::Engine::new(&config(concurrency, None))
            // The pool reserves 4 GiB of addresses a memory. Where addresses
            // are rationed (`ulimit -v`, small machines), small reservations
            // with explicit bounds checks do, a fifth slower.
            .or_else(|_| wasmtime::Engine::new(&config(concurrency, Some(64 << 20))))?;
        let linker = host::linker(&wasmtime)?;
        let places = Arc::new(Semaphore::new(concurrency));
        let kept = Arc::default();
        let ticker = Ticker::start(&wasmtime, &places, &kept, concurrency)?;
        Ok(Arc::new(Engine {
            wasmtime,
            linker,
            places,
            kept,
            concurrency,
            ticker,
            client: Arc::new(Client::default()),
            cache: options.cache.map(CompileCache::new),
            turns: Turns::new(),
        }))
    }
}

impl Engine {
    /// Waits for so many places among the calls in flight.
    pub(super) async fn enter(&self, places: u32) -> SemaphorePermit<'_> {
        let entered = self.places.acquire_many(places).await;
        self.ticker.wake();
        entered.expect("never closed")
    }

    /// An instance of this plugin that waits for a call, for who has entered.
    pub(super) fn kept(&self, plugin: &Arc<Shared>) -> Option<Sandbox> {
        self.kept.take(plugin)
    }

    /// Makes the pool have room for an instance of who has entered.
    pub(super) fn make_room(&self) {
        self.kept.make_room(|| self.places.available_permits());
    }

    /// Lets an instance wait for its plugin's next call, for who is about to
    /// leave these places.
    pub(super) fn keep(&self, sandbox: Sandbox, places: u32) {
        self.kept.put(sandbox, places as usize);
    }

    /// Drops the instances of a plugin that is not called any more.
    pub(super) fn forget(&self, plugin: &Arc<Shared>) {
        self.kept.forget(plugin);
    }

    /// How many places a call takes up that needs all this: as many as its
    /// share of the pool. Without that, calls with many memories would leave
    /// none for others.
    pub(super) fn places_for(&self, needed: &ResourcesRequired) -> u32 {
        let memories = (needed.num_memories as usize).div_ceil(MEMORIES);
        let tables = (needed.num_tables as usize).div_ceil(TABLES);
        let places = memories.max(tables).clamp(1, self.concurrency);
        u32::try_from(places).unwrap_or(u32::MAX)
    }
}

fn config(concurrency: usize, reservation: Option<u64>) -> Config {
    // Python has up to 15 module instances; three memories are the most seen.
    let count = |per_call: usize| u32::try_from(concurrency * per_call).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(count(1))
        .total_core_instances(count(MAX_INSTANCES))
        .total_memories(count(MEMORIES).max(MAX_MEMORIES))
        .total_tables(count(TABLES).max(MAX_TABLES))
        .total_stacks(count(1))
        .max_core_instances_per_component(u32::try_from(MAX_INSTANCES).unwrap_or(u32::MAX))
        .max_memories_per_component(MAX_MEMORIES)
        .max_tables_per_component(MAX_TABLES)
        .max_memories_per_module(4)
        .max_tables_per_module(8)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .table_elements(usize::try_from(MAX_TABLE_ELEMENTS).unwrap_or(usize::MAX))
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(64 << 10)
        .async_stack_keep_resident(0);
    if PoolingAllocationConfig::is_pagemap_scan_available() {
        pool.pagemap_scan(Enabled::Yes);
    }
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        .wasm_component_model(true)
        .concurrency_support(false)
        .epoch_interruption(true)
        .consume_fuel(true)
        .max_wasm_stack(WASM_STACK)
        .async_stack_size(WASM_STACK + HOST_STACK)
        .memory_init_cow(true);
    if let Some(bytes) = reservation {
        config.memory_reservation(bytes).memory_guard_size(1 << 20);
        pool.max_memory_size(usize::try_from(bytes).unwrap_or(usize::MAX));
    }
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    config
}

/// Advances the epoch for as long as the engine lives, and drops instances that
/// have waited for long. It sleeps while there are no calls.
struct Ticker {
    thread: Thread,
    asleep: Arc<AtomicBool>,
}

impl Ticker {
    fn start(
        engine: &wasmtime::Engine,
        places: &Arc<Semaphore>,
        kept: &Arc<Kept>,
        concurrency: usize,
    ) -> wasmtime::Result<Ticker> {
        let calls: Weak<Semaphore> = Arc::downgrade(places);
        let kept = Arc::downgrade(kept);
        let weak = engine.weak();
        let asleep = Arc::new(AtomicBool::new(false));
        let sleeps = Arc::clone(&asleep);
        // Not while the engine ends: the loop has to see that.
        let idle = move || {
            let calls = calls.upgrade();
            calls.is_some_and(|calls| calls.available_permits() == concurrency)
        };
        let ticking = std::thread::Builder::new().name("epoch".into());
        let ticking = ticking.spawn(move || {
            let mut quiet = 0;
            let mut ticks: u64 = 0;
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                drop(engine);
                std::thread::sleep(EPOCH_TICK);
                ticks += 1;
                if ticks.is_multiple_of(TICKS_TO_EXPIRY)
                    && let Some(kept) = kept.upgrade()
                {
                    kept.expire();
                }
                quiet = if idle() { quiet + 1 } else { 0 };
                if quiet > QUIET_TICKS {
                    quiet = 0;
                    sleeps.store(true, Ordering::Relaxed);
                    // Either this sees a call that comes meanwhile, or the call
                    // sees that this sleeps.
                    fence(Ordering::SeqCst);
                    if idle() {
                        sleep_beside(&kept);
                    }
                    sleeps.store(false, Ordering::Relaxed);
                }
            }
        })?;
        Ok(Ticker {
            thread: ticking.thread().clone(),
            asleep,
        })
    }

    /// There is a call: its place is taken.
    fn wake(&self) {
        fence(Ordering::SeqCst);
        if self.asleep.load(Ordering::Relaxed) {
            self.thread.unpark();
        }
    }
}

/// Sleeps until there is a call, or something to drop.
fn sleep_beside(kept: &Weak<Kept>) {
    let waiting = kept.upgrade().is_some_and(|kept| {
        kept.expire();
        !kept.is_empty()
    });
    if waiting {
        std::thread::park_timeout(kept::PATIENCE);
    } else {
        std::thread::park();
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.thread.unpark();
    }
}
