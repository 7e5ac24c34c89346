//! Log lines on their way to stderr, fit for a terminal.

use std::io::{self, Write};

use tracing_subscriber::fmt::MakeWriter;

use crate::policy::printable_lines;

/// Escapes what a terminal would obey in what is written through it.
pub(super) struct Visible<M>(pub(super) M);

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Visible<M> {
    type Writer = VisibleWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        VisibleWriter(self.0.make_writer())
    }
}

pub(super) struct VisibleWriter<W>(W);

impl<W: Write> Write for VisibleWriter<W> {
    /// Takes whole lines, as the log writes them.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(printable_lines(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
