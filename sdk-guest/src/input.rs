//! Asking the person, the model or the client in the middle of a call.
//!
//! **Ask before you act.** A call that asks may be ended there and run again
//! from its start once the answers are there; it then gets them at once and goes
//! on. What stands before a question may therefore happen twice. Ask first, act
//! after the last answer, and ask the same questions each time.
//!
//! ```
//! # use portcullis_sdk::plugin;
//! #[plugin]
//! mod notes {
//!     use portcullis_sdk::{Result, elicit};
//!
//!     /// Who may read the note.
//!     #[form]
//!     struct Share {
//!         /// With whom to share it
//!         #[schema(format = "email")]
//!         email: String,
//!         /// For how many days
//!         #[default(7)]
//!         days: u8,
//!         message: Option<String>,
//!     }
//!
//!     /// Share a note.
//!     #[tool]
//!     fn share(id: u32) -> Result<String> {
//!         let share = elicit::<Share>("With whom shall the note be shared?")?.accepted()?;
//!         Ok(format!("note {id} is shared with {} for {} days", share.email, share.days))
//!     }
//! }
//! # fn main() {}
//! ```
//!
//! Tools, resources and prompts may ask; listings and completers may not. What
//! the caller cannot be asked for ends the call with the error that the protocol
//! has for that; [`supported`] tells beforehand.
//!
//! # Keys
//!
//! Each question has a key, under which its answer is kept until the call is
//! through. Without one of its own it is `input-1`, `input-2` … in the order in
//! which the call asks. Where that order may differ when the call is run again,
//! give the questions keys; a key stands for the same question throughout:
//!
//! ```
//! use portcullis_sdk::Result;
//! use portcullis_sdk::input::{Question, ask_all};
//!
//! # #[portcullis_sdk::form]
//! # struct Name { name: String }
//! fn welcome() -> Result<String> {
//!     // Several questions in one round.
//!     let (name, greeting, roots) = ask_all((
//!         Question::form::<Name>("What is your name?").key("name"),
//!         Question::sample("Think of a greeting").key("greeting"),
//!         Question::roots().key("roots"),
//!     ))?;
//!     let name = name.accepted()?.name;
//!     Ok(format!("{}, {name}, in {} folders", greeting.to_text(), roots.len()))
//! }
//! ```
//!
//! A form is not for passwords, keys or other secrets: the client and its model
//! may see what is filled in. Those belong on a page of yours, which
//! [`elicit_url`] asks the person to open.
//!
//! A plugin that calls nothing here does not import `input`. In native tests
//! `testing::answer_input` answers.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::extra;

pub use form::{Choice, Field, Form};
pub use question::{Question, Questions, ask_all};
pub use sampling::{Sampled, Sampling};

pub(crate) mod form;
pub(crate) mod question;
pub(crate) mod sampling;

use crate::bindings::imports::portcullis::plugin::input as wit;

/// Asks the person to fill in a form. `message` says what it is about.
///
/// # Errors
///
/// The client refused the question, did not answer in time, or answered with
/// what is no `T`.
pub fn elicit<T: Form>(message: impl Into<String>) -> Result<Elicited<T>> {
    Question::form(message).ask()
}

/// Asks the person to fill in a form whose JSON Schema is given as it is. It
/// describes a flat object, as [`Field`] has it.
///
/// # Errors
///
/// As [`elicit`].
pub fn elicit_raw(message: impl Into<String>, schema: impl Into<Value>) -> Result<Elicited<Value>> {
    Question::raw_form(message, schema).ask()
}

/// Asks the person to open a page in a browser: to sign in somewhere, to pay,
/// or to enter a secret. `message` says what it is about.
///
/// That the person accepts says that they agree to open the page, not what
/// happens there: the plugin learns that from the page's own service. The
/// address holds nothing that is secret, and gives no access by itself.
///
/// # Errors
///
/// The client refused the question, or did not answer in time.
pub fn elicit_url(message: impl Into<String>, url: impl Into<String>) -> Result<Elicited<()>> {
    Question::url(message, url).ask()
}

/// Asks the client's model to continue a conversation: a text that the person
/// says, or a [`Sampling`] with all its options.
///
/// # Errors
///
/// The client or the person refused, or there was no answer in time.
pub fn sample(sampling: impl Into<Sampling>) -> Result<Sampled> {
    Question::sample(sampling).ask()
}

/// Asks for the directories and files that the client works in. They are names
/// for the conversation: a plugin reads the folders that it was granted.
///
/// # Errors
///
/// The client refused the question, or did not answer in time.
pub fn roots() -> Result<Vec<Root>> {
    Question::roots().ask()
}

/// What the present caller can be asked for.
pub fn supported() -> Supported {
    #[cfg(target_arch = "wasm32")]
    {
        let kinds = wit::supported();
        Supported {
            form: kinds.contains(wit::Kinds::FORM),
            page: kinds.contains(wit::Kinds::PAGE),
            sample: kinds.contains(wit::Kinds::SAMPLE),
            sample_with_tools: kinds.contains(wit::Kinds::SAMPLE_WITH_TOOLS),
            roots: kinds.contains(wit::Kinds::ROOTS),
        }
    }
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::supported()
}

/// What a caller can be asked for. Nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Supported {
    /// A form: [`elicit`] and [`elicit_raw`].
    pub form: bool,
    /// A page: [`elicit_url`].
    pub page: bool,
    /// What the model says: [`sample`].
    pub sample: bool,
    /// The same by a model that may use tools given with the question.
    pub sample_with_tools: bool,
    /// The client's roots: [`roots`].
    pub roots: bool,
}

impl Supported {
    /// Everything there is.
    pub const ALL: Self = Self {
        form: true,
        page: true,
        sample: true,
        sample_with_tools: true,
        roots: true,
    };
}

/// What the person did with a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Elicited<T> {
    /// The person agreed, and this is what they filled in; `()` for a page.
    Accepted(T),
    /// The person said no.
    Declined,
    /// The person closed the question and chose neither.
    Cancelled,
}

impl<T> Elicited<T> {
    /// What the person filled in, where the plugin cannot go on without.
    ///
    /// # Errors
    ///
    /// They declined or cancelled, which the model is told.
    pub fn accepted(self) -> Result<T> {
        match self {
            Self::Accepted(value) => Ok(value),
            Self::Declined => Err(Error::new("the person declined to answer")),
            Self::Cancelled => Err(Error::new(
                "the person closed the question without answering",
            )),
        }
    }

    /// What the person filled in, if they did.
    pub fn ok(self) -> Option<T> {
        match self {
            Self::Accepted(value) => Some(value),
            Self::Declined | Self::Cancelled => None,
        }
    }

    /// The action under its name in the protocol: `accept`, `decline` or
    /// `cancel`.
    pub fn action(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accept",
            Self::Declined => "decline",
            Self::Cancelled => "cancel",
        }
    }
}

/// A directory or file that the client works in.
#[derive(Clone, Debug, PartialEq)]
pub struct Root(pub(crate) wit::Root);

impl Root {
    /// A root under a `file://` URI; for tests.
    pub fn new(uri: impl Into<String>) -> Self {
        Self(wit::Root {
            uri: uri.into(),
            name: None,
            extra: None,
        })
    }

    /// Gives it a name; for tests.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.0.name = Some(name.into());
        self
    }

    /// Where it is, a `file://` URI.
    pub fn uri(&self) -> &str {
        &self.0.uri
    }

    /// Its name, for people.
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// A further member, such as `_meta`.
    pub fn extra(&self, name: &str) -> Option<Value> {
        extra::member(self.0.extra.as_deref(), name)
    }
}
