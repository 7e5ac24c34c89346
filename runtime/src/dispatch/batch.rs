//! Batches: many messages in one array, answered by one array.
//!
//! Revision 2025-03-26 has them; in all others an array is refused. Source: MCP
//! 2025-03-26, basic, "Batching"; JSON-RPC 2.0, section 6.

use std::sync::Arc;

use super::conversation::{Answer, Conversation, Follow, Outgoing, reject};
use super::outbound::{Messages, Outbound};
use crate::protocol::jsonrpc::{self, Message, Rejected};
use crate::protocol::{Revision, RpcError};

/// Messages in one batch.
const MAX_MESSAGES: usize = 100;

impl Conversation {
    /// Whether a message is a batch, and its client may send some.
    pub fn takes_batch(&self, message: &[u8]) -> bool {
        jsonrpc::is_batch(message) && self.revision() == Some(Revision::V2025_03_26)
    }
}

/// Takes a batch. Its requests are worked on at the same time, and its answer
/// is sent when all of them have ended; there is none if all were
/// notifications.
pub(super) async fn receive(conversation: &Arc<Conversation>, message: &[u8], outbound: &Outbound) {
    let refuse = |error| Rejected { id: None, error };
    let messages = match jsonrpc::batch(message) {
        Ok(messages) => messages,
        Err(rejected) => return reject(&rejected, outbound).await,
    };
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        let error = RpcError::invalid_request(format!(
            "the batch has {} messages; accepted: 1 to {MAX_MESSAGES}",
            messages.len()
        ));
        return reject(&refuse(error), outbound).await;
    }
    let (collector, answers) = Outbound::channel(16);
    tokio::spawn(collect(answers, outbound.clone()));
    for message in messages {
        let bytes = message.get().as_bytes();
        match jsonrpc::parse(bytes) {
            Ok(Message::Request(request))
                if matches!(&*request.method, "initialize" | "subscriptions/listen") =>
            {
                // A subscription would keep back the answers of all others.
                let error = RpcError::invalid_request(format!(
                    "`{}` may not be part of a batch",
                    request.method
                ));
                let id = Some(request.id);
                reject(&Rejected { id, error }, &collector).await;
            }
            _ => {
                let follow = Follow::More;
                conversation
                    .receive_one(bytes.to_vec(), follow, &collector)
                    .await;
            }
        }
    }
}

/// Gathers the answers, and passes on at once what is none.
async fn collect(mut answers: Messages, outbound: Outbound) {
    let mut all = Vec::new();
    while let Some(outgoing) = answers.recv().await {
        match outgoing {
            Outgoing::Answer(answer) => {
                all.push(if all.is_empty() { b'[' } else { b',' });
                all.extend_from_slice(&answer.bytes);
            }
            // A client that is gone wants none.
            news => drop(outbound.send(news).await),
        }
    }
    if !all.is_empty() {
        all.push(b']');
        let answer = Answer {
            bytes: all,
            error: None,
            retry_after_ms: None,
        };
        let _ = outbound.send(Outgoing::Answer(answer)).await;
    }
}
