//! Questions of a running guest, on their way out, and the answers on their way
//! in.

use std::collections::HashSet;

use tokio::sync::oneshot;
use wasmtime::format_err;

use super::bindings::portcullis::plugin::{content, input, tasks};
use super::consent;
use super::convert;
use super::events::{Ask, Event};
use super::failure::{LimitKind, Reached};
use super::plugin::Shared;
use super::state::State;
use crate::policy::printable;
use crate::protocol::content::{Block, Extra};
use crate::protocol::input::{Answer, Question};
use crate::protocol::prompts::Role;

impl input::Host for State {
    fn supported(&mut self) -> wasmtime::Result<input::Kinds> {
        let kinds = self.call.events.kinds;
        let mut supported = input::Kinds::empty();
        for (declared, flag) in [
            (kinds.form, input::Kinds::FORM),
            (kinds.page, input::Kinds::PAGE),
            (kinds.sample, input::Kinds::SAMPLE),
            (kinds.sample_with_tools, input::Kinds::SAMPLE_WITH_TOOLS),
            (kinds.roots, input::Kinds::ROOTS),
        ] {
            if declared {
                supported |= flag;
            }
        }
        Ok(supported)
    }

    /// What is against the contract (a key twice, a schema that is no JSON) ends
    /// the call, as a malformed answer does.
    async fn request(
        &mut self,
        questions: Vec<(String, input::Question)>,
    ) -> wasmtime::Result<Result<Vec<input::Answer>, input::Error>> {
        self.call.asked = self.call.asked.saturating_add(questions.len());
        if self.call.asked > self.plugin.policy.limits.questions as usize {
            return Err(Reached(LimitKind::Questions).into());
        }
        let questions = self
            .checked(questions)
            .map_err(|what| format_err!("it asked: {what}"))?;
        if questions.is_empty() {
            return Ok(Ok(Vec::new()));
        }
        let Some(channel) = &self.call.events.channel else {
            let what = "nobody can be asked here".to_owned();
            return Ok(Err(input::Error::Other(what)));
        };
        let asked = questions.len();
        let (reply, answers) = oneshot::channel();
        let ask = Event::Ask(Ask { questions, reply });
        let _pause = self.call.clock.as_ref().map(|clock| clock.pause());
        if channel.send(ask).await.is_err() {
            return Err(format_err!("the caller is gone"));
        }
        match answers.await {
            Ok(Ok(answers)) if answers.len() == asked => {
                Ok(Ok(answers.into_iter().map(answer).collect()))
            }
            Ok(Err(what)) => Ok(Err(input::Error::Refused(what))),
            _ => Err(format_err!("the caller is gone")),
        }
    }
}

impl tasks::Host for State {
    async fn detach(&mut self) -> wasmtime::Result<()> {
        let Some(channel) = &self.call.events.channel else {
            return Ok(());
        };
        let (reply, detached) = oneshot::channel();
        if channel.send(Event::Detach(reply)).await.is_ok()
            && detached.await.unwrap_or(false)
            && let Some(clock) = &self.call.clock
        {
            clock.set_limit(self.plugin.policy.limits.task_deadline);
        }
        Ok(())
    }
}

impl State {
    fn checked(
        &self,
        questions: Vec<(String, input::Question)>,
    ) -> Result<Vec<(String, Question)>, String> {
        let mut keys = HashSet::new();
        let mut checked = Vec::with_capacity(questions.len());
        for (key, asked) in questions {
            let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
            if key.is_empty() || key.len() > 64 || !key.chars().all(allowed) {
                return Err(format!(
                    "the key `{}`; accepted: 1 to 64 of A-Z a-z 0-9 _ . -",
                    printable(&key)
                ));
            }
            if !keys.insert(key.clone()) {
                return Err(format!("two questions under the key `{key}`"));
            }
            let question = question(&self.plugin, asked)
                .map_err(|what| format!("question `{key}`: {what}"))?;
            checked.push((key, question));
        }
        Ok(checked)
    }
}

fn question(plugin: &Shared, question: input::Question) -> Result<Question, String> {
    Ok(match question {
        input::Question::Form(form) => {
            let schema = convert::json("schema", form.schema)?;
            if !schema.get().starts_with('{') {
                return Err("`schema` is no JSON object".to_owned());
            }
            Question::Form {
                message: consent::named(plugin, form.message),
                schema,
                extra: convert::extra(form.extra, Question::FORM_FIELDS)?,
            }
        }
        input::Question::Page(page) => Question::Page {
            message: consent::named(plugin, page.message),
            url: page.url,
            extra: convert::extra(page.extra, Question::PAGE_FIELDS)?,
        },
        input::Question::Sample(sample) => Question::Sample {
            messages: sample
                .messages
                .into_iter()
                .map(convert::message)
                .collect::<Result<_, _>>()?,
            max_tokens: sample.max_tokens,
            system_prompt: sample.system_prompt,
            extra: convert::extra(sample.extra, Question::SAMPLE_FIELDS)?,
        },
        input::Question::Roots => Question::Roots,
    })
}

fn answer(answer: Answer) -> input::Answer {
    match answer {
        Answer::Accepted(values) => input::Answer::Accepted(values.get().to_owned()),
        Answer::Declined => input::Answer::Declined,
        Answer::Cancelled => input::Answer::Cancelled,
        Answer::Sampled(sampled) => input::Answer::Sampled(input::Sampled {
            role: match sampled.role {
                Role::User => content::Role::User,
                Role::Assistant => content::Role::Assistant,
            },
            content: sampled.content.into_iter().map(block).collect(),
            model: sampled.model,
            stop_reason: sampled.stop_reason,
            extra: extra(&sampled.extra),
        }),
        Answer::Roots(roots) => input::Answer::Roots(
            roots
                .into_iter()
                .map(|root| input::Root {
                    extra: extra(&root.extra),
                    uri: root.uri,
                    name: root.name,
                })
                .collect(),
        ),
    }
}

/// Clients send text, images and sounds; all else stays JSON.
fn block(block: Block) -> content::Block {
    match block {
        Block::Text { text, extra: more } => content::Block::Text(content::Text {
            text,
            extra: extra(&more),
        }),
        Block::Image(media) => content::Block::Image(content::Media {
            extra: extra(&media.extra),
            data: media.data,
            mime_type: media.mime_type,
        }),
        Block::Audio(media) => content::Block::Audio(content::Media {
            extra: extra(&media.extra),
            data: media.data,
            mime_type: media.mime_type,
        }),
        other => content::Block::Other(
            serde_json::to_string(&crate::protocol::content::At(
                &other,
                crate::protocol::Revision::V2026_07_28,
            ))
            .expect("a block has string keys"),
        ),
    }
}

fn extra(extra: &Extra) -> Option<String> {
    (!extra.is_empty()).then(|| serde_json::to_string(extra).expect("it has string keys"))
}
