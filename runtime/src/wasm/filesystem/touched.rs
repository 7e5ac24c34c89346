//! Which paths a call touches, by the names under which it sees them.

use std::collections::HashMap;
use std::sync::Arc;

use wasmtime::component::Resource;
use wasmtime_wasi::p2::bindings::filesystem::types::Descriptor;

use crate::wasm::uses::Uses;

/// The longest name that is kept of an open directory or file, in bytes.
const LONGEST: usize = 1 << 10;

/// The names of what is open, and where paths are counted.
#[derive(Default)]
pub(in crate::wasm) struct Touched {
    uses: Option<Arc<Uses>>,
    open: HashMap<u32, String>,
}

impl Touched {
    /// Begins a call. Nothing is kept where nobody wants to know.
    pub(in crate::wasm) fn begin(&mut self, uses: Option<Arc<Uses>>) {
        self.uses = uses;
    }

    /// Ends a call. What is open keeps its name.
    pub(in crate::wasm) fn end(&mut self) {
        self.uses = None;
    }

    /// Counts a path below something open, and gives its name. The path may be
    /// anything that a guest can say.
    pub(super) fn touch(
        &self,
        below: &Resource<Descriptor>,
        path: &str,
        write: bool,
    ) -> Option<String> {
        let uses = self.uses.as_ref()?;
        let folder = self.open.get(&below.rep()).map_or("?", String::as_str);
        let path = &path[..path.floor_char_boundary(LONGEST)];
        let mut name = match path {
            "." | "" => folder.to_owned(),
            path => format!("{}/{path}", folder.trim_end_matches('/')),
        };
        uses.path(&name, write);
        name.truncate(name.floor_char_boundary(LONGEST));
        Some(name)
    }

    /// Names something that is open now.
    pub(super) fn named(&mut self, fd: &Resource<Descriptor>, name: String) {
        if self.uses.is_some() {
            self.open.insert(fd.rep(), name);
        }
    }

    /// Forgets something that is closed.
    pub(super) fn closed(&mut self, fd: &Resource<Descriptor>) {
        self.open.remove(&fd.rep());
    }
}
