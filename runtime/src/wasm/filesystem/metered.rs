//! What a call writes to disk, counted against its limit.
//!
//! All of `wasi:filesystem` goes on to wasmtime's own; what takes room on the
//! disk is counted before it is done. Beyond the limit the guest gets the error
//! of a full disk. A hole that is left by writing beyond the end of a file takes
//! up no room and is not counted; one made by setting a file's size is. Which
//! paths are touched is noted for the admin.
//!
//! Only files and directories can be opened. Opening a pipe waits for somebody
//! at its other end, on a thread that nobody gets back; devices and sockets are
//! no files of the admin's either.
//!
//! Of a directory that the user is asked about, nothing is looked at before the user
//! has allowed it.

use std::sync::Arc;

use wasmtime::component::{HasData, Resource};
use wasmtime_wasi::filesystem::WasiFilesystemCtxView;
use wasmtime_wasi::p2::bindings::filesystem::preopens;
use wasmtime_wasi::p2::bindings::filesystem::types::{
    self, Descriptor, ErrorCode, Host, HostDescriptor, HostDirectoryEntryStream,
};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, FsError, FsResult};

use super::asked::AskedFor;
use super::touched::Touched;
use super::written::{Counted, Written};
use crate::wasm::consent::Asking;
use crate::wasm::plugin::Shared;
use crate::wasm::state::State;

/// What a new file, directory or link counts for, however short: it takes up a
/// block and an entry.
const ENTRY: u64 = 4 << 10;

type Fd = Resource<Descriptor>;

/// The file system as one call sees it.
pub(in crate::wasm) struct Metered<'a> {
    inner: WasiFilesystemCtxView<'a>,
    written: Written,
    touched: &'a mut Touched,
    asked_for: &'a mut AskedFor,
    asking: Option<&'a Arc<Asking>>,
    plugin: &'a Shared,
}

/// Where [`Metered`] comes from.
pub(in crate::wasm) struct MeteredFilesystem;

impl HasData for MeteredFilesystem {
    type Data<'a> = Metered<'a>;
}

/// The view of a call's store.
pub(in crate::wasm) fn view(state: &mut State) -> Metered<'_> {
    Metered {
        inner: WasiFilesystemCtxView {
            ctx: state.wasi.filesystem(),
            table: &mut state.table,
        },
        written: state.written.clone(),
        touched: &mut state.touched,
        asked_for: &mut state.asked_for,
        asking: state.call.asking.as_ref(),
        plugin: &state.plugin,
    }
}

impl Metered<'_> {
    /// Waits for the user, where it is theirs to allow the use of a directory.
    fn pass(&self, fd: &Fd) -> impl Future<Output = FsResult<()>> + Send {
        let mounts = &self.plugin.policy.filesystem;
        self.asked_for.pass(fd.rep(), mounts, self.asking)
    }

    /// Counts a file that becomes longer than it is; a hole counts like what is
    /// written.
    async fn grow(&mut self, fd: &Fd, size: u64) -> FsResult<()> {
        let now = self.inner.stat(Resource::new_borrow(fd.rep())).await?.size;
        self.written.take(size.saturating_sub(now))
    }

    /// Refuses what is neither file nor directory. What is not there, or cannot
    /// be looked at, is left to the opening, which says so.
    async fn check_kind(&mut self, fd: &Fd, flags: types::PathFlags, path: &str) -> FsResult<()> {
        use types::DescriptorType::{Directory, RegularFile, SymbolicLink};
        let fd = Resource::new_borrow(fd.rep());
        match self.inner.stat_at(fd, flags, path.to_owned()).await {
            Ok(found) if !matches!(found.type_, Directory | RegularFile | SymbolicLink) => {
                Err(ErrorCode::NotPermitted.into())
            }
            _ => Ok(()),
        }
    }

    fn counted(
        &mut self,
        stream: Resource<DynOutputStream>,
    ) -> FsResult<Resource<DynOutputStream>> {
        let inner = self.inner.table.delete(stream)?;
        let counted: DynOutputStream = Box::new(Counted::new(inner, self.written.clone()));
        Ok(self.inner.table.push(counted)?)
    }
}

impl Host for Metered<'_> {
    fn convert_error_code(&mut self, error: FsError) -> wasmtime::Result<ErrorCode> {
        self.inner.convert_error_code(error)
    }

    fn filesystem_error_code(
        &mut self,
        error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCode>> {
        self.inner.filesystem_error_code(error)
    }
}

impl preopens::Host for Metered<'_> {
    fn get_directories(&mut self) -> wasmtime::Result<Vec<(Fd, String)>> {
        let directories = preopens::Host::get_directories(&mut self.inner)?;
        for (fd, path) in &directories {
            self.touched.named(fd, path.clone());
            let mounts = &self.plugin.policy.filesystem;
            self.asked_for.given(fd, path, mounts);
        }
        Ok(directories)
    }
}

impl HostDescriptor for Metered<'_> {
    async fn set_size(&mut self, fd: Fd, size: u64) -> FsResult<()> {
        self.grow(&fd, size).await?;
        self.inner.set_size(fd, size).await
    }

    async fn write(&mut self, fd: Fd, bytes: Vec<u8>, offset: u64) -> FsResult<u64> {
        self.grow(&fd, offset).await?;
        self.written.take(bytes.len() as u64)?;
        self.inner.write(fd, bytes, offset).await
    }

    fn write_via_stream(&mut self, fd: Fd, offset: u64) -> FsResult<Resource<DynOutputStream>> {
        let stream = self.inner.write_via_stream(fd, offset)?;
        self.counted(stream)
    }

    fn append_via_stream(&mut self, fd: Fd) -> FsResult<Resource<DynOutputStream>> {
        let stream = self.inner.append_via_stream(fd)?;
        self.counted(stream)
    }

    async fn open_at(
        &mut self,
        fd: Fd,
        path_flags: types::PathFlags,
        path: String,
        open_flags: types::OpenFlags,
        flags: types::DescriptorFlags,
    ) -> FsResult<Fd> {
        self.pass(&fd).await?;
        let write = open_flags.intersects(types::OpenFlags::CREATE | types::OpenFlags::TRUNCATE)
            || flags.contains(types::DescriptorFlags::WRITE);
        let name = self.touched.touch(&fd, &path, write);
        self.check_kind(&fd, path_flags, &path).await?;
        if open_flags.contains(types::OpenFlags::CREATE) {
            self.written.take(ENTRY)?;
        }
        let below = fd.rep();
        let opened = self
            .inner
            .open_at(fd, path_flags, path, open_flags, flags)
            .await?;
        self.asked_for.opened(below, &opened);
        if let Some(name) = name {
            self.touched.named(&opened, name);
        }
        Ok(opened)
    }

    async fn create_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, true);
        self.written.take(ENTRY)?;
        self.inner.create_directory_at(fd, path).await
    }

    async fn link_at(
        &mut self,
        fd: Fd,
        flags: types::PathFlags,
        from: String,
        to_fd: Fd,
        to: String,
    ) -> FsResult<()> {
        self.pass(&fd).await?;
        self.pass(&to_fd).await?;
        self.touched.touch(&fd, &from, false);
        self.touched.touch(&to_fd, &to, true);
        self.written.take(ENTRY)?;
        self.inner.link_at(fd, flags, from, to_fd, to).await
    }

    async fn symlink_at(&mut self, fd: Fd, target: String, path: String) -> FsResult<()> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, true);
        self.written.take(ENTRY)?;
        self.inner.symlink_at(fd, target, path).await
    }

    fn drop(&mut self, fd: Fd) -> wasmtime::Result<()> {
        self.touched.closed(&fd);
        self.asked_for.closed(&fd);
        HostDescriptor::drop(&mut self.inner, fd)
    }

    async fn advise(
        &mut self,
        fd: Fd,
        offset: u64,
        len: u64,
        advice: types::Advice,
    ) -> FsResult<()> {
        self.inner.advise(fd, offset, len, advice).await
    }

    async fn sync_data(&mut self, fd: Fd) -> FsResult<()> {
        self.inner.sync_data(fd).await
    }

    async fn get_flags(&mut self, fd: Fd) -> FsResult<types::DescriptorFlags> {
        self.inner.get_flags(fd).await
    }

    async fn get_type(&mut self, fd: Fd) -> FsResult<types::DescriptorType> {
        self.inner.get_type(fd).await
    }

    async fn set_times(
        &mut self,
        fd: Fd,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        self.pass(&fd).await?;
        self.inner.set_times(fd, accessed, modified).await
    }

    async fn read(&mut self, fd: Fd, len: u64, offset: u64) -> FsResult<(Vec<u8>, bool)> {
        self.inner.read(fd, len, offset).await
    }

    async fn read_directory(&mut self, fd: Fd) -> FsResult<Resource<types::DirectoryEntryStream>> {
        self.pass(&fd).await?;
        self.inner.read_directory(fd).await
    }

    async fn sync(&mut self, fd: Fd) -> FsResult<()> {
        self.inner.sync(fd).await
    }

    async fn stat(&mut self, fd: Fd) -> FsResult<types::DescriptorStat> {
        self.pass(&fd).await?;
        self.inner.stat(fd).await
    }

    async fn stat_at(
        &mut self,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::DescriptorStat> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, false);
        self.inner.stat_at(fd, flags, path).await
    }

    async fn set_times_at(
        &mut self,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
        accessed: types::NewTimestamp,
        modified: types::NewTimestamp,
    ) -> FsResult<()> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, true);
        self.inner
            .set_times_at(fd, flags, path, accessed, modified)
            .await
    }

    async fn readlink_at(&mut self, fd: Fd, path: String) -> FsResult<String> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, false);
        self.inner.readlink_at(fd, path).await
    }

    async fn remove_directory_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, true);
        self.inner.remove_directory_at(fd, path).await
    }

    async fn rename_at(&mut self, fd: Fd, from: String, to_fd: Fd, to: String) -> FsResult<()> {
        self.pass(&fd).await?;
        self.pass(&to_fd).await?;
        self.touched.touch(&fd, &from, true);
        self.touched.touch(&to_fd, &to, true);
        self.inner.rename_at(fd, from, to_fd, to).await
    }

    async fn unlink_file_at(&mut self, fd: Fd, path: String) -> FsResult<()> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, true);
        self.inner.unlink_file_at(fd, path).await
    }

    fn read_via_stream(&mut self, fd: Fd, offset: u64) -> FsResult<Resource<DynInputStream>> {
        self.inner.read_via_stream(fd, offset)
    }

    async fn is_same_object(&mut self, a: Fd, b: Fd) -> wasmtime::Result<bool> {
        self.inner.is_same_object(a, b).await
    }

    async fn metadata_hash(&mut self, fd: Fd) -> FsResult<types::MetadataHashValue> {
        self.pass(&fd).await?;
        self.inner.metadata_hash(fd).await
    }

    async fn metadata_hash_at(
        &mut self,
        fd: Fd,
        flags: types::PathFlags,
        path: String,
    ) -> FsResult<types::MetadataHashValue> {
        self.pass(&fd).await?;
        self.touched.touch(&fd, &path, false);
        self.inner.metadata_hash_at(fd, flags, path).await
    }
}

impl HostDirectoryEntryStream for Metered<'_> {
    async fn read_directory_entry(
        &mut self,
        stream: Resource<types::DirectoryEntryStream>,
    ) -> FsResult<Option<types::DirectoryEntry>> {
        self.inner.read_directory_entry(stream).await
    }

    fn drop(&mut self, stream: Resource<types::DirectoryEntryStream>) -> wasmtime::Result<()> {
        HostDirectoryEntryStream::drop(&mut self.inner, stream)
    }
}
