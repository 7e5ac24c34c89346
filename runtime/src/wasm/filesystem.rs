//! The directories a plugin sees.
//!
//! Each granted directory is opened once, when the plugin is loaded, and
//! reached through that handle ever after: renaming it away or putting a
//! symbolic link in its place changes nothing, and neither `..` nor a link in
//! it leads out.

mod asked;
pub(super) mod metered;
mod touched;
mod written;

pub(super) use asked::AskedFor;
pub(super) use touched::Touched;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::{FsPerms, WasiCtxBuilder};
pub(super) use written::Written;

use crate::policy::{Access, Mount};

/// Opens every mount. The result is cloned into each call's store.
///
/// Errors name the mount and the directory.
pub(super) fn open(mounts: &[Mount]) -> Result<WasiFilesystemCtx, String> {
    let mut builder = WasiCtxBuilder::new();
    for mount in mounts {
        let permissions = match mount.access {
            Access::Read => FsPerms::ReadOnly,
            Access::ReadWrite => FsPerms::ReadWrite,
        };
        builder
            .preopened_dir(&mount.host_path, &mount.guest_path, permissions)
            .map_err(|error| {
                format!(
                    "filesystem `{}`: cannot open the directory `{}`: {error}",
                    mount.name,
                    mount.host_path.display()
                )
            })?;
    }
    Ok(builder.build().filesystem().clone())
}
