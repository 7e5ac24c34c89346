//! `SHA256SUMS`: what a folder's signature covers.
//!
//! A line is 64 hexadecimal digits, a space, a space or `*`, and a path in the
//! folder. Lines about files that are not installed are passed over.

use std::path::Path;

use crate::package::folder::{MANIFEST_FILE, Package};
use crate::policy::quoted;

/// The list's name in a plugin's folder.
pub const SUMS_FILE: &str = "SHA256SUMS";

/// Checks that the list has the manifest and the component, as they are.
pub(super) fn check(sums: &[u8], package: &Package) -> Result<(), String> {
    let sums = std::str::from_utf8(sums).map_err(|_| format!("{SUMS_FILE} is not UTF-8"))?;
    check_file(sums, Path::new(MANIFEST_FILE), &package.manifest_bytes)?;
    check_file(sums, &package.manifest.component, &package.component)
}

fn check_file(sums: &str, path: &Path, content: &[u8]) -> Result<(), String> {
    let found: Vec<&str> = sums
        .lines()
        .filter_map(entry)
        .filter(|(_, name)| Path::new(name) == path)
        .map(|(digest, _)| digest)
        .collect();
    let name = quoted(&path.display().to_string());
    let [digest] = found.as_slice() else {
        return Err(match found.len() {
            0 => format!("{SUMS_FILE} does not have {name}"),
            // Which of them was meant is not for us to choose.
            _ => format!("{SUMS_FILE} has {name} twice"),
        });
    };
    let actual = sha256_hex(content);
    if digest.eq_ignore_ascii_case(&actual) {
        return Ok(());
    }
    Err(format!(
        "{name} is not what was signed: its SHA-256 is {actual}, {SUMS_FILE} has {}",
        digest.to_ascii_lowercase()
    ))
}

/// The digest and the path of a line, if it is one.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (digest, name) = line.trim_end().split_once(' ')?;
    let is_hex = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let name = name.strip_prefix([' ', '*'])?;
    is_hex.then(|| (digest, name.strip_prefix("./").unwrap_or(name)))
}

fn sha256_hex(content: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    digest.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}
