//! Questions, their keys, and asking several at once.

use std::cell::Cell;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::form::{self, Form};
use super::{Elicited, Root, Sampled, Sampling};
use crate::arguments::without_position;
use crate::bindings::imports::portcullis::plugin::input as wit;
use crate::error::{Error, Result};
use crate::extra;

/// A question whose answer is a `T`, not yet asked.
///
/// ```
/// use portcullis_sdk::input::{Question, Sampling};
///
/// # fn ask() -> portcullis_sdk::Result<()> {
/// let capital = Sampling::from("What is the capital of France?").max_tokens(100);
/// let answer = Question::sample(capital).key("capital").ask()?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a question is asked by `ask` or `ask_all`"]
pub struct Question<T> {
    key: Option<String>,
    /// Without a question, why there is none.
    question: Result<wit::Question>,
    read: fn(&str, wit::Answer) -> Result<T>,
}

/// The constructors. The `()` is of no account: the answer's type is that of
/// the returned question.
impl Question<()> {
    /// A form for the person; see [`elicit`](super::elicit).
    pub fn form<T: Form>(message: impl Into<String>) -> Question<Elicited<T>> {
        let question = form::schema::<T>().map(|schema| form_question(message.into(), &schema));
        Question {
            key: None,
            question,
            read: read_form,
        }
    }

    /// A form whose schema is given as it is; see
    /// [`elicit_raw`](super::elicit_raw).
    pub fn raw_form(
        message: impl Into<String>,
        schema: impl Into<Value>,
    ) -> Question<Elicited<Value>> {
        Question {
            key: None,
            question: Ok(form_question(message.into(), &schema.into())),
            read: read_form,
        }
    }

    /// A page for the person; see [`elicit_url`](super::elicit_url).
    pub fn url(message: impl Into<String>, url: impl Into<String>) -> Question<Elicited<()>> {
        Question {
            key: None,
            question: Ok(wit::Question::Page(wit::Page {
                message: message.into(),
                url: url.into(),
                extra: None,
            })),
            read: |key, answer| match answer {
                wit::Answer::Accepted(_) => Ok(Elicited::Accepted(())),
                other => not_accepted(key, &other),
            },
        }
    }

    /// A conversation for the model; see [`sample`](super::sample).
    pub fn sample(sampling: impl Into<Sampling>) -> Question<Sampled> {
        Question {
            key: None,
            question: Ok(wit::Question::Sample(sampling.into().into_wit())),
            read: |key, answer| match answer {
                wit::Answer::Sampled(sampled) => Ok(Sampled(sampled)),
                _ => Err(other_kind(key)),
            },
        }
    }

    /// The client's roots; see [`roots`](super::roots).
    pub fn roots() -> Question<Vec<Root>> {
        Question {
            key: None,
            question: Ok(wit::Question::Roots),
            read: |key, answer| match answer {
                wit::Answer::Roots(roots) => Ok(roots.into_iter().map(Root).collect()),
                _ => Err(other_kind(key)),
            },
        }
    }
}

impl<T> Question<T> {
    /// Names the question: 1 to 64 of `A-Z a-z 0-9 _ . -`. The key stands for
    /// this question throughout the call.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// Sets a further member of the request. The question for roots has none,
    /// and stays as it is.
    pub fn extra(mut self, name: &str, value: impl Into<Value>) -> Self {
        let members = match &mut self.question {
            Ok(wit::Question::Form(form)) => &mut form.extra,
            Ok(wit::Question::Page(page)) => &mut page.extra,
            Ok(wit::Question::Sample(sample)) => &mut sample.extra,
            Ok(wit::Question::Roots) | Err(_) => return self,
        };
        extra::insert(members, name, value.into());
        self
    }

    /// Asks it.
    ///
    /// # Errors
    ///
    /// The client refused the question, did not answer in time, or answered
    /// with something else.
    pub fn ask(self) -> Result<T> {
        let (answer,) = ask_all((self,))?;
        Ok(answer)
    }
}

/// Asks several questions in one round: a tuple of up to eight of any kinds, or
/// an array or a `Vec` of one kind. The answers come in the same shape.
///
/// # Errors
///
/// One of them failed as [`Question::ask`] does, or two have the same key.
pub fn ask_all<Q: Questions>(questions: Q) -> Result<Q::Answers> {
    let mut round = Round::default();
    let read = questions.put(&mut round)?;
    let mut answers = request(round.0)?.into_iter();
    Q::read(read, &mut answers)
}

/// Several questions; see [`ask_all`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of questions",
    note = "`ask_all` takes a tuple of up to eight `Question`s, or an array or a `Vec` of them"
)]
pub trait Questions {
    /// The answers, in the shape and the order of the questions.
    type Answers;
    #[doc(hidden)]
    type Readers;

    #[doc(hidden)]
    fn put(self, round: &mut Round) -> Result<Self::Readers>;
    #[doc(hidden)]
    fn read(readers: Self::Readers, answers: &mut Answers) -> Result<Self::Answers>;
}

type Answers = std::vec::IntoIter<wit::Answer>;

/// The questions of one round under their keys.
#[derive(Default)]
pub struct Round(Vec<(String, wit::Question)>);

/// How to read the answer to one question.
pub struct Reader<T> {
    key: String,
    read: fn(&str, wit::Answer) -> Result<T>,
}

impl Round {
    fn put<T>(&mut self, question: Question<T>) -> Result<Reader<T>> {
        let key = question.key.unwrap_or_else(next_key);
        let allowed = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
        if key.is_empty() || key.len() > 64 || !key.chars().all(allowed) {
            return Err(Error::internal(format_args!(
                "a question's key is 1 to 64 of `A-Z a-z 0-9 _ . -`, not `{key}`"
            )));
        }
        if self.0.iter().any(|(other, _)| *other == key) {
            return Err(Error::internal(format_args!(
                "two questions of one round have the key `{key}`"
            )));
        }
        self.0.push((key.clone(), question.question?));
        Ok(Reader {
            key,
            read: question.read,
        })
    }
}

impl<T> Reader<T> {
    fn read(&self, answers: &mut Answers) -> Result<T> {
        let answer = answers.next().ok_or_else(|| {
            Error::internal(format_args!("the question `{}` has no answer", self.key))
        })?;
        (self.read)(&self.key, answer)
    }
}

impl<T> Questions for Vec<Question<T>> {
    type Answers = Vec<T>;
    type Readers = Vec<Reader<T>>;

    fn put(self, round: &mut Round) -> Result<Self::Readers> {
        self.into_iter()
            .map(|question| round.put(question))
            .collect()
    }

    fn read(readers: Self::Readers, answers: &mut Answers) -> Result<Self::Answers> {
        readers.iter().map(|reader| reader.read(answers)).collect()
    }
}

impl<T, const N: usize> Questions for [Question<T>; N] {
    type Answers = [T; N];
    type Readers = Vec<Reader<T>>;

    fn put(self, round: &mut Round) -> Result<Self::Readers> {
        Vec::from(self).put(round)
    }

    fn read(readers: Self::Readers, answers: &mut Answers) -> Result<Self::Answers> {
        let answers = <Vec<Question<T>> as Questions>::read(readers, answers)?;
        answers
            .try_into()
            .map_err(|_| Error::internal("not every question has an answer"))
    }
}

macro_rules! tuple {
    ($($name:ident $index:tt),+) => {
        impl<$($name),+> Questions for ($(Question<$name>,)+) {
            type Answers = ($($name,)+);
            type Readers = ($(Reader<$name>,)+);

            fn put(self, round: &mut Round) -> Result<Self::Readers> {
                Ok(($(round.put(self.$index)?,)+))
            }

            fn read(readers: Self::Readers, answers: &mut Answers) -> Result<Self::Answers> {
                Ok(($(readers.$index.read(answers)?,)+))
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);

thread_local! {
    /// How many questions without keys the present call has asked.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

/// Begins a call: its questions are counted from one, so that they have the
/// same keys when it is run again.
pub(crate) fn begin_call() {
    ASKED.set(0);
}

fn next_key() -> String {
    let number = ASKED.get().saturating_add(1);
    ASKED.set(number);
    format!("input-{number}")
}

fn request(questions: Vec<(String, wit::Question)>) -> Result<Vec<wit::Answer>> {
    #[cfg(target_arch = "wasm32")]
    let answers = wit::request(&questions);
    #[cfg(not(target_arch = "wasm32"))]
    let answers = crate::testing::input_answers(questions)?;
    answers.map_err(|error| match error {
        wit::Error::Refused(reason) => {
            Error::new(format_args!("the client did not answer: {reason}"))
        }
        wit::Error::Other(reason) => Error::new(format_args!("the question failed: {reason}")),
    })
}

fn form_question(message: String, schema: &Value) -> wit::Question {
    wit::Question::Form(wit::Form {
        message,
        schema: schema.to_string(),
        extra: None,
    })
}

fn read_form<T: DeserializeOwned>(key: &str, answer: wit::Answer) -> Result<Elicited<T>> {
    match answer {
        wit::Answer::Accepted(json) => match serde_json::from_str(&json) {
            Ok(value) => Ok(Elicited::Accepted(value)),
            Err(error) => Err(Error::new(format_args!(
                "the answer to `{key}` cannot be used: {}",
                without_position(&error)
            ))),
        },
        other => not_accepted(key, &other),
    }
}

fn not_accepted<T>(key: &str, answer: &wit::Answer) -> Result<Elicited<T>> {
    match answer {
        wit::Answer::Declined => Ok(Elicited::Declined),
        wit::Answer::Cancelled => Ok(Elicited::Cancelled),
        _ => Err(other_kind(key)),
    }
}

fn other_kind(key: &str) -> Error {
    Error::internal(format_args!(
        "the question `{key}` was answered with another kind of answer than it asks for"
    ))
}
