//! `[audit]`: what is recorded of calls, and where.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use super::Paths;
use crate::{
    package::{Fields, Value},
    policy::{Invalid, parse_size, quoted},
};

/// The least and the greatest size of a file in bytes: 64 KiB and 1 TiB.
const MAX_SIZE: RangeInclusive<u64> = 64 << 10..=1 << 40;
/// The fewest and the most files that are kept.
const KEEP: RangeInclusive<i64> = 1..=1_000;

/// What is recorded of calls, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditConfig {
    /// Whether anything is. Default `true`: who needs the log needs what was
    /// before, and without arguments it holds nothing of what people ask.
    pub enabled: bool,
    /// The file. Default: `audit.jsonl` in the data folder.
    pub file: Option<PathBuf>,
    /// What is kept of a call's arguments. Default: their digest.
    pub arguments: AuditedArguments,
    /// Whether a call is answered only when its line is on the disk. Default
    /// `false`: when the operating system has it.
    pub sync: bool,
    /// The size in bytes at which a file is full. Default 16 MiB.
    pub max_size: u64,
    /// How many full files are kept. Default 7.
    pub keep: u32,
}

/// What is kept of a call's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditedArguments {
    /// Nothing.
    None,
    /// Their digest: enough to find calls with the same, or with known ones.
    Digest,
    /// All of them.
    Full,
}

impl Default for AuditConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            file: None,
            arguments: AuditedArguments::Digest,
            sync: false,
            max_size: 16 << 20,
            keep: 7,
        }
    }
}

impl AuditConfig {
    /// The file, by default in this data folder.
    pub fn file_in(&self, data: &Path) -> PathBuf {
        self.file
            .clone()
            .unwrap_or_else(|| data.join("audit.jsonl"))
    }
}

/// Reads `[audit]`; what is wrong is reported.
pub(super) fn read_audit(table: &Fields<'_>, paths: &Paths<'_>) -> AuditConfig {
    let default = AuditConfig::default();
    let audit = AuditConfig {
        enabled: table
            .get("enabled")
            .and_then(|value| value.boolean())
            .unwrap_or(default.enabled),
        file: table
            .get("file")
            .and_then(|value| value.parse_with("a path", |text| paths.resolve(text))),
        arguments: table
            .get("arguments")
            .and_then(|value| value.parse_with("\"digest\", \"full\", \"none\"", read_arguments))
            .unwrap_or(default.arguments),
        sync: table
            .get("sync")
            .and_then(|value| value.boolean())
            .unwrap_or(default.sync),
        max_size: table
            .get("max-size")
            .and_then(|value| read_max_size(&value))
            .unwrap_or(default.max_size),
        keep: table
            .get("keep")
            .and_then(|value| read_keep(&value))
            .unwrap_or(default.keep),
    };
    table.finish();
    audit
}

fn read_arguments(text: &str) -> Result<AuditedArguments, Invalid> {
    match text {
        "digest" => Ok(AuditedArguments::Digest),
        "full" => Ok(AuditedArguments::Full),
        "none" => Ok(AuditedArguments::None),
        other => Err(Invalid::new(
            format!("{} is not what can be kept of arguments", quoted(other)),
            "digest, full, none",
        )),
    }
}

fn read_max_size(value: &Value<'_>) -> Option<u64> {
    let size = match value.as_integer() {
        Some(number) => u64::try_from(number).unwrap_or_default(),
        None => value.parse_with("a size such as \"16MiB\"", parse_size)?,
    };
    if !MAX_SIZE.contains(&size) {
        value.invalid(&Invalid::new(
            format!("`{size}` is out of range"),
            "64KiB to 1024GiB",
        ));
    }
    Some(size)
}

fn read_keep(value: &Value<'_>) -> Option<u32> {
    let number = value.integer("a whole number")?;
    if !KEEP.contains(&number) {
        value.invalid(&Invalid::new(
            format!("`{number}` is out of range"),
            "1 to 1000",
        ));
    }
    u32::try_from(number).ok()
}
