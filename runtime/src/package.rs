//! Plugins as they are shipped, checked and kept.
//!
//! A plugin is a folder with a `plugin.toml` (the [`Manifest`]) and a
//! WebAssembly component beside it or below it. [`Package::load`] reads such a
//! folder; the [`Store`] keeps both files under their [`Digest`]s, and the
//! [`Lockfile`] says which digests the admin agreed to.
//!
//! Nothing here runs or compiles a component: of the component only the eight
//! bytes at its start are looked at.

mod atomic;
mod component;
mod diagnostic;
mod digest;
mod document;
mod folder;
mod lockfile;
mod manifest;
mod report;
mod store;

pub(crate) use atomic::read_if_there;
pub use atomic::{is_abandoned, is_temporary, write_atomically};
pub use component::{NotComponent, check_component};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use digest::{Digest, DigestMismatch};
pub(crate) use document::{Fields, Value};
pub use folder::{
    InstalledError, MANIFEST_FILE, MAX_COMPONENT_BYTES, Package, PackageError, read_component,
};
pub use lockfile::{LOCK_FILE, LockedPlugin, Lockfile, LockfileError};
pub(crate) use manifest::read_limits;
pub use manifest::{CacheHints, Manifest, TaskMark, ToolMark};
pub(crate) use report::Report;
pub use store::{Removed, Store, StoreError};
