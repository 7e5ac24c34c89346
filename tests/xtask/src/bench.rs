//! The benchmark: the runtime's release build beside a native server.

use anyhow::Result;

use crate::guests;
use crate::workspace::{self, Workspace};

/// Builds what is measured and runs the measurement; `arguments` are for it.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    guests::build(workspace, &["echo", "hostile"])?;
    workspace::run(&mut workspace.cargo(&["build", "--release", "--package", "portcullis"]))?;
    workspace::run(&mut workspace.cargo(&["build", "--release", "--package", "portcullis-bench"]))?;
    let mut bench = std::process::Command::new(workspace.binary("release", "bench"));
    bench
        .arg(workspace.binary("release", "portcullis"))
        .arg(workspace.root.join("tests/guests"))
        .args(arguments);
    workspace::run(&mut bench)
}
