//! Why a tool, a resource or a prompt gave no answer.

use std::any::Any;
use std::fmt::{self, Display};

use crate::content::Content;
use crate::output::Output;

/// What a plugin's function may return: `Result<T>` is `Result<T, Error>`.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure that the caller is told.
///
/// `?` turns any `std::error::Error` into one, with the messages of all its
/// sources. A function may as well return `Result<T, E>` for any `E` that can
/// be displayed, `String` and `&str` among them.
///
/// It does not implement `std::error::Error` itself, which is what makes that
/// conversion possible.
pub struct Error(pub(crate) Box<Kind>);

pub(crate) enum Kind {
    Failed(Output),
    InvalidArguments(String),
    NotFound,
    Internal(String),
}

impl Error {
    /// The function ran and failed. Of a tool, the model reads the message and
    /// may try again with other arguments.
    pub fn new(message: impl Display) -> Self {
        Self::output(Output::text(message.to_string()))
    }

    /// The arguments obey the schema and are unusable all the same; say which,
    /// and what would be accepted.
    pub fn invalid_arguments(message: impl Display) -> Self {
        Self(Box::new(Kind::InvalidArguments(message.to_string())))
    }

    /// There is no such resource. Elsewhere than in a resource this is a
    /// failure with the message `not found`.
    pub fn not_found() -> Self {
        Self(Box::new(Kind::NotFound))
    }

    /// The request itself fails: the client gets a protocol error, and the
    /// model as a rule does not see it. Prefer [`Error::new`].
    pub fn internal(message: impl Display) -> Self {
        Self(Box::new(Kind::Internal(message.to_string())))
    }

    /// A failure told by blocks of content.
    pub fn content(content: impl IntoIterator<Item = Content>) -> Self {
        Self::output(Output::from_iter(content))
    }

    /// A failure told by a whole output, for a structured error value.
    pub fn output(output: Output) -> Self {
        Self(Box::new(Kind::Failed(output)))
    }

    /// The failure in words.
    pub fn message(&self) -> String {
        match &*self.0 {
            Kind::Failed(output) => output.to_text(),
            Kind::InvalidArguments(message) | Kind::Internal(message) => message.clone(),
            Kind::NotFound => "not found".to_owned(),
        }
    }

    /// Whether it says that the arguments are unusable.
    pub fn is_invalid_arguments(&self) -> bool {
        matches!(*self.0, Kind::InvalidArguments(_))
    }

    /// Whether it says that there is no such resource.
    pub fn is_not_found(&self) -> bool {
        matches!(*self.0, Kind::NotFound)
    }

    /// Any error a function may return; an [`Error`] is kept whole.
    pub(crate) fn from_displayed<E: Display + 'static>(error: E) -> Self {
        let mut slot = Some(error);
        if let Some(own) = (&mut slot as &mut dyn Any).downcast_mut::<Option<Self>>()
            && let Some(own) = own.take()
        {
            return own;
        }
        match slot {
            // The alternate form is where error types such as anyhow's name
            // their causes.
            Some(error) => Self::new(format_args!("{error:#}")),
            None => Self::not_found(),
        }
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match &*self.0 {
            Kind::Failed(_) => "Failed",
            Kind::InvalidArguments(_) => "InvalidArguments",
            Kind::NotFound => return f.write_str("NotFound"),
            Kind::Internal(_) => "Internal",
        };
        f.debug_tuple(kind).field(&self.message()).finish()
    }
}

impl<E: std::error::Error> From<E> for Error {
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let text = cause.to_string();
            // Many errors repeat their source in their own message.
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        Self::new(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_errors_survive_the_conversion() {
        let error = Error::from_displayed(Error::invalid_arguments("no"));
        assert!(error.is_invalid_arguments());
        assert_eq!(Error::from_displayed("plain").message(), "plain");
    }

    #[test]
    fn question_mark_takes_any_error() {
        fn parse(text: &str) -> Result<u8> {
            Ok(text.parse()?)
        }
        assert_eq!(
            parse("x").expect_err("no number").message(),
            "invalid digit found in string"
        );
    }
}
