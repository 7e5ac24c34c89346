//! Calls over HTTP: on each of some connections one after the other, each
//! answered by one piece of JSON.
//!
//! One thread makes them all, since the servers need the machine for themselves.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::call::{ECHO, Era, INITIALIZE, INITIALIZED};
use crate::compare::Field;
use crate::goals::{Goal, Reached};
use crate::process::{megabytes, peak_memory, processor_time, processor_time_each};
use crate::sheet::{Sheet, percentiles};
use crate::web::{self, Server};

/// Connections, each with one call in flight.
const CONNECTIONS: u64 = 16;
/// How long calls are made in a round, and before it.
const MEASURED: Duration = Duration::from_secs(1);
const WARM: Duration = Duration::from_millis(200);

const OURS: &str = "portcullis";
/// Ours, as clients with a session of an older revision use it.
const SESSION: &str = "legacy";
const RMCP: &str = "rmcp";
const THROUGHPUT: &str = "echo, 16 connections, calls/s";

/// What calls were made, and how long each took.
struct Load {
    taken: Vec<Duration>,
    elapsed: Duration,
}

/// Measures ours and the native server `rmcp` in turn, both as clients of the
/// newest revision do, and ours as older clients do.
pub(crate) fn measure(
    field: &Field,
    rmcp: &Path,
    rounds: usize,
    reached: &mut Reached,
) -> Result<Sheet> {
    let mut sheet = Sheet::new("over HTTP", [OURS, RMCP, SESSION]);
    for round in 1..=rounds {
        for name in [OURS, RMCP, SESSION] {
            eprintln!("HTTP, round {round} of {rounds}: {name}");
            let server = if name == RMCP {
                Server::start(Command::new(rmcp).args(["--http", "127.0.0.1:0"]))?
            } else {
                Server::portcullis(&field.portcullis, &field.home)?
            };
            measure_one(name, &server, &mut sheet).context(name)?;
        }
    }
    reached.set(Goal::RmcpHttp, sheet.ratio(THROUGHPUT, OURS, RMCP));
    Ok(sheet)
}

/// One round of one of them.
fn measure_one(name: &str, server: &Server, sheet: &mut Sheet) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let (before, load) = runtime.block_on(async {
        let requests = if name == SESSION {
            in_session(&server.address).await?
        } else {
            modern(&server.address)
        };
        load(&server.address, &requests, WARM).await?;
        let before = processor_time(server.id());
        anyhow::Ok((before, load(&server.address, &requests, MEASURED).await?))
    })?;
    let calls = load.taken.len();
    let processor = processor_time_each(before, processor_time(server.id()), calls);
    let throughput = calls as f64 / load.elapsed.as_secs_f64();
    let [p50, _, p99] = percentiles(load.taken);
    sheet.record(name, THROUGHPUT, throughput);
    sheet.record(name, "CPU µs a call", processor);
    sheet.record(name, "p50, µs", p50);
    sheet.record(name, "p99, µs", p99);
    let peak = peak_memory(server.id()).map_or(f64::NAN, megabytes);
    sheet.record(name, "peak memory, MB", peak);
    Ok(())
}

/// The request of each connection.
fn modern(address: &str) -> Vec<String> {
    let request = |id| {
        let body = body(id, Era::Modern);
        web::request(address, "tools/call", Some(ECHO.tool), &body, "keep-alive")
    };
    (1..=CONNECTIONS).map(request).collect()
}

/// The request of each connection in one session, which is begun first.
async fn in_session(address: &str) -> Result<Vec<String>> {
    let mut stream = TcpStream::connect(address).await?;
    let mut answer = Vec::new();
    let request = web::post(address, "", INITIALIZE);
    exchange(&mut stream, &request, &mut answer).await?;
    let session = web::header(std::str::from_utf8(&answer)?, "Mcp-Session-Id");
    let session = session.context("there is no session")?;
    let headers = format!("MCP-Protocol-Version: 2025-06-18\r\nMcp-Session-Id: {session}\r\n");
    let initialized = web::post(address, &headers, INITIALIZED);
    exchange(&mut stream, &initialized, &mut Vec::new()).await?;
    let request = |id| web::post(address, &headers, &body(id, Era::Legacy));
    Ok((1..=CONNECTIONS).map(request).collect())
}

fn body(id: u64, era: Era) -> String {
    let mut body = Vec::new();
    ECHO.write_to(&mut body, id, "", era);
    String::from_utf8_lossy(&body).into_owned()
}

/// Sends each request on a connection of its own, again and again, for so long.
async fn load(address: &str, requests: &[String], time: Duration) -> Result<Load> {
    let mut streams = Vec::new();
    for _ in requests {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        streams.push(stream);
    }
    let begun = Instant::now();
    let mut connections = JoinSet::new();
    for (mut stream, request) in streams.into_iter().zip(requests.iter().cloned()) {
        connections.spawn(async move {
            let (mut taken, mut answer) = (Vec::new(), Vec::new());
            while begun.elapsed() < time {
                let start = Instant::now();
                exchange(&mut stream, &request, &mut answer).await?;
                taken.push(start.elapsed());
                if memchr::memmem::find(&answer, ECHO.answer.as_bytes()).is_none() {
                    bail!("not the answer: {}", String::from_utf8_lossy(&answer));
                }
            }
            Ok(taken)
        });
    }
    let mut taken = Vec::new();
    while let Some(ended) = connections.join_next().await {
        taken.extend(ended??);
    }
    Ok(Load {
        taken,
        elapsed: begun.elapsed(),
    })
}

/// Sends a request, and reads all of the answer.
async fn exchange(stream: &mut TcpStream, request: &str, answer: &mut Vec<u8>) -> Result<()> {
    stream.write_all(request.as_bytes()).await?;
    answer.clear();
    while web::length(answer)?.is_none_or(|length| answer.len() < length) {
        if stream.read_buf(answer).await? == 0 {
            bail!(
                "the server ended the connection after {}",
                String::from_utf8_lossy(answer)
            );
        }
    }
    Ok(())
}
