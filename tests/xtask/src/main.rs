//! The project's own commands, run as `cargo xtask`.
//!
//! They need a Rust toolchain and nothing else: the WebAssembly target is
//! added where it is missing. Everything is built through cargo, into the
//! target directory that cargo itself would use.

#![allow(clippy::print_stdout, reason = "a command line speaks on stdout")]

mod bench;
mod clients;
mod conformance;
mod demo;
mod guests;
mod home;
mod instructions;
mod node;
mod packages;
mod peers;
mod summary;
mod test;
mod toolchains;
mod workspace;

use std::process::ExitCode;

use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  build [PLUGIN]...   build the plugins (all, or those named) into their folders
  test [FILTER]       build everything and run all tests (or those whose name contains FILTER)
  conformance [--scenario NAME] [--spec-version VERSION]
                      run the protocol's official conformance suite (all of it, or one scenario in detail)
  toolchains          build components with other languages' toolchains, and call them
  demo                install the four plugins into a scratch home and show a conversation
  bench [--rounds N] [--only PART]... [--attacked] [--with PEER]... [--without-peers]
                      measure against native servers, and against peers: act, fastmcp, typescript,
                      and hyper-mcp with `--with hyper-mcp`, which builds for long; parts are stdio,
                      http, start, inside, memory, held, and attacked, which has to be asked for
  parts               measure the parts of a call, each by itself
  instructions [--keep]
                      count the instructions of a call and compare them with those in the tree";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = Workspace::find().and_then(|workspace| match words.as_slice() {
        ["build", plugins @ ..] => guests::build(&workspace, plugins),
        ["test"] => test::run(&workspace, None),
        ["test", filter] => test::run(&workspace, Some(filter)),
        ["conformance", options @ ..] => conformance::command(&workspace, options),
        ["toolchains"] => toolchains::command(&workspace),
        ["demo"] => demo::run(&workspace),
        ["bench", arguments @ ..] => bench::run(&workspace, arguments),
        ["instructions", options @ ..] => instructions::command(&workspace, options),
        ["parts"] => bench::parts(&workspace),
        ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(())
        }
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
