//! What a server writes to its log, line by line as it comes.

use std::io::{BufRead as _, BufReader};
use std::process::ChildStderr;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};

use super::PATIENCE;

/// A server's stderr.
pub(super) struct Log {
    lines: Receiver<Vec<u8>>,
    /// What was read so far.
    text: String,
}

impl Log {
    pub(super) fn of(stderr: ChildStderr) -> Self {
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).split(b'\n') {
                // What was read before an error is what there is.
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            lines,
            text: String::new(),
        }
    }

    /// Waits until it has all these words in one line.
    #[track_caller]
    pub(super) fn wait_for(&mut self, words: &[&str]) {
        let said = |text: &str| {
            let mut lines = text.lines();
            lines.any(|line| words.iter().all(|word| line.contains(word)))
        };
        while !said(&self.text) {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.push(&line),
                Err(_) => panic!("the log has no line with {words:?}: {}", self.text),
            }
        }
    }

    /// All of it, when the server has ended.
    pub(super) fn whole(mut self) -> String {
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => self.push(&line),
                Err(RecvTimeoutError::Disconnected | RecvTimeoutError::Timeout) => {
                    return self.text;
                }
            }
        }
    }

    fn push(&mut self, line: &[u8]) {
        self.text.push_str(&String::from_utf8_lossy(line));
        self.text.push('\n');
    }
}
