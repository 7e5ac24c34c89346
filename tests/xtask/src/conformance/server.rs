//! The runtime under test: a home with one plugin, served over HTTP.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::workspace;

/// How long a start may take, with the compiling of the plugin before it.
const START: Duration = Duration::from_secs(60);
/// What stands before the address in the log.
const SERVING: &str = "serving on ";

/// A running server; it ends when this is dropped.
pub(super) struct Server {
    child: Child,
    /// Where it answers.
    pub(super) url: String,
    /// What it logs.
    pub(super) log: PathBuf,
}

impl Server {
    /// Makes a new home in `folder` in which the plugin is installed, granted
    /// all that it asks for, and serves it at a free port of loopback.
    pub(super) fn start(binary: &Path, plugin: &Path, folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder)?;
        // Short enough for one tool of the suite to have its stream closed under
        // it, which is what it is there for.
        let config = folder.join("portcullis.toml");
        fs::write(&config, "[server]\nstream-timeout = \"1s\"\n")?;
        let portcullis = || {
            let mut command = Command::new(binary);
            command
                .env("PORTCULLIS_CONFIG", &config)
                .env("PORTCULLIS_DATA", folder.join("data"))
                .env("PORTCULLIS_LOG", "info");
            command
        };
        let mut add = portcullis();
        add.arg("add").arg(plugin).arg("--grant-all");
        workspace::run(add.stdout(Stdio::null()))?;

        let log = folder.join("server.log");
        let child = portcullis()
            .args(["serve", "--http", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log)?)
            .spawn()
            .with_context(|| format!("cannot run {}", binary.display()))?;
        let mut server = Self {
            child,
            url: String::new(),
            log,
        };
        server.url = server.address()?;
        Ok(server)
    }

    /// Waits for the address in the log.
    fn address(&mut self) -> Result<String> {
        let started = Instant::now();
        loop {
            let log = fs::read_to_string(&self.log)?;
            if let Some(address) = address(&log) {
                return Ok(address.to_owned());
            }
            if let Some(end) = self.ended()? {
                bail!("{end}:\n{log}");
            }
            if started.elapsed() > START {
                bail!("the server does not say where it serves:\n{log}");
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Says so, if it has ended by itself.
    pub(super) fn ended(&mut self) -> Result<Option<String>> {
        let status = self.child.try_wait()?;
        Ok(status.map(|status| {
            let log = self.log.display();
            format!("the server ended by itself ({status}); its log is {log}")
        }))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which `ended` told whoever asked.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address, once its line is whole.
fn address(log: &str) -> Option<&str> {
    let (_, rest) = log.split_once(SERVING)?;
    let (address, _) = rest.split_once('\n')?;
    address.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn the_address_is_read_from_a_whole_line_only() {
        let log = "INFO serving tools=5\nINFO serving on http://127.0.0.1:4000/mcp";
        assert_eq!(address(log), None);
        let log = format!("{log}\n");
        assert_eq!(address(&log), Some("http://127.0.0.1:4000/mcp"));
    }
}
