//! The file of a bundle: a ZIP archive.

use std::io::{self, Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::contents::Contents;
use super::manifest::{About, program};
use super::{STORE, VALUES};
use crate::locations::CONFIG_FILE;
use crate::package::LOCK_FILE;

/// A bundle, ready to be written.
pub struct Archive {
    /// The bytes of the file.
    pub bytes: Vec<u8>,
}

impl Archive {
    /// Puts everything together. The same gives the same bytes: the names are in
    /// order and the times are those of no file.
    ///
    /// # Errors
    /// What does not fit into an archive.
    pub fn pack(
        about: &About,
        contents: &Contents,
        manifest: &serde_json::Value,
        this_program: &[u8],
    ) -> io::Result<Self> {
        const FILE: u32 = 0o644;
        const PROGRAM: u32 = 0o755;
        let values = serde_json::json!({ "name": about.name, "values": contents.values });
        let (values, manifest) = (pretty(&values)?, pretty(manifest)?);
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let mut add = |name: &str, mode: u32, bytes: &[u8]| -> io::Result<()> {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .last_modified_time(DateTime::default())
                .large_file(bytes.len() >= u32::MAX as usize)
                .unix_permissions(mode);
            archive.start_file(name, options)?;
            archive.write_all(bytes)
        };
        add("manifest.json", FILE, &manifest)?;
        add(&program(), PROGRAM, this_program)?;
        add(VALUES, FILE, &values)?;
        add(CONFIG_FILE, FILE, contents.config.as_bytes())?;
        add(LOCK_FILE, FILE, contents.lock.as_bytes())?;
        for (digest, bytes) in &contents.files {
            add(&format!("{STORE}/{}", digest.to_hex()), FILE, bytes)?;
        }
        let bytes = archive.finish()?.into_inner();
        Ok(Self { bytes })
    }
}

/// The SHA-256 of some bytes, in hex, by which registries know files.
pub fn sha256(bytes: &[u8]) -> String {
    // TLS brings the hash along, and nothing else of ours needs it.
    let suite = rustls::crypto::ring::cipher_suite::TLS13_AES_128_GCM_SHA256;
    let suite = suite.tls13().expect("it is a cipher suite of TLS 1.3");
    let hash = suite.common.hash_provider.hash(bytes);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn pretty(value: &serde_json::Value) -> io::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256() {
        // The example of FIPS 180-2, B.1.
        assert_eq!(
            sha256(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
