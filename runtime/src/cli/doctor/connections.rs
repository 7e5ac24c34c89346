//! The host programs that are connected, and what they would start.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use super::finding::Finding;
use crate::hosts::{Machine, PROGRAMS, Program, Scope, Server, connected};

/// How long a program may take to say its version.
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn check(findings: &mut Vec<Finding>) {
    let Some(machine) = Machine::this() else {
        return;
    };
    let before = findings.len();
    for program in PROGRAMS {
        let of_user = program.file(&machine, Scope::User);
        for scope in [Scope::User, Scope::Project] {
            let Some(file) = program.file(&machine, scope) else {
                continue;
            };
            // In the home folder a project's settings may be the user's.
            if scope == Scope::Project && Some(&file) == of_user.as_ref() {
                continue;
            }
            match connected(program, &file) {
                Err(error) => {
                    let finding = Finding::warning("host programs", error.to_string());
                    let fix = format!("{} cannot be connected before it is mended", program.title);
                    findings.push(finding.at(file).fix(fix));
                }
                Ok(servers) => {
                    for server in servers {
                        findings.push(of(program, scope, &server).await.at(&file));
                    }
                }
            }
        }
    }
    if findings.len() == before {
        let said = "none is connected; `portcullis connect` does that";
        findings.push(Finding::ok("host programs", said));
    }
}

async fn of(program: &Program, scope: Scope, server: &Server) -> Finding {
    let title = program.title;
    let project = match scope {
        Scope::User => "",
        Scope::Project => " --project",
    };
    let connect = format!(
        "`portcullis connect {}{project} --name {}` puts this program there",
        program.name, server.name
    );
    let name = &server.name;
    let Some(command) = found(&server.command) else {
        let said = format!(
            "{title} would start `{}`, which is not there",
            server.command
        );
        return Finding::error("host programs", said).fix(connect);
    };
    let version = match version(&command).await {
        Ok(version) => version,
        Err(cause) => {
            let said = format!("{title} cannot start `{}`: {cause}", command.display());
            return Finding::error("host programs", said).fix(connect);
        }
    };
    let this = concat!("portcullis ", env!("CARGO_PKG_VERSION"));
    if version != this {
        let said = format!(
            "{title} starts `{}`, which is {version}; this is {this}",
            command.display()
        );
        return Finding::warning("host programs", said).fix(connect);
    }
    if let Some(config) = missing_configuration(&server.args) {
        let said = format!("{title} names the configuration `{config}`, which is not there");
        return Finding::warning("host programs", said).fix(connect);
    }
    Finding::ok("host programs", format!("{title} starts it as `{name}`"))
}

/// The program that a command starts: a file, or one in the search path.
fn found(command: &str) -> Option<PathBuf> {
    let path = Path::new(command);
    if path.components().count() > 1 {
        return path.is_file().then(|| path.to_owned());
    }
    let folders = std::env::var_os("PATH")?;
    let file = format!(
        "{command}{}",
        match command.ends_with(".exe") {
            true => "",
            false => std::env::consts::EXE_SUFFIX,
        }
    );
    let mut candidates = std::env::split_paths(&folders).map(|folder| folder.join(&file));
    candidates.find(|candidate| candidate.is_file())
}

/// What a program that is called like this one says it is.
async fn version(program: &Path) -> Result<String, String> {
    let this = std::env::current_exe().and_then(|this| this.canonicalize());
    if this.is_ok_and(|this| program.canonicalize().is_ok_and(|other| other == this)) {
        return Ok(concat!("portcullis ", env!("CARGO_PKG_VERSION")).to_owned());
    }
    let mut command = tokio::process::Command::new(program);
    command
        .arg("--version")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output())
        .await
        .map_err(|_| "it does not say its version".to_owned())?
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(format!(
            "it ends with {} when asked for its version",
            output.status
        ));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    Ok(said.lines().next().unwrap_or_default().trim().to_owned())
}

/// The configuration that arguments name, if it is not there.
fn missing_configuration(args: &[String]) -> Option<&str> {
    let at = args.iter().position(|arg| arg == "--config")?;
    let config = args.get(at + 1)?;
    (!Path::new(config).exists()).then_some(config)
}
