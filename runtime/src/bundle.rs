//! MCP Bundles: this program and chosen plugins in one file, which a host program
//! installs by one click.
//!
//! ```text
//! manifest.json       what the host program reads: the "MCPB Manifest.json Spec", 0.3
//! bin/portcullis      this program
//! portcullis.json     which values the host program asks its user for
//! portcullis.toml     the plugins with their grants, but for those values
//! portcullis.lock     their digests
//! store/DIGEST        their files
//! ```
//!
//! What the admin of this machine granted goes with the plugins, but for what is
//! this machine's: directories, settings and secrets. The host program asks its
//! user for those and hands them over as environment variables. The program in the
//! bundle ([`unpack`]) makes its configuration from both, in the data folder of its
//! user, since the folder of the bundle may be replaced or not be writable; there
//! are the cache and what plugins keep, apart from those of other bundles.
//!
//! The same plugins, grants and program give the same bytes.
//!
//! Source: "MCPB Manifest.json Spec" (modelcontextprotocol/mcpb, `MANIFEST.md`).

mod archive;
mod contents;
mod manifest;
mod server_json;
mod unpack;
mod values;

pub use archive::{Archive, sha256};
pub use contents::{Contents, NotBundled, Plugin};
pub use manifest::{About, manifest};
pub use server_json::server_json;
pub use unpack::{Unpackable, unpack};
pub use values::{Kind, Value};

/// The file with the values.
const VALUES: &str = "portcullis.json";
/// The folder of the plugins' files.
const STORE: &str = "store";
