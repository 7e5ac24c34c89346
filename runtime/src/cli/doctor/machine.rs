//! What the machine gives: permissions, a place for the audit log, room.

use std::fs::OpenOptions;
use std::path::Path;
#[cfg(unix)]
use std::path::PathBuf;

use super::finding::Finding;
use crate::cli::home::Home;
use crate::locations::Locations;
#[cfg(unix)]
use crate::policy::SecretSource;
#[cfg(unix)]
use crate::state;

/// Who may read what has secrets in it, and write what grants are read from.
#[cfg(unix)]
pub(super) fn permissions(home: &Home, findings: &mut Vec<Finding>) {
    use std::os::unix::fs::MetadataExt as _;
    /// What others than the owner may do.
    const READ: u32 = 0o044;
    const WRITE: u32 = 0o022;

    let before = findings.len();
    let mode = |path: &Path| path.metadata().map_or(0, |found| found.mode() & 0o7777);
    let locations = &home.locations;
    let others_write = |path: &Path| {
        // In a sticky folder nobody replaces another's files.
        mode(path) & WRITE != 0 && mode(path) & 0o1000 == 0
    };
    let mut decisive = vec![locations.config.clone(), locations.lock_file()];
    decisive.extend(locations.config.parent().map(Path::to_owned));
    decisive.extend([locations.data.clone(), home.store.folder().to_owned()]);
    decisive.push(home.cache.clone());
    for path in decisive {
        if others_write(&path) {
            let said = format!(
                "others may write here (mode {:o}), and so grant what they like or change plugins",
                mode(&path)
            );
            let fix = format!("`chmod go-w {}` takes that from them", path.display());
            findings.push(Finding::error("permissions", said).at(path).fix(fix));
        }
    }
    let mut secret: Vec<(PathBuf, &str)> = Vec::new();
    // What is in a folder that is closed is closed with it.
    if mode(&locations.data) & 0o011 != 0 {
        let log = home.read.config.audit.file_in(&locations.data);
        secret.push((
            locations.data.join(state::FILE),
            "what plugins and tasks keep",
        ));
        secret.push((log, "the audit log"));
        secret.push((home.cache.join("key"), "the key of compiled code"));
    }
    let granted = home.read.config.plugins.values();
    let sources = granted.flat_map(|plugin| plugin.grant.secrets.values());
    for source in sources.chain(&home.read.config.server.sealing_key) {
        if let SecretSource::File(path) = source {
            secret.push((path.clone(), "a secret"));
        }
    }
    for (path, what) in secret {
        if mode(&path) & (READ | WRITE) != 0 {
            let said = format!("others may read {what} (mode {:o})", mode(&path));
            let fix = format!("`chmod go= {}` takes that from them", path.display());
            findings.push(Finding::warning("permissions", said).at(path).fix(fix));
        }
    }
    if findings.len() == before {
        let said = "nobody else may change plugins or read secrets";
        findings.push(Finding::ok("permissions", said));
    }
}

/// On Windows the user's own folders are the user's only by inheritance.
#[cfg(not(unix))]
pub(super) fn permissions(_home: &Home, _findings: &mut Vec<Finding>) {}

/// Whether calls can be recorded.
pub(super) fn audit_log(home: &Home, findings: &mut Vec<Finding>) {
    let config = &home.read.config.audit;
    let path = config.file_in(&home.locations.data);
    let finding = if !config.enabled {
        Finding::warning("audit log", "nothing is recorded")
            .fix("`enabled = true` in [audit] of the configuration records calls")
    } else if let Err(error) = can_append(&path) {
        Finding::error("audit log", format!("cannot be written: {error}"))
            .fix("give yourself the right to write there, or set `file` in [audit]")
    } else {
        Finding::ok("audit log", "can be written")
    };
    findings.push(finding.at(path));
}

fn can_append(path: &Path) -> std::io::Result<()> {
    if path.exists() {
        return OpenOptions::new().append(true).open(path).map(drop);
    }
    // It, and folders that are missing, will be made.
    let folder = path.ancestors().skip(1).find(|folder| folder.exists());
    let folder = folder.unwrap_or(Path::new("."));
    tempfile::tempfile_in(folder).map(drop)
}

/// How much room there is for compiled code, state and the audit log.
pub(super) fn disk(locations: &Locations, findings: &mut Vec<Finding>) {
    const LITTLE: u64 = 256 << 20;
    const NONE: u64 = 16 << 20;

    let folder = locations.data.ancestors().find(|folder| folder.exists());
    let Some((folder, free)) = folder.and_then(|folder| Some((folder, free_bytes(folder)?))) else {
        return;
    };
    let said = format!("{} MiB are free", free >> 20);
    let fix = "make room, or put the data elsewhere with --data";
    let finding = if free < NONE {
        Finding::error("disk", said).fix(fix)
    } else if free < LITTLE {
        Finding::warning("disk", said).fix(fix)
    } else {
        Finding::ok("disk", said)
    };
    findings.push(finding.at(folder));
}

/// What POSIX's `df` says is free.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let mut df = std::process::Command::new("df");
    let output = df.arg("-Pk").arg(folder).env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kibibytes: u64 = text
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(kibibytes << 10)
}

/// The standard library does not say it.
#[cfg(not(unix))]
fn free_bytes(_folder: &Path) -> Option<u64> {
    None
}
