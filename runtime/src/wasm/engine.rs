//! The engine all plugins share: compiler settings, instance pool, clock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use wasmtime::component::Linker;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, Strategy,
};

use super::compile::CompileCache;
use super::host;
use super::network::Client;
use super::state::State;
use super::turns::Turns;

/// How often the epoch advances: an overrun is noticed within two ticks.
const EPOCH_TICK: Duration = Duration::from_millis(10);

/// How much wasm stack a call has. Engine-wide, since wasmtime has it so.
pub(super) const WASM_STACK: usize = 1 << 20;

/// The host's own frames on a guest's fiber, above the wasm stack.
const HOST_STACK: usize = 512 << 10;

/// Dirty memory up to this size is cleared in place and kept mapped, which
/// costs a tenth of handing it back to the kernel.
const KEEP_RESIDENT: usize = 1 << 20;

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
    pub(super) places: Arc<Semaphore>,
    pub(super) client: Arc<Client>,
    pub(super) cache: Option<CompileCache>,
    pub(super) turns: Arc<Turns>,
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
        let turns = Arc::new(Turns::new());
        start_clock(&wasmtime, Arc::clone(&turns))?;
        Ok(Arc::new(Engine {
            wasmtime,
            linker,
            places: Arc::new(Semaphore::new(concurrency)),
            client: Arc::new(Client::default()),
            cache: options.cache.map(CompileCache::new),
            turns,
        }))
    }
}

fn config(concurrency: usize, reservation: Option<u64>) -> Config {
    // A component is several core instances (WASI adapters, lazy binding
    // tables); Python has up to 15, three memories are the most seen.
    let count = |per_call: usize| u32::try_from(concurrency * per_call).unwrap_or(u32::MAX);
    let mut pool = PoolingAllocationConfig::default();
    pool.total_component_instances(count(1))
        .total_core_instances(count(8).max(64))
        .total_memories(count(2).max(16))
        .total_tables(count(4).max(64))
        .total_stacks(count(1))
        .max_core_instances_per_component(64)
        .max_memories_per_component(8)
        .max_tables_per_component(32)
        .max_memories_per_module(4)
        .max_tables_per_module(8)
        .max_component_instance_size(4 << 20)
        .max_core_instance_size(4 << 20)
        .table_elements(100_000)
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

/// Advances the epoch, and gives out turns, for as long as the engine lives.
fn start_clock(engine: &wasmtime::Engine, turns: Arc<Turns>) -> wasmtime::Result<()> {
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("epoch".into())
        .spawn(move || {
            while let Some(engine) = weak.upgrade() {
                engine.increment_epoch();
                turns.tick();
                drop(engine);
                std::thread::sleep(EPOCH_TICK);
            }
        })?;
    Ok(())
}
