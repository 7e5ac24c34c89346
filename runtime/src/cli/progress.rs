//! How a download, an upload or other long work comes along, on a terminal.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::package::Progress;
use crate::policy::printable;

/// A bar on stderr, where that is a terminal, and nothing elsewhere. It is gone
/// when the work has ended.
pub(super) struct Bar(Mutex<ProgressBar>);

impl Bar {
    pub(super) fn on_terminal() -> Arc<dyn Progress> {
        Arc::new(Bar(Mutex::new(ProgressBar::hidden())))
    }

    fn with(&self, work: impl FnOnce(&mut ProgressBar)) {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Progress for Bar {
    fn begin(&self, what: &str, bytes: Option<u64>) {
        let template = match bytes {
            Some(_) => "{bar:24} {bytes}/{total_bytes} {bytes_per_sec} {wide_msg}",
            None => "{spinner} {bytes} {bytes_per_sec} {wide_msg}",
        };
        // It draws nothing where stderr is no terminal.
        let target = ProgressDrawTarget::stderr();
        let bar = ProgressBar::with_draw_target(bytes, target);
        let bar = bar.with_message(printable(what).into_owned());
        let style = ProgressStyle::with_template(template);
        self.with(|shown| {
            *shown = match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            };
        });
    }

    fn advance(&self, bytes: u64) {
        self.with(|bar| bar.inc(bytes));
    }

    fn end(&self) {
        self.with(|bar| bar.finish_and_clear());
    }
}

/// Something that turns while work is done whose end nobody knows, such as
/// compiling; shown and gone as [`Bar`] is.
pub(super) struct Working(ProgressBar);

impl Working {
    pub(super) fn on_terminal(what: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let bar = bar.with_style(ProgressStyle::default_spinner());
        let bar = bar.with_message(printable(what).into_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
