//! Calls inside the runtime: how many a second, by so many threads.
//!
//! usage: inside CONFIG DATA_FOLDER THREADS CALLS dispatch|plugin
//!
//! `dispatch` takes requests' bytes and gives responses'; `plugin` calls the
//! guest only. A tenth of the calls goes before, to warm up.

#![allow(
    clippy::print_stdout,
    reason = "the figure is what this program is for"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use portcullis::dispatch::Outbound;
use portcullis_inside::Runtime;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "usage: inside CONFIG DATA_FOLDER THREADS CALLS dispatch|plugin";
    let [config, data, threads, calls, what] = arguments.as_slice() else {
        bail!(usage);
    };
    let dispatches = match what.as_str() {
        "dispatch" => true,
        "plugin" => false,
        _ => bail!(usage),
    };
    let (threads, calls): (usize, usize) = (threads.parse()?, calls.parse()?);
    let executor = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(threads)
        .enable_all()
        .build()?;
    executor.block_on(async {
        let runtime = Runtime::open(Path::new(config), Path::new(data)).await?;
        let runtime = Arc::new(runtime);
        for calls in [calls / 10, calls] {
            let begun = Instant::now();
            let tasks = (0..threads).map(|_| {
                let runtime = Arc::clone(&runtime);
                tokio::spawn(async move {
                    let (outbound, _messages) = Outbound::channel(16);
                    for _ in 0..calls / threads {
                        if dispatches {
                            runtime.answer(&outbound).await;
                        } else {
                            runtime.call().await;
                        }
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await?;
            }
            let seconds = begun.elapsed().as_secs_f64();
            println!(
                "{threads} threads: {:.0} calls/s, {:.2} µs a call and thread",
                calls as f64 / seconds,
                seconds * 1e6 * threads as f64 / calls as f64
            );
        }
        Ok(())
    })
}
