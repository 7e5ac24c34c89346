//! A plugin of prompts: reviewing code, and finding the cause of an error.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

mod focus;
mod language;
mod text;

#[plugin]
mod review {
    use portcullis_sdk::{Error, Prompt, Result};

    use crate::{focus, language, text};

    /// Review code: what is wrong with it, how much it matters, and how to
    /// mend it.
    #[prompt(title = "Review code")]
    pub(crate) fn code_review(
        /// The code, or a diff of it
        code: String,
        /// The language it is written in, such as `rust`
        language: Option<String>,
        /// What to look at first: security, performance, readability,
        /// correctness, tests, or words of your own
        focus: Option<String>,
    ) -> Result<Prompt> {
        refuse_blank("code", &code)?;
        let language = given(language);
        let focus = given(focus);
        let description = match &focus {
            Some(focus) => format!("Code review with a focus on {focus}"),
            None => "Code review".to_owned(),
        };
        let text = text::code_review(&code, language.as_deref(), focus.as_deref());
        Ok(Prompt::new().user(text).description(description))
    }

    /// Find the cause of an error, and the smallest change that removes it.
    #[prompt(title = "Debug an error")]
    pub(crate) fn debug_error(
        /// The error message, with its stack trace if there is one
        error: String,
        /// The code that it comes from
        code: Option<String>,
        /// The language it is written in, such as `rust`
        language: Option<String>,
    ) -> Result<Prompt> {
        refuse_blank("error", &error)?;
        let (code, language) = (given(code), given(language));
        let text = text::debug_error(&error, code.as_deref(), language.as_deref());
        Ok(Prompt::new()
            .user(text)
            .description("Finding the cause of an error"))
    }

    #[complete(prompt = "code_review", argument = "language")]
    pub(crate) fn review_languages(value: &str) -> Vec<&'static str> {
        language::suggestions(value)
    }

    #[complete(prompt = "debug_error", argument = "language")]
    pub(crate) fn debug_languages(value: &str) -> Vec<&'static str> {
        language::suggestions(value)
    }

    #[complete(prompt = "code_review", argument = "focus")]
    pub(crate) fn focuses(value: &str) -> Vec<String> {
        focus::suggestions(value)
    }

    fn refuse_blank(name: &str, value: &str) -> Result<()> {
        if value.trim().is_empty() {
            return Err(Error::invalid_arguments(format_args!("`{name}` is empty")));
        }
        Ok(())
    }

    /// What was given; host programs send an empty text for what was not.
    fn given(value: Option<String>) -> Option<String> {
        value.filter(|value| !value.trim().is_empty())
    }
}

#[cfg(test)]
mod tests;
