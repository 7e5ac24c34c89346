//! Directories that a guest sees and whose use its user has to allow.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::FsResult;
use wasmtime_wasi::p2::bindings::filesystem::types::{Descriptor, ErrorCode};

use crate::policy::Mount;
use crate::wasm::consent::{Asking, Wanted};

/// What is open of such directories, by where it is in the list of directories.
///
/// What was opened in one call may be used in another, whose user is asked anew.
#[derive(Default)]
pub(in crate::wasm) struct AskedFor(HashMap<u32, usize>);

impl AskedFor {
    /// Notes a directory that the guest is given.
    pub(super) fn given(&mut self, fd: &Resource<Descriptor>, path: &str, mounts: &[Mount]) {
        let place = mounts.iter().position(|mount| mount.guest_path == path);
        if let Some(place) = place.filter(|place| mounts[*place].asked.is_some()) {
            self.0.insert(fd.rep(), place);
        }
    }

    /// Notes what was opened below something.
    pub(super) fn opened(&mut self, below: u32, fd: &Resource<Descriptor>) {
        if let Some(place) = self.0.get(&below) {
            self.0.insert(fd.rep(), *place);
        }
    }

    /// Forgets something that is closed.
    pub(super) fn closed(&mut self, fd: &Resource<Descriptor>) {
        self.0.remove(&fd.rep());
    }

    /// Waits until the user has allowed the use of what is open, if that is to be
    /// asked.
    pub(super) async fn pass(
        &self,
        fd: u32,
        mounts: &[Mount],
        asking: Option<&Arc<Asking>>,
    ) -> FsResult<()> {
        let Some(mount) = self.0.get(&fd).map(|place| &mounts[*place]) else {
            return Ok(());
        };
        if let (Some(asking), Some(consent)) = (asking, &mount.asked) {
            let key = format!("filesystem:{}", mount.name);
            if asking
                .allows(&key, || Wanted::directory(mount, consent))
                .await
            {
                return Ok(());
            }
        }
        tracing::warn!(
            directory = mount.name,
            "refused a directory: its use was not allowed"
        );
        Err(ErrorCode::Access.into())
    }
}
