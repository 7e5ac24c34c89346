//! What it costs to hold much at once: subscriptions that wait for news, and
//! calls that are being worked on.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::home::Home;
use crate::process::{mebibytes, peak_memory, resident_memory};
use crate::web::{self, Server};

/// Subscriptions, each on a connection of its own.
const SUBSCRIPTIONS: usize = 10_000;
/// Calls, each on a connection of its own.
const CALLS: usize = 1_000;
/// How long each of them takes: longer than it takes to make them all.
const CALL_MILLISECONDS: u64 = 5_000;
/// Connections that are opened at the same time.
const OPENING: usize = 100;

/// Measures, and gives the table.
pub(crate) fn measure(portcullis: &Path, home: &Home) -> Result<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut table = String::new();
    let row = |table: &mut String, what: &str, before: f64, after: f64, count: usize| {
        // Writing into a string cannot fail.
        let _ = writeln!(
            table,
            "{what:<36}{before:>12.1}{after:>12.1}{:>9.1}",
            (after - before) * 1024.0 / count as f64
        );
    };
    let _ = writeln!(
        table,
        "{:<36}{:>12}{:>12}{:>9}",
        "held over HTTP, memory in MiB", "before", "with them", "KiB each"
    );

    let server = Server::portcullis(portcullis, home)?;
    let idle = mebibytes(resident_memory(server.id())?);
    let streams = runtime.block_on(open_all(&server.address, SUBSCRIPTIONS, listen))?;
    let held = mebibytes(resident_memory(server.id())?);
    row(
        &mut table,
        "10,000 subscriptions",
        idle,
        held,
        streams.len(),
    );
    drop(streams);

    let server = Server::portcullis(portcullis, home)?;
    runtime.block_on(call(&server.address, 0))?;
    let idle = mebibytes(resident_memory(server.id())?);
    runtime.block_on(async {
        let mut calls = JoinSet::new();
        for _ in 0..CALLS {
            let address = server.address.clone();
            calls.spawn(async move { call(&address, CALL_MILLISECONDS).await });
        }
        while let Some(ended) = calls.join_next().await {
            ended??;
        }
        anyhow::Ok(())
    })?;
    let peak = mebibytes(peak_memory(server.id())?);
    row(&mut table, "1,000 calls, all running", idle, peak, CALLS);
    Ok(table)
}

/// Opens this many connections, and keeps them all.
async fn open_all<F>(
    address: &str,
    count: usize,
    open: impl Fn(String) -> F,
) -> Result<Vec<TcpStream>>
where
    F: Future<Output = Result<TcpStream>> + Send + 'static,
{
    let mut streams = Vec::with_capacity(count);
    let mut opening = JoinSet::new();
    while streams.len() + opening.len() < count {
        if opening.len() == OPENING
            && let Some(opened) = opening.join_next().await
        {
            streams.push(opened??);
        }
        opening.spawn(open(address.to_owned()));
    }
    while let Some(opened) = opening.join_next().await {
        streams.push(opened??);
    }
    Ok(streams)
}

/// Subscribes, and returns once that is acknowledged.
async fn listen(address: String) -> Result<TcpStream> {
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#;
    post(&address, "subscriptions/listen", None, body, "acknowledged").await
}

/// Calls a tool that takes so long, and waits for its answer.
async fn call(address: &str, milliseconds: u64) -> Result<TcpStream> {
    let body = web::call_body("sleep", &format!(r#"{{"ms":{milliseconds}}}"#));
    post(
        address,
        "tools/call",
        Some("sleep"),
        &body,
        "\"isError\":false",
    )
    .await
}

/// Sends a request and reads until `awaited` has come.
async fn post(
    address: &str,
    method: &str,
    name: Option<&str>,
    body: &str,
    awaited: &str,
) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address).await?;
    let request = web::request(address, method, name, body, "keep-alive");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains(awaited) {
        if stream.read_buf(&mut answer).await? == 0 {
            bail!(
                "the server ended the connection after {}",
                String::from_utf8_lossy(&answer)
            );
        }
    }
    Ok(stream)
}
