//! Standing in for the person, the model and the client that a plugin asks.

use std::cell::{Cell, RefCell};

use serde_json::Value;

use crate::bindings::imports::portcullis::plugin::input as wit;
use crate::content::Content;
use crate::error::{Error, Result};
use crate::input::{Root, Sampled, Sampling, Supported};

/// A question as it is asked.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Asked {
    /// A form for the person.
    Form {
        /// What it is about.
        message: String,
        /// The JSON Schema of the values.
        schema: Value,
    },
    /// A page for the person.
    Page {
        /// What it is about.
        message: String,
        /// The page's address.
        url: String,
    },
    /// A conversation for the model.
    Sample(Sampling),
    /// The client's roots.
    Roots,
}

impl Asked {
    /// What the person is told, if the question is for a person.
    pub fn message(&self) -> Option<&str> {
        match self {
            Self::Form { message, .. } | Self::Page { message, .. } => Some(message),
            Self::Sample(_) | Self::Roots => None,
        }
    }
}

/// The answer to one question.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// The person agreed. For a form the values; for a page they do not matter.
    Accept(Value),
    /// The person said no.
    Decline,
    /// The person chose neither.
    Cancel,
    /// What the model said.
    Sampled(Sampled),
    /// The client's roots.
    Roots(Vec<Root>),
    /// The client answered with an error, or did not answer in time: why.
    Refuse(String),
}

impl Answer {
    /// The model said this.
    pub fn sampled(content: impl Into<Content>) -> Self {
        Self::Sampled(Sampled::new(content))
    }

    /// The client works in these places, each a `file://` URI.
    pub fn roots<T: Into<String>>(uris: impl IntoIterator<Item = T>) -> Self {
        Self::Roots(uris.into_iter().map(Root::new).collect())
    }
}

type Respond = dyn FnMut(&str, &Asked) -> Answer;

thread_local! {
    static RESPOND: RefCell<Option<Box<Respond>>> = const { RefCell::new(None) };
    static SUPPORTED: Cell<Supported> = const { Cell::new(Supported::ALL) };
}

/// Answers what the plugin asks: each question with its key.
///
/// ```
/// use portcullis_sdk::testing::{self, Answer};
/// use portcullis_sdk::{elicit, form, json};
///
/// #[form]
/// struct Name {
///     name: String,
/// }
///
/// testing::answer_input(|key, question| {
///     assert_eq!(key, "input-1");
///     assert_eq!(question.message(), Some("What is your name?"));
///     Answer::Accept(json!({ "name": "Ada" }))
/// });
/// let name = elicit::<Name>("What is your name?").unwrap().accepted().unwrap();
/// assert_eq!(name.name, "Ada");
/// ```
pub fn answer_input(respond: impl FnMut(&str, &Asked) -> Answer + 'static) {
    RESPOND.set(Some(Box::new(respond)));
}

/// Says what the caller can be asked for; everything, unless this is called.
pub fn set_supported(supported: Supported) {
    SUPPORTED.set(supported);
}

pub(crate) fn supported() -> Supported {
    SUPPORTED.get()
}

/// The answers, or why the client gave none. The outer error is that of the
/// request, which the runtime would end the call with.
pub(crate) fn input_answers(
    questions: Vec<(String, wit::Question)>,
) -> Result<Result<Vec<wit::Answer>, wit::Error>> {
    for (key, question) in &questions {
        check_supported(key, question)?;
    }
    RESPOND.with_borrow_mut(|respond| {
        let respond = respond.as_mut().ok_or_else(|| {
            Error::internal(
                "there is nobody to ask: a native test answers questions with \
                 `testing::answer_input`",
            )
        })?;
        let answers = questions.into_iter().map(|(key, question)| {
            let answer = respond(&key, &asked(question));
            into_wit(answer)
        });
        Ok(answers.collect())
    })
}

fn check_supported(key: &str, question: &wit::Question) -> Result<()> {
    let supported = supported();
    let (possible, what) = match question {
        wit::Question::Form(_) => (supported.form, "a form"),
        wit::Question::Page(_) => (supported.page, "a page"),
        wit::Question::Sample(sample) if uses_tools(sample) => {
            (supported.sample_with_tools, "what a model with tools says")
        }
        wit::Question::Sample(_) => (supported.sample, "what the model says"),
        wit::Question::Roots => (supported.roots, "roots"),
    };
    if possible {
        return Ok(());
    }
    Err(Error::internal(format_args!(
        "the client cannot be asked for {what}, which question `{key}` does"
    )))
}

fn uses_tools(sample: &wit::Sample) -> bool {
    let member = |name| crate::extra::member(sample.extra.as_deref(), name);
    member("tools").is_some() || member("toolChoice").is_some()
}

fn asked(question: wit::Question) -> Asked {
    match question {
        wit::Question::Form(form) => Asked::Form {
            message: form.message,
            schema: serde_json::from_str(&form.schema).unwrap_or_default(),
        },
        wit::Question::Page(page) => Asked::Page {
            message: page.message,
            url: page.url,
        },
        wit::Question::Sample(sample) => Asked::Sample(Sampling::from_wit(sample)),
        wit::Question::Roots => Asked::Roots,
    }
}

fn into_wit(answer: Answer) -> Result<wit::Answer, wit::Error> {
    Ok(match answer {
        Answer::Accept(values) => wit::Answer::Accepted(values.to_string()),
        Answer::Decline => wit::Answer::Declined,
        Answer::Cancel => wit::Answer::Cancelled,
        Answer::Sampled(sampled) => wit::Answer::Sampled(sampled.0),
        Answer::Roots(roots) => wit::Answer::Roots(roots.into_iter().map(|root| root.0).collect()),
        Answer::Refuse(reason) => return Err(wit::Error::Refused(reason)),
    })
}
