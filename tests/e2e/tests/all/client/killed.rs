//! A server that is killed, and what it had said by then.

use serde_json::Value;

use super::{Client, PATIENCE};

impl Client {
    /// [`Client::kill`], with the messages that nobody had read yet.
    pub(crate) fn killed(mut self) -> Vec<Value> {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
        let mut rest = self.news();
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            // The last line may have been cut off.
            rest.extend(serde_json::from_str::<Value>(&line));
        }
        rest
    }
}
