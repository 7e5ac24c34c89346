//! Calls that become tasks, for callers that know the extension
//! `io.modelcontextprotocol/tasks`.

use std::time::Duration;

use portcullis_sdk::input::{Question, ask_all};
use portcullis_sdk::{Error, Result, future, tasks};

use crate::forms::{Confirmation, NamedConfirmation};
use crate::rounds;

pub(crate) async fn slow_compute(seconds: f64, label: &str) -> Result<String> {
    let pause = Duration::try_from_secs_f64(seconds).map_err(|_| {
        Error::invalid_arguments(format_args!(
            "`seconds` is 0 or more, and not as much as `{seconds}`"
        ))
    })?;
    future::sleep(pause).await;
    Ok(format!("{label} took {seconds} s"))
}

pub(crate) fn confirm_delete(filename: &str) -> Result<String> {
    let question = Question::form::<Confirmation>(format!("Delete `{filename}`?")).key("confirm");
    let confirmed = question.ask()?.ok().is_some_and(|answer| answer.confirm);
    Ok(if confirmed {
        format!("deleted `{filename}`")
    } else {
        format!("kept `{filename}`")
    })
}

pub(crate) fn multi_input() -> Result<String> {
    let question = |key: &str| {
        Question::form::<NamedConfirmation>(format!("Please fill in the {key} form")).key(key)
    };
    let [first, second] = ask_all([question("first"), question("second")])?;
    let (first, second) = (first.accepted()?, second.accepted()?);
    Ok(format!(
        "first: {} {}, second: {} {}",
        first.name, first.confirm, second.name, second.confirm
    ))
}

/// What is needed is asked for before the call becomes a task.
pub(crate) fn after_asking() -> Result<String> {
    let name = rounds::name().ask()?.accepted()?.name;
    tasks::detach();
    Ok(format!("the task of {name} is done"))
}
