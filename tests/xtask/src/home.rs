//! A home with the guest `echo`, for measuring.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::workspace::{self, Workspace};

/// Where its files are.
pub(crate) struct Home {
    pub(crate) config: PathBuf,
    pub(crate) data: PathBuf,
}

impl Home {
    /// Made anew, by the runtime as `profile` builds it.
    pub(crate) fn with_echo(workspace: &Workspace, profile: &str) -> Result<Self> {
        let folder = workspace.target.join("measured").join(profile);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let home = Self {
            config: folder.join("portcullis.toml"),
            data: folder.join("data"),
        };
        let mut add = Command::new(workspace.binary(profile, "portcullis"));
        add.arg("add").arg(workspace.root.join("tests/guests/echo"));
        add.args(["--grant", "limits.calls-per-minute=1000000000"]);
        workspace::run(add.envs(home.variables()))?;
        Ok(home)
    }

    /// What tells the runtime where they are.
    pub(crate) fn variables(&self) -> [(&'static str, &PathBuf); 2] {
        [
            ("PORTCULLIS_CONFIG", &self.config),
            ("PORTCULLIS_DATA", &self.data),
        ]
    }
}
