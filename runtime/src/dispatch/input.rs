//! Questions of a running call, on their way to the client.
//!
//! One guest code serves both eras. A legacy client is asked by requests of
//! ours while the guest waits. A modern one is not asked while a call runs: if
//! the answers are not there yet, the call ends with the questions and runs
//! again from its start when they are. Nothing is kept between the rounds: what
//! was answered travels with the client, sealed. Source: MCP 2026-07-28, basic
//! patterns, "Multi Round-Trip Requests".

mod round;
mod seal;

use serde_json::Value;

pub(super) use round::Round;
pub use seal::Seal;

use super::caller::Caller;
use crate::protocol::error::{INVALID_REQUEST, MISSING_CLIENT_CAPABILITY};
use crate::protocol::input::{Answer, Kinds, Params, Question};
use crate::protocol::{Revision, RpcError};
use crate::registry::Schema;

/// Questions, each under its key.
pub(super) type Questions = Vec<(String, Question)>;

/// How questions of a running call reach the client.
pub(super) enum Asked {
    /// Here is what it says, or why it says nothing.
    Answered(Result<Vec<Answer>, String>),
    /// These have to be answered first; the call ends here.
    Open(Questions),
    /// It cannot be asked this.
    Refused(RpcError),
}

/// Asks a call's questions.
pub(super) async fn ask(caller: &Caller<'_>, round: &mut Round, questions: Questions) -> Asked {
    if let Err(error) = askable(&questions, caller.kinds(), caller.revision) {
        return Asked::Refused(error);
    }
    match &caller.requests {
        None => round.answers(questions),
        Some(requests) => {
            if let Some(place) = &caller.place {
                place.give_up();
            }
            let asking = questions.iter().map(|(key, question)| async move {
                let params = Params {
                    question,
                    key,
                    revision: caller.revision,
                };
                let method = question.method();
                let raw = requests.ask(&caller.outbound, method, &params).await?;
                parse(question, &raw)
            });
            let answers = futures_util::future::join_all(asking).await;
            Asked::Answered(answers.into_iter().collect())
        }
    }
}

/// Whether a client of these kinds can be asked all of this. Source: MCP
/// 2026-07-28, basic patterns, "Server Requirements"; legacy revisions have no
/// code of their own for it.
pub(super) fn askable(
    questions: &Questions,
    kinds: Kinds,
    revision: Revision,
) -> Result<(), RpcError> {
    let unasked = questions
        .iter()
        .filter(|(_, question)| !question.is_among(kinds));
    let mut required = Value::Object(serde_json::Map::new());
    for (_, question) in unasked {
        merge(&mut required, question.required_capability());
    }
    if required == Value::Object(serde_json::Map::new()) {
        return Ok(());
    }
    let code = if revision.is_modern() {
        MISSING_CLIENT_CAPABILITY
    } else {
        INVALID_REQUEST
    };
    Err(RpcError::missing_capability(code, &required))
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

/// Reads an answer. What the person filled in has to obey the form.
pub(super) fn parse(
    question: &Question,
    raw: &serde_json::value::RawValue,
) -> Result<Answer, String> {
    let answer = Answer::parse(question, raw)?;
    if let (Question::Form { schema, .. }, Answer::Accepted(values)) = (question, &answer) {
        Schema::compile(schema.get())?
            .check(values.get())
            .map_err(|what| format!("the values do not obey the form:\n{what}"))?;
    }
    Ok(answer)
}
