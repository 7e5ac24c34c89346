//! Calls that end with questions and are made again with the answers: what the
//! suite asks for under the name `input_required`.
//!
//! The keys are the suite's. What it looks at beside the keys, a request state
//! that is sealed and differs from round to round, is the runtime's.

use portcullis_sdk::input::{self, Question, Root, Sampled, Sampling, ask_all};
use portcullis_sdk::{Elicited, Result};

use crate::forms::{Agreement, Colour, Name};

const WHO: &str = "What is your name?";

pub(crate) fn elicitation() -> Result<String> {
    let name = name().ask()?.accepted()?;
    Ok(format!("Hello, {}!", name.name))
}

pub(crate) fn sampling() -> Result<String> {
    Ok(capital().ask()?.to_text())
}

pub(crate) fn list_roots() -> Result<String> {
    let roots = Question::roots().key("client_roots").ask()?;
    Ok(format!("you work in {}", named(&roots)))
}

/// The answer alone. That it came back with the state of its question is what
/// the runtime has seen to.
pub(crate) fn agreement() -> Result<bool> {
    let agreement = Question::form::<Agreement>("Please confirm").key("confirm");
    Ok(agreement.ask()?.accepted()?.ok)
}

pub(crate) fn multiple_inputs() -> Result<String> {
    let greeting = Sampling::from("Generate a greeting").max_tokens(50);
    let (name, greeting, roots) = ask_all((
        name(),
        Question::sample(greeting).key("greeting"),
        Question::roots().key("client_roots"),
    ))?;
    let name = name.accepted()?.name;
    let greeting = greeting.to_text();
    Ok(format!("{greeting} {name}, who work in {}", named(&roots)))
}

pub(crate) fn multi_round() -> Result<String> {
    let name = Question::form::<Name>("Step 1: What is your name?").key("step1");
    let name = name.ask()?.accepted()?.name;
    let colour = Question::form::<Colour>("Step 2: What is your favorite color?").key("step2");
    let colour = colour.ask()?.accepted()?.color;
    Ok(format!("{name} likes {colour}"))
}

/// Asks for what the caller has declared, one after the other, and for nothing
/// else.
pub(crate) fn capabilities() -> Result<String> {
    let supported = input::supported();
    let mut told = Vec::new();
    if supported.sample {
        told.push(sampling()?);
    }
    if supported.form {
        told.push(elicitation()?);
    }
    if supported.roots {
        told.push(list_roots()?);
    }
    if told.is_empty() {
        return Ok("there is nothing that you can be asked for".to_owned());
    }
    Ok(told.join("\n"))
}

pub(crate) fn name() -> Question<Elicited<Name>> {
    Question::form::<Name>(WHO).key("user_name")
}

fn capital() -> Question<Sampled> {
    let question = Sampling::from("What is the capital of France?").max_tokens(100);
    Question::sample(question).key("capital_question")
}

fn named(roots: &[Root]) -> String {
    let uris: Vec<&str> = roots.iter().map(Root::uri).collect();
    uris.join(", ")
}
