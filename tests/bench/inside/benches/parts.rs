//! What the parts of a call take. `cargo xtask parts` runs it, in a home
//! with the guest `echo`.

use std::path::PathBuf;
use std::sync::OnceLock;

use divan::{Bencher, black_box};
use portcullis::dispatch::Outbound;
use portcullis::protocol::jsonrpc::{self, Id};
use portcullis::registry::Schema;
use portcullis_inside::{ARGUMENTS, REQUEST, Runtime};
use tokio::runtime::Runtime as Executor;

fn main() {
    divan::main();
}

/// The runtime, and what runs it.
fn runtime() -> &'static (Executor, Runtime) {
    static RUNTIME: OnceLock<(Executor, Runtime)> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let home = |name| PathBuf::from(std::env::var_os(name).expect("cargo xtask sets it"));
        let executor = Executor::new().expect("threads");
        let (config, data) = (home("PORTCULLIS_CONFIG"), home("PORTCULLIS_DATA"));
        let opening = Runtime::open(&config, &data);
        let runtime = executor.block_on(opening).expect("a home with `echo`");
        (executor, runtime)
    })
}

#[divan::bench]
fn parse() {
    assert!(jsonrpc::parse(black_box(REQUEST)).is_ok());
}

#[divan::bench]
fn check_by_schema(bencher: Bencher<'_, '_>) {
    let schema = Schema::compile(runtime().1.input_schema()).expect("a schema");
    bencher.bench(|| schema.check(black_box(ARGUMENTS)));
}

/// An instance, the call in it, and what it gave as protocol types.
#[divan::bench]
fn call(bencher: Bencher<'_, '_>) {
    let (executor, runtime) = runtime();
    bencher.bench_local(|| executor.block_on(runtime.call()));
}

/// From the bytes of a request to those of its response, all of the above in it.
#[divan::bench]
fn answer(bencher: Bencher<'_, '_>) {
    let (executor, runtime) = runtime();
    let (outbound, _messages) = Outbound::channel(16);
    bencher.bench_local(|| executor.block_on(runtime.answer(&outbound)));
}

#[divan::bench]
fn write(bencher: Bencher<'_, '_>) {
    let raw = serde_json::from_str("1234").expect("JSON");
    let id = Id::parse(raw).expect("an id");
    bencher.bench(|| jsonrpc::response(&id, black_box(ARGUMENTS.as_bytes())));
}
