//! How soon one plugin answers while another attacks in all the ways that it
//! has, and how much memory that takes.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::home::Home;
use crate::process::{mebibytes, peak_memory};
use crate::sheet::percentiles;
use crate::web::{self, Server};

/// Calls that attack at the same time.
const ATTACKERS: usize = 16;
/// After so long one that has ended is made again: it is the plugin that attacks
/// here, not its clients.
const AGAIN: Duration = Duration::from_millis(100);
/// Calls that are measured, or as many as are answered in [`MEASURED`].
const CALLS: usize = 3_000;
const MEASURED: Duration = Duration::from_secs(4);
/// How long the attack goes on before it is measured.
const BEGUN: Duration = Duration::from_secs(1);
/// The most memory that the runtime may take, in MiB: 64 for each of the guests
/// that attack, 8 for the answer of each, which is held up to three times on its
/// way out, and 256 for everything else.
const MEMORY: f64 = (ATTACKERS * (64 + 3 * 8) + 256) as f64;

/// Each tool, and its arguments.
const ATTACKS: &[(&str, &str)] = &[
    ("other_spin", "{}"),
    ("recurse", "{}"),
    ("hoard", r#"{"step_kib":64}"#),
    ("hoard", r#"{"step_kib":65536}"#),
    ("other_large", r#"{"bytes":8000000}"#),
    ("other_panic", "{}"),
    ("ask_the_time_forever", "{}"),
    ("sleep_forever", "{}"),
    ("random", r#"{"bytes":65536}"#),
    ("log_forever", "{}"),
    ("print_forever", r#"{"lines":true}"#),
    ("report_forever", r#"{"kib":8}"#),
    ("announce_forever", r#"{"kib":1}"#),
    ("fill_file", r#"{"path":"/scratch/file"}"#),
    ("make_files", r#"{"folder":"/scratch","count":100000}"#),
    ("open_files", r#"{"path":"/scratch","count":100000}"#),
];

/// What the manifest of the guest that attacks asks for beside nothing.
const SCRATCH: &str = r#"
[[filesystem]]
name = "scratch"
access = "read-write"
reason = "somewhere to write to"
"#;

/// Measures, and gives the table.
pub(crate) fn measure(portcullis: &Path, guests: &Path) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let home = &install(portcullis, guests, folder.path())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let mut table = format!(
        "{:<36}{:>12}{:>12}{:>9}{:>12}\n",
        format!("p99 in µs while {ATTACKERS} others …"),
        "attacked",
        "alone",
        "ratio",
        "peak, MiB"
    );
    let mut worst = 0f64;
    for (tool, arguments) in ATTACKS {
        eprintln!("under attack: {tool} {arguments}");
        let server = Server::portcullis(portcullis, home)?;
        let address = server.address.clone();
        let (alone, attacked) = runtime.block_on(async {
            let mut stream = TcpStream::connect(&address).await?;
            latency(&address, &mut stream).await?;
            let alone = latency(&address, &mut stream).await?;
            let mut attackers = JoinSet::new();
            for _ in 0..ATTACKERS {
                attackers.spawn(attack(address.clone(), tool, arguments));
            }
            tokio::time::sleep(BEGUN).await;
            let attacked = latency(&address, &mut stream).await?;
            if let Some(ended) = attackers.try_join_next() {
                ended??;
            }
            anyhow::Ok((alone, attacked))
        })?;
        let peak = mebibytes(peak_memory(server.id())?);
        if peak > MEMORY {
            bail!("{tool} {arguments} took {peak:.0} MiB; {MEMORY:.0} are the bound");
        }
        let ratio = attacked / alone;
        worst = worst.max(ratio);
        // Writing into a string cannot fail.
        let _ = writeln!(
            table,
            "{:<36}{attacked:>12.0}{alone:>12.0}{ratio:>9.2}{peak:>12.0}",
            format!("{tool} {arguments}"),
        );
    }
    let _ = writeln!(
        table,
        "{:<36}{:>12}{:>12}{worst:>9.2}{MEMORY:>12.0}",
        "worst, and bound", "", ""
    );
    Ok(table)
}

/// Installs the one that answers, and those that attack. The latter get two
/// seconds a call, and a folder to write to.
fn install(portcullis: &Path, guests: &Path, folder: &Path) -> Result<Home> {
    let home = Home::empty(folder);
    home.add(portcullis, &guests.join("echo"), &[], &[])?;
    let deadline = "limits.deadline=2s";
    let other = ["--name", "other", "--prefix", "other"];
    home.add(portcullis, &guests.join("echo"), &other, &[deadline])?;
    let hostile = folder.join("hostile");
    let scratch = folder.join("scratch");
    fs::create_dir(&hostile)?;
    fs::create_dir(&scratch)?;
    let from = guests.join("hostile");
    fs::copy(from.join("hostile.wasm"), hostile.join("hostile.wasm"))?;
    let mut manifest = fs::read_to_string(from.join("plugin.toml"))?;
    manifest.push_str(SCRATCH);
    fs::write(hostile.join("plugin.toml"), manifest)?;
    let scratch = format!("filesystem.scratch={}", scratch.display());
    home.add(portcullis, &hostile, &[], &[deadline, &scratch])?;
    Ok(home)
}

/// Makes the same call again and again, and drops what comes.
async fn attack(address: String, tool: &str, arguments: &str) -> Result<()> {
    let body = web::call_body(tool, arguments);
    let mut sink = vec![0; 64 << 10];
    loop {
        let mut stream = TcpStream::connect(&address).await?;
        let request = web::request(&address, "tools/call", Some(tool), &body, "close");
        stream.write_all(request.as_bytes()).await?;
        while stream.read(&mut sink).await? > 0 {}
        tokio::time::sleep(AGAIN).await;
    }
}

/// The 99th percentile of calls of another plugin, one after the other, in
/// microseconds.
async fn latency(address: &str, stream: &mut TcpStream) -> Result<f64> {
    let body = web::call_body("echo", r#"{"text":"hello"}"#);
    let request = web::request(address, "tools/call", Some("echo"), &body, "keep-alive");
    let begun = Instant::now();
    let mut taken = Vec::with_capacity(CALLS);
    while taken.len() < CALLS && begun.elapsed() < MEASURED {
        let start = Instant::now();
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        while !answer.ends_with(b"}}") {
            if stream.read_buf(&mut answer).await? == 0 {
                bail!("the server ended: {}", String::from_utf8_lossy(&answer));
            }
        }
        if memchr::memmem::find(&answer, b"hello").is_none() {
            bail!("not the answer: {}", String::from_utf8_lossy(&answer));
        }
        taken.push(start.elapsed());
    }
    let [_, _, p99] = percentiles(taken);
    Ok(p99)
}
