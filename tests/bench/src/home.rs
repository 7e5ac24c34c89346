//! The files of a runtime that serves the guests.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// So that calls are answered as fast as they come.
const AT_ANY_RATE: &str = "limits.calls-per-minute=1000000000";

/// The name, and the prefix, of each plugin that only makes the others many: a
/// number follows.
const FURTHER: &str = "further";

/// A configuration with its lock file, and a data folder.
pub(crate) struct Home(PathBuf);

impl Home {
    /// A home with nothing installed.
    pub(crate) fn empty(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// A home with the guest `echo`, and what is granted to it beside calls at any
    /// rate.
    pub(crate) fn new(
        program: &Path,
        guests: &Path,
        folder: &Path,
        grants: &[&str],
    ) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let home = Self::empty(folder);
        let grants = [&[AT_ANY_RATE], grants].concat();
        home.add(program, &guests.join("echo"), &[], &grants)?;
        Ok(home)
    }

    /// A home with the guest `echo`, in instances that are kept between calls.
    pub(crate) fn reusing(program: &Path, guests: &Path, folder: &Path) -> Result<Self> {
        let plugin = folder.join("plugin");
        fs::create_dir_all(&plugin)?;
        let from = guests.join("echo");
        fs::copy(from.join("echo.wasm"), plugin.join("echo.wasm"))?;
        let manifest = fs::read_to_string(from.join("plugin.toml"))?;
        // Its only table is `[plugin]`.
        let manifest = format!("{manifest}instances = \"reuse\"\n");
        fs::write(plugin.join("plugin.toml"), manifest)?;
        let home = Self::empty(folder);
        home.add(program, &plugin, &[], &[AT_ANY_RATE, "instances=reuse"])?;
        Ok(home)
    }

    /// A home with so many plugins. Each but the first is `echo` under another
    /// name; [`prefix_of`] gives its prefix.
    pub(crate) fn crowded(
        program: &Path,
        guests: &Path,
        folder: &Path,
        plugins: usize,
    ) -> Result<Self> {
        let home = Self::new(program, guests, folder, &[])?;
        let named = ["--name", FURTHER, "--prefix", FURTHER];
        home.add(program, &guests.join("echo"), &named, &[])?;
        // What `add` wrote of the last one is repeated: adding as many would take
        // a minute, and end in the same files.
        for file in ["portcullis.toml", "portcullis.lock"] {
            let path = home.0.join(file);
            let mut text = fs::read_to_string(&path)?;
            let start = text.find(&format!("[plugins.{FURTHER}]"));
            let start = start.with_context(|| format!("no plugin `{FURTHER}` in {file}"))?;
            let last = text.split_off(start);
            for number in 1..plugins {
                // Writing into a string cannot fail.
                let _ = writeln!(text, "{}", renamed(&last, number));
            }
            fs::write(&path, text)?;
        }
        Ok(home)
    }

    /// Installs a plugin: its folder, further arguments, what is granted.
    pub(crate) fn add(
        &self,
        program: &Path,
        plugin: &Path,
        arguments: &[&str],
        grants: &[&str],
    ) -> Result<()> {
        let added = Command::new(program)
            .arg("add")
            .arg(plugin)
            .args(arguments)
            .args(grants.iter().flat_map(|grant| ["--grant", grant]))
            .envs(self.variables())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run {}", program.display()))?;
        if !added.success() {
            bail!("the guest {} cannot be installed", plugin.display());
        }
        Ok(())
    }

    /// The admin's configuration.
    pub(crate) fn config(&self) -> PathBuf {
        self.0.join("portcullis.toml")
    }

    /// Where the runtime keeps what is its own.
    pub(crate) fn data(&self) -> PathBuf {
        self.0.join("data")
    }

    /// What tells the runtime where they are.
    pub(crate) fn variables(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("PORTCULLIS_CONFIG", self.config()),
            ("PORTCULLIS_DATA", self.data()),
            ("PORTCULLIS_LOG", "error".into()),
        ]
    }
}

/// What the tools of one plugin of a crowd have in front of their names.
pub(crate) fn prefix_of(number: usize) -> String {
    format!("{FURTHER}{number}_")
}

/// The sections of a plugin, for another of its kind.
fn renamed(sections: &str, number: usize) -> String {
    let named = format!("{FURTHER}{number}");
    sections
        .replace(&format!("[plugins.{FURTHER}"), &format!("[plugins.{named}"))
        .replace(&format!("\"{FURTHER}\""), &format!("\"{named}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_renamed_throughout() {
        let sections = "[plugins.further]\nsource = \"/further/echo\"\nprefix = \"further\"\n\n[plugins.further.grant]\n";
        assert_eq!(
            renamed(sections, 7),
            "[plugins.further7]\nsource = \"/further/echo\"\nprefix = \"further7\"\n\n[plugins.further7.grant]\n"
        );
        assert_eq!(prefix_of(7), "further7_");
    }
}
