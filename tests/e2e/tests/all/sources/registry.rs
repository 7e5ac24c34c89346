//! A real registry on loopback: Debian's `docker-registry`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::home::{Home, path};

/// Where `cargo xtask test` says that the program is.
const VARIABLE: &str = "PORTCULLIS_REGISTRY";
/// `admin` and `secret`, as `htpasswd -nbB admin secret` writes them.
const PASSWORDS: &str = "admin:$2y$05$vfPW7dqnM2RTuz/5BpUsIechVpJ1o/OoS49PMT.aCDzu54fk6ZpJe\n";

/// A registry that runs as long as this lives, and keeps what it has in a folder
/// of its own.
pub(super) struct Registry {
    child: Child,
    /// `127.0.0.1:PORT`
    pub(super) authority: String,
    folder: TempDir,
}

impl Registry {
    /// A registry that lets everybody in; none where the program is missing.
    pub(super) fn open() -> Option<Self> {
        Self::start("")
    }

    /// A registry that wants the name `admin` and the password `secret`.
    pub(super) fn closed() -> Option<Self> {
        Self::start("auth: {htpasswd: {realm: here, path: \"PASSWORDS\"}}\n")
    }

    fn start(more: &str) -> Option<Self> {
        let program = std::env::var_os(VARIABLE).unwrap_or_else(|| "docker-registry".into());
        let folder = tempfile::tempdir().expect("a folder");
        let passwords = folder.path().join("passwords");
        fs::write(&passwords, PASSWORDS).expect("written");
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: info}}\n\
             storage: {{filesystem: {{rootdirectory: \"{}\"}}}}\n\
             http: {{addr: \"127.0.0.1:0\"}}\n{}",
            path(&folder.path().join("data")),
            more.replace("PASSWORDS", path(&passwords)),
        );
        fs::write(&config, text).expect("written");
        let mut command = Command::new(program);
        command.arg("serve").arg(config).env_clear();
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                let demanded = std::env::var_os("CI").is_some_and(|ci| ci == "true");
                assert!(
                    !(demanded && cfg!(target_os = "linux")),
                    "CI=true demands a registry: {error}"
                );
                eprintln!("SKIPPED: there is no `docker-registry`: {error}");
                return None;
            }
        };
        let mut log = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        let authority = loop {
            line.clear();
            let read = log.read_line(&mut line).expect("its log");
            assert!(read > 0, "the registry ended before it listened");
            if let Some((_, rest)) = line.split_once("listening on ") {
                let end = rest.find('"').unwrap_or(rest.len());
                break rest[..end].trim().to_owned();
            }
        };
        // It stops where nobody reads what it says.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Some(Self {
            child,
            authority,
            folder,
        })
    }

    /// The reference of something in it.
    pub(super) fn reference(&self, below: &str) -> String {
        format!("oci://{}/{below}", self.authority)
    }

    /// Pushes a guest under a tag, and gives the reference with its digest.
    #[track_caller]
    pub(super) fn push(&self, home: &Home, plugin: &str, below: &str) -> String {
        let pushed = home.run(&["push", plugin, &self.reference(below), "--json"]);
        let pushed = pushed.json();
        pushed["pushed"].as_str().expect("a reference").to_owned()
    }

    /// The file in which content with this digest is kept.
    pub(super) fn blob(&self, digest: &str) -> PathBuf {
        let digits = digest.strip_prefix("sha256:").expect("a digest");
        let blobs = "data/docker/registry/v2/blobs/sha256";
        let folder = self.folder.path().join(blobs).join(&digits[..2]);
        folder.join(digits).join("data")
    }

    /// An artifact's manifest, as it is kept.
    pub(super) fn manifest(&self, reference: &str) -> serde_json::Value {
        let (_, digest) = reference.rsplit_once('@').expect("a digest");
        let manifest = fs::read(self.blob(digest)).expect("a manifest");
        serde_json::from_slice(&manifest).expect("JSON")
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
