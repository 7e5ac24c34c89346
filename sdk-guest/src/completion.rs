//! Completion: suggestions while a person fills in an argument.

use std::fmt::Display;

use crate::bindings::completion::exports::portcullis::plugin::completion as wit;
use crate::error::{Error, Result};

/// How many suggestions a client is sent.
const LIMIT: usize = 100;

/// Suggestions, the best first. Only the first 100 are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suggestions {
    values: Vec<String>,
    total: Option<u32>,
    has_more: bool,
}

impl Suggestions {
    /// Says how many there are in all.
    #[must_use]
    pub fn total(mut self, total: u32) -> Self {
        self.total = Some(total);
        self
    }

    /// Says that there are more than these.
    #[must_use]
    pub fn has_more(mut self) -> Self {
        self.has_more = true;
        self
    }

    /// The values.
    pub fn values(&self) -> &[String] {
        &self.values
    }

    fn into_wit(mut self) -> wit::Suggestions {
        if self.values.len() > LIMIT {
            // Beyond the limit the list itself says how many there are, unless
            // the author knows of more.
            self.total = self.total.or_else(|| self.values.len().try_into().ok());
            self.has_more = true;
            self.values.truncate(LIMIT);
        }
        wit::Suggestions {
            values: self.values,
            total: self.total,
            has_more: self.has_more,
            extra: None,
        }
    }
}

impl<T: Into<String>> FromIterator<T> for Suggestions {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self {
            values: values.into_iter().map(Into::into).collect(),
            ..Self::default()
        }
    }
}

/// The arguments already filled in, for a completer's parameter of type
/// `&Resolved`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved(Vec<(String, String)>);

impl Resolved {
    /// The value of one argument, if it is filled in.
    pub fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rfind(|(key, _)| key == name)?;
        Some(value)
    }

    /// Every argument with its value, in the order given.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }
}

impl From<Vec<(String, String)>> for Resolved {
    fn from(arguments: Vec<(String, String)>) -> Self {
        Self(arguments)
    }
}

/// What a `#[complete]` function may return: `Vec<String>`, `Vec<&str>`,
/// [`Suggestions`], or a `Result` of any of these.
#[diagnostic::on_unimplemented(
    message = "a completer cannot return `{Self}`",
    label = "not something a completer can return",
    note = "`Vec<String>`, `Vec<&str>`, `Suggestions`, or a `Result` of these"
)]
pub trait IntoSuggestions: Sized {
    /// The suggestions.
    ///
    /// # Errors
    ///
    /// The function failed.
    fn into_suggestions(self) -> Result<Suggestions>;
}

impl IntoSuggestions for Suggestions {
    fn into_suggestions(self) -> Result<Suggestions> {
        Ok(self)
    }
}

impl<T: Into<String>> IntoSuggestions for Vec<T> {
    fn into_suggestions(self) -> Result<Suggestions> {
        Ok(Suggestions::from_iter(self))
    }
}

impl<T: IntoSuggestions, E: Display + 'static> IntoSuggestions for Result<T, E> {
    fn into_suggestions(self) -> Result<Suggestions> {
        self.map_err(Error::from_displayed)?.into_suggestions()
    }
}

/// What completing gives, from what the function returned.
///
/// # Errors
///
/// The function failed.
pub fn suggestions<T: IntoSuggestions>(returned: T) -> Result<wit::Suggestions, String> {
    returned
        .into_suggestions()
        .map(Suggestions::into_wit)
        .map_err(|error| error.message())
}

/// What an argument without a completer is answered with.
pub fn no_suggestions() -> wit::Suggestions {
    Suggestions::default().into_wit()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let many: Vec<String> = (0..250).map(|n| n.to_string()).collect();
        let cut = suggestions(many).unwrap();
        assert_eq!(cut.values.len(), 100);
        assert_eq!(cut.total, Some(250));
        assert!(cut.has_more);
    }
}
