//! Plugins as they are shipped, checked and kept.
//!
//! A plugin is a folder with a `plugin.toml` (the [`Manifest`]) and a
//! WebAssembly component beside it or below it, or a component that carries its
//! manifest (see [`pack`]). [`Source::fetch`] gets one from wherever it is; the
//! [`Store`] keeps both files under their [`Digest`]s, and the [`Lockfile`] says
//! which digests the admin agreed to.
//!
//! Nothing here runs or compiles a component: of the component only its first
//! eight bytes are looked at, and where its sections begin and end.

mod atomic;
mod component;
mod diagnostic;
mod digest;
mod document;
mod folder;
mod generated;
mod local;
mod lockfile;
mod manifest;
mod packed;
mod report;
mod signature;
mod source;
mod store;

pub(crate) use atomic::read_if_there;
pub use atomic::{is_abandoned, is_temporary, write_atomically};
pub use component::{NotComponent, check_component};
pub use diagnostic::{Diagnostic, Diagnostics};
pub use digest::{Digest, DigestMismatch};
pub(crate) use document::{Fields, Value};
pub use folder::{
    Content, InstalledError, MANIFEST_FILE, MAX_COMPONENT_BYTES, Package, PackageError,
};
pub use generated::{NoManifest, generated_manifest};
pub use lockfile::{LOCK_FILE, LockedPlugin, Lockfile, LockfileError, Next, Previous};
pub(crate) use manifest::read_limits;
pub use manifest::{CacheHints, Manifest, TaskMark, ToolMark};
pub use packed::{Carried, icon_type, pack};
pub(crate) use report::Report;
pub use signature::{
    KeyKind, KeySource, MAX_SIGNATURE_BYTES, Proof, PublicKey, SUMS_FILE, Signature, Signed,
    Signer, SourcePattern, Trust, TrustedKey, Untrusted,
};
pub(crate) use source::ACCEPTED as SOURCE_ACCEPTED;
pub use source::{Interfaces, Progress, Source, SourceError};
pub use store::{Removed, Store, StoreError};
