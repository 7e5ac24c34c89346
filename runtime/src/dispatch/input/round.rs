//! One round of a modern call that asks: what was answered so far.

use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{Asked, Questions, Seal, parse};
use crate::dispatch::principal::Principal;
use crate::protocol::RpcError;
use crate::protocol::members::Members;

/// How long a client may take for its next round.
const VALIDITY: Duration = Duration::from_secs(24 * 3600);
/// Answers that one round may bring.
const MAX_ANSWERS: usize = 256;

/// The answers that came with a request, and those of the rounds before it.
#[derive(Default)]
pub(in crate::dispatch) struct Round {
    /// What the call is and whose, so that no other can use its answers.
    call: [u8; 32],
    given: Vec<(String, Box<RawValue>)>,
    /// The answers that the call has used: what the next round shall bring
    /// again.
    used: Vec<(String, Box<RawValue>)>,
}

/// What travels with the client between two rounds.
#[derive(Serialize, Deserialize)]
struct State {
    /// The digest of the call.
    call: [u8; 32],
    /// When it stops being good, in seconds since 1970.
    until: u64,
    /// The answers so far.
    answers: Vec<(String, Box<RawValue>)>,
}

impl Round {
    /// Reads what a request of this principal brings. `call` is the method, the
    /// tool's or prompt's name or the resource's URI, and the arguments.
    ///
    /// -32602 for a state that is not ours, was changed, is out of date, or
    /// belongs to another call.
    pub(in crate::dispatch) fn open(
        seal: &Seal,
        principal: &Principal,
        call: (&str, &str, &str),
        params: &Members<'_>,
    ) -> Result<Round, RpcError> {
        let mut round = Round {
            call: digest(principal, call),
            ..Round::default()
        };
        if let Some(sealed) = params.optional_string("requestState")? {
            let state: State = seal
                .open(&sealed)
                .and_then(|bytes| serde_json::from_slice(&bytes).ok())
                .ok_or_else(|| refused("is none of this server's, or was changed"))?;
            if state.call != round.call {
                return Err(refused("belongs to another request"));
            }
            if state.until < now() {
                return Err(refused("is out of date; start again without it"));
            }
            round.given = state.answers;
        }
        let responses = Members::parse("inputResponses", params.get("inputResponses"))?;
        for (key, answer) in responses.into_pairs().take(MAX_ANSWERS) {
            // What was answered in an earlier round stays as it was.
            if round.given.iter().all(|(given, _)| *given != key) {
                round.given.push((key.into_owned(), answer.to_owned()));
            }
        }
        Ok(round)
    }

    /// The answers to these questions, or those among them that are open. An
    /// answer that is none, or does not obey its form, leaves its question open.
    pub(super) fn answers(&mut self, questions: Questions) -> Asked {
        let mut answers = Vec::with_capacity(questions.len());
        let mut open = Questions::new();
        for (key, question) in questions {
            let given = self.given.iter().find(|(given, _)| *given == key);
            match given.map(|(_, raw)| (raw, parse(&question, raw))) {
                Some((raw, Ok(answer))) => {
                    if self.used.iter().all(|(used, _)| *used != key) {
                        self.used.push((key, raw.clone()));
                    }
                    answers.push(answer);
                }
                Some((_, Err(what))) => {
                    tracing::debug!(key, "an answer is asked for again: {what}");
                    open.push((key, question));
                }
                None => open.push((key, question)),
            }
        }
        if open.is_empty() {
            Asked::Answered(Ok(answers))
        } else {
            Asked::Open(open)
        }
    }

    /// What the next round has to bring along.
    pub(in crate::dispatch) fn seal(&self, seal: &Seal) -> String {
        let state = State {
            call: self.call,
            until: now() + VALIDITY.as_secs(),
            answers: self.used.clone(),
        };
        let bytes = serde_json::to_vec(&state).expect("a state has string keys");
        seal.close(&bytes)
    }
}

fn digest(principal: &Principal, (method, subject, arguments): (&str, &str, &str)) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in [principal.name(), method, subject, arguments] {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

fn refused(what: &str) -> RpcError {
    RpcError::invalid_params(format!("`requestState` {what}"))
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Extra;
    use crate::protocol::input::Question;

    fn open(seal: &Seal, arguments: &str, params: &str) -> Result<Round, RpcError> {
        open_as(&Principal::Stdio, seal, arguments, params)
    }

    fn open_as(
        principal: &Principal,
        seal: &Seal,
        arguments: &str,
        params: &str,
    ) -> Result<Round, RpcError> {
        let raw = serde_json::from_str(params).expect("JSON");
        let params = Members::parse("params", Some(raw)).expect("an object");
        let call = ("tools/call", "greet", arguments);
        Round::open(seal, principal, call, &params)
    }

    fn questions(keys: &[&str]) -> Questions {
        let form = |key: &&str| {
            let schema =
                r#"{"type":"object","properties":{"name":{"type":"string"}},"required":["name"]}"#;
            let question = Question::Form {
                message: "?".to_owned(),
                schema: RawValue::from_string(schema.to_owned()).expect("JSON"),
                extra: Extra::default(),
            };
            ((*key).to_owned(), question)
        };
        keys.iter().map(form).collect()
    }

    const ADA: &str = r#"{"action":"accept","content":{"name":"Ada"}}"#;

    #[test]
    fn answers_add_up_over_the_rounds() {
        let seal = Seal::random().expect("random");
        let mut first = open(
            &seal,
            "{}",
            &format!(r#"{{"inputResponses":{{"a":{ADA}}}}}"#),
        )
        .expect("good");
        assert!(matches!(
            first.answers(questions(&["a"])),
            Asked::Answered(Ok(_))
        ));
        assert!(matches!(first.answers(questions(&["b"])), Asked::Open(open) if open.len() == 1));
        let state = first.seal(&seal);
        assert_ne!(state, first.seal(&seal), "no two are alike");
        let params = format!(r#"{{"requestState":"{state}","inputResponses":{{"b":{ADA}}}}}"#);
        let mut second = open(&seal, "{}", &params).expect("good");
        assert!(matches!(
            second.answers(questions(&["a"])),
            Asked::Answered(Ok(_))
        ));
        assert!(matches!(
            second.answers(questions(&["b"])),
            Asked::Answered(Ok(_))
        ));
    }

    #[test]
    fn what_is_no_answer_leaves_the_question_open() {
        let seal = Seal::random().expect("random");
        for answer in [
            "3",
            "null",
            "{}",
            r#"{"action":"accept","content":{"name":3}}"#,
        ] {
            let params = format!(r#"{{"inputResponses":{{"a":{answer}}}}}"#);
            let mut round = open(&seal, "{}", &params).expect("good");
            let asked = round.answers(questions(&["a"]));
            assert!(matches!(asked, Asked::Open(_)), "{answer}");
        }
    }

    #[test]
    fn a_state_is_good_for_its_own_call_and_server_only() {
        let seal = Seal::random().expect("random");
        let state = open(&seal, "{}", "{}").expect("good").seal(&seal);
        let params = |state: &str| format!(r#"{{"requestState":"{state}"}}"#);
        assert!(open(&seal, "{}", &params(&state)).is_ok());
        let refused = |seal: &Seal, arguments, state: &str, word| {
            let error = open(seal, arguments, &params(state))
                .err()
                .expect("refused");
            assert_eq!(error.code, -32602);
            assert!(error.message.contains(word), "{}", error.message);
        };
        refused(&seal, r#"{"x":1}"#, &state, "another request");
        refused(&seal, "{}", &format!("{state}-TAMPERED"), "changed");
        refused(&seal, "{}", &state[1..], "changed");
        refused(&seal, "{}", "", "changed");
        let stolen = open_as(&Principal::Http, &seal, "{}", &params(&state));
        assert!(stolen.is_err_and(|error| error.message.contains("another request")));
        let other = Seal::random().expect("random");
        refused(&other, "{}", &state, "none of this server's");
    }

    #[test]
    fn any_text_for_a_state_is_refused() {
        use base64::Engine as _;
        use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

        let seal = Seal::random().expect("random");
        let state = open(&seal, "{}", "{}").expect("good").seal(&seal);
        // Sealed by us, but no state.
        let sealed = |text: &str| seal.close(text.as_bytes());
        portcullis_seeded::check(2000, |source| {
            let forged = match source.below(4) {
                0 => source.text(6),
                1 => BASE64.encode(source.bytes(80)),
                2 => sealed(&source.json(2)),
                _ => String::from_utf8_lossy(&source.changed(state.as_bytes())).into_owned(),
            };
            if forged == state {
                return;
            }
            let params = serde_json::json!({ "requestState": forged }).to_string();
            let error = open(&seal, "{}", &params).err().expect("refused");
            assert_eq!(error.code, -32602, "{forged}");
        });
    }
}
