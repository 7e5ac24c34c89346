//! The command line: one verb, one file.
//!
//! Answers go to stdout, everything else to stderr. Exit codes: 0 done; 1 it
//! failed, and stderr says why; 2 the command line is wrong.

#![allow(
    clippy::print_stdout,
    reason = "the command line is what stdout is for, but in `serve`, which prints nothing"
)]

mod add;
mod audit;
mod bundle;
mod call;
mod completions;
mod connect;
mod demo;
mod disconnect;
mod doctor;
mod flags;
mod grant;
mod home;
mod hosts;
mod inspect;
mod limits;
mod list;
mod man;
mod pack;
mod progress;
mod push;
mod regrant;
mod remove;
mod revoke;
mod rollback;
mod serve;
mod stderr;
mod table;
mod tried;
mod update;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::stderr::Stderr;
use crate::policy::{Grant, printable_lines};

/// Serve MCP tools, resources and prompts from sandboxed WebAssembly plugins.
#[derive(Parser)]
#[command(name = "portcullis", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    verb: Verb,
}

/// Options of all verbs.
#[derive(Args)]
struct Global {
    /// The configuration; the lock file lies beside it.
    #[arg(long, global = true, env = "PORTCULLIS_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where plugins, caches and state are kept.
    #[arg(long, global = true, env = "PORTCULLIS_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Verb {
    Serve(serve::Serve),
    Add(add::Add),
    Remove(remove::Remove),
    Grant(grant::Grant),
    Revoke(revoke::Revoke),
    Limits(limits::Limits),
    Update(update::Update),
    Rollback(rollback::Rollback),
    List(list::List),
    Inspect(inspect::Inspect),
    Verify(verify::Verify),
    Call(call::Call),
    Pack(pack::Pack),
    Push(push::Push),
    Audit(audit::Audit),
    Connect(connect::Connect),
    Disconnect(disconnect::Disconnect),
    Doctor(doctor::Doctor),
    Bundle(bundle::Bundle),
    Completions(completions::Completions),
    Man(man::Man),
    Demo(demo::Demo),
}

/// Runs the program with the arguments of this process.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let (stderr, _written) = match Stderr::new() {
        Ok(stderr) => stderr,
        Err(error) => {
            eprintln!("error: cannot start the thread that writes the log: {error}");
            return ExitCode::FAILURE;
        }
    };
    let default = match cli.verb {
        Verb::Serve(_) => "info",
        // What a call ends with is printed as its error.
        _ => "warn,portcullis::dispatch=off",
    };
    tracing_subscriber::fmt()
        .with_env_filter(log_filter(default))
        .with_writer(stderr)
        .with_target(false)
        .with_ansi(false)
        .init();
    match perform(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {}", printable_lines(&format!("{error:#}")));
            ExitCode::FAILURE
        }
    }
}

/// Which log lines are written: as the environment says, if that can be read.
fn log_filter(default: &str) -> EnvFilter {
    const VARIABLE: &str = "PORTCULLIS_LOG";
    let wanted = std::env::var(VARIABLE).unwrap_or_default();
    if wanted.is_empty() {
        return default.into();
    }
    EnvFilter::try_new(&wanted).unwrap_or_else(|error| {
        warn(format_args!(
            "{VARIABLE} is `{wanted}`: {error}; accepted: error, warn, info, debug, trace, off, \
             or such as `warn,portcullis::wasm=debug`; it is `{default}` now"
        ));
        default.into()
    })
}

fn perform(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = &cli.global;
    match cli.verb {
        Verb::Serve(serve) => serve.run(global),
        Verb::Add(add) => add.run(global),
        Verb::Remove(remove) => remove.run(global),
        Verb::Grant(grant) => grant.run(global),
        Verb::Revoke(revoke) => revoke.run(global),
        Verb::Limits(limits) => limits.run(global),
        Verb::Update(update) => update.run(global),
        Verb::Rollback(rollback) => rollback.run(global),
        Verb::List(list) => list.run(global),
        Verb::Inspect(inspect) => inspect.run(global),
        Verb::Verify(verify) => verify.run(global),
        Verb::Call(call) => call.run(global),
        Verb::Pack(pack) => pack.run(global),
        Verb::Push(push) => push.run(global),
        Verb::Audit(audit) => audit.run(global),
        Verb::Connect(connect) => connect.run(global),
        Verb::Disconnect(disconnect) => disconnect.run(global),
        Verb::Doctor(doctor) => doctor.run(global),
        Verb::Bundle(bundle) => bundle.run(global),
        Verb::Completions(completions) => completions.run(global),
        Verb::Man(man) => man.run(global),
        Verb::Demo(demo) => demo.run(),
    }
}

/// Runs the work of a verb that calls plugins.
fn block_on<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let result = runtime.block_on(work);
    // A thread may wait for ever for a disk that has gone away.
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

/// A grant as the `--grant` flags would give it. Secrets appear by their source.
fn granted(grant: &Grant) -> Vec<String> {
    grant.flags().iter().map(ToString::to_string).collect()
}

/// Tells of something that is not in order and stops nothing.
fn warn(problem: impl std::fmt::Display) {
    eprintln!("warning: {}", printable_lines(&problem.to_string()));
}

fn print_json(value: &impl serde::Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
