//! A real registry on loopback: Debian's `docker-registry`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::home::{Home, path};

/// Where `cargo xtask test` says that the program is.
const VARIABLE: &str = "PORTCULLIS_REGISTRY";
/// `admin` and `secret`, as `htpasswd -nbB admin secret` writes them.
const PASSWORDS: &str = "admin:$2y$05$vfPW7dqnM2RTuz/5BpUsIechVpJ1o/OoS49PMT.aCDzu54fk6ZpJe\n";

/// A registry that runs as long as this lives, and keeps what it has in a folder
/// of its own.
pub(crate) struct Registry {
    child: Child,
    /// `127.0.0.1:PORT`
    pub(crate) authority: String,
    folder: TempDir,
}

impl Registry {
    /// A registry that lets everybody in; none where the program is missing.
    pub(crate) fn open() -> Option<Self> {
        Self::start("")
    }

    /// A registry that wants the name `admin` and the password `secret`.
    pub(crate) fn closed() -> Option<Self> {
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
    pub(crate) fn reference(&self, below: &str) -> String {
        format!("oci://{}/{below}", self.authority)
    }

    /// Pushes a guest under a tag, and gives the reference with its digest.
    #[track_caller]
    pub(crate) fn push(&self, home: &Home, plugin: &str, below: &str) -> String {
        let pushed = home.run(&["push", plugin, &self.reference(below), "--json"]);
        let pushed = pushed.json();
        pushed["pushed"].as_str().expect("a reference").to_owned()
    }

    /// The file in which content with this digest is kept.
    pub(crate) fn blob(&self, digest: &str) -> PathBuf {
        let digits = digest.strip_prefix("sha256:").expect("a digest");
        let blobs = "data/docker/registry/v2/blobs/sha256";
        let folder = self.folder.path().join(blobs).join(&digits[..2]);
        folder.join(digits).join("data")
    }

    /// An artifact's manifest, as it is kept.
    pub(crate) fn manifest(&self, reference: &str) -> serde_json::Value {
        let (_, digest) = reference.rsplit_once('@').expect("a digest");
        let manifest = fs::read(self.blob(digest)).expect("a manifest");
        serde_json::from_slice(&manifest).expect("JSON")
    }
}

/// What is put into a registry besides plugins, as any client would.
impl Registry {
    /// Uploads content, and gives its digest.
    pub(crate) fn put_blob(&self, repository: &str, content: &[u8]) -> String {
        let uploads = format!("/v2/{repository}/blobs/uploads/");
        let begun = self.ask("POST", &uploads, "text/plain", b"");
        let location = begun.header("location").expect("a place").to_owned();
        let target = location.split_once(&self.authority).expect("here").1;
        let digest = sha256(content);
        let whole = format!("{target}&digest={digest}");
        let stored = self.ask("PUT", &whole, "application/octet-stream", content);
        assert_eq!(stored.status, 201);
        digest
    }

    /// Uploads a manifest under a tag or its digest.
    pub(crate) fn put_manifest(&self, repository: &str, reference: &str, manifest: &Value) {
        let kind = manifest["mediaType"].as_str().expect("a type");
        let target = format!("/v2/{repository}/manifests/{reference}");
        let content = manifest.to_string();
        let stored = self.ask("PUT", &target, kind, content.as_bytes());
        assert_eq!(stored.status, 201, "{}", stored.said());
    }

    /// Asks with what a header `accept` or `content-type` shall say.
    pub(crate) fn ask(&self, method: &str, target: &str, kind: &str, body: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(&self.authority).expect("it listens");
        // Of 1.0, so that no answer comes in pieces.
        let head = format!(
            "{method} {target} HTTP/1.0\r\nhost: {}\r\naccept: {kind}\r\n\
             content-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            self.authority,
            body.len()
        );
        let all = [head.as_bytes(), body].concat();
        stream.write_all(&all).expect("sent");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("a reply");
        let end = reply.windows(4).position(|four| four == b"\r\n\r\n");
        let end = end.expect("a head");
        let head = String::from_utf8_lossy(&reply[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        Reply {
            status: status.expect("a status"),
            head,
            body: reply.split_off(end + 4),
        }
    }
}

/// What a registry answers.
pub(crate) struct Reply {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        let found = headers.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value)
    }

    fn said(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The digest by which a registry knows content.
pub(crate) fn sha256(content: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    let hex: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
    format!("sha256:{hex}")
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
