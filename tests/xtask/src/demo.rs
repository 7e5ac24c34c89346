//! The demonstration: the four plugins, installed into a scratch home and
//! spoken to.

use anyhow::Result;

use crate::guests;
use crate::workspace::{self, Workspace};

const PLUGINS: [&str; 4] = ["calculator", "filesystem", "review", "weather"];

/// Builds what it needs and runs `portcullis demo`.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    guests::build(workspace, &PLUGINS)?;
    workspace::run(&mut workspace.cargo(&[
        "run",
        "--quiet",
        "--package",
        "portcullis",
        "--",
        "demo",
        "plugins",
    ]))
}
