//! Grants that do not fit what is requested.

use std::fmt;

use crate::policy::{invalid::Invalid, text::quoted};

/// Everything about a grant that does not fit its request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors(pub Vec<PolicyError>);

/// One thing about a grant that does not fit its request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A grant for something that the manifest does not ask for.
    #[error(
        "{field} is granted, but the manifest does not ask for {}; {}",
        quoted(value),
        requested_list(requested)
    )]
    NotRequested {
        /// The grant's field, such as `http` or `settings.owner`.
        field: String,
        /// What is granted.
        value: String,
        /// What the manifest asks for in this place.
        requested: Vec<String>,
    },
    /// Two grants for the same origin, of which one would not count.
    #[error(
        "http is granted twice for {}; put methods and addresses into one entry",
        quoted(origin)
    )]
    GrantedTwice {
        /// The origin.
        origin: String,
    },
    /// A required setting without a value.
    #[error("setting {} is required; add `settings.{name} = \"VALUE\"` to the plugin's grant{}", quoted(name), described(description.as_deref()))]
    SettingMissing {
        /// The setting.
        name: String,
        /// What the manifest says it is for.
        description: Option<String>,
    },
    /// A setting whose value should be a URL and is not.
    #[error("setting {} must be a URL: {invalid}", quoted(name))]
    SettingNotUrl {
        /// The setting.
        name: String,
        /// What is wrong with its value.
        invalid: Invalid,
    },
    /// Two granted secrets for the same header of the same host.
    #[error(
        "secrets {} and {} both set header {} for host {}; grant one of them",
        quoted(first),
        quoted(second),
        quoted(header),
        quoted(host)
    )]
    SecretConflict {
        /// The first secret by name.
        first: String,
        /// The second secret by name.
        second: String,
        /// The header.
        header: String,
        /// A host pattern that both secrets cover.
        host: String,
    },
}

impl fmt::Display for PolicyErrors {
    /// One error a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            write!(f, "{}{error}", if index == 0 { "" } else { "\n" })?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyErrors {}

fn requested_list(requested: &[String]) -> String {
    if requested.is_empty() {
        "it asks for nothing of the kind".to_owned()
    } else {
        format!("it asks for: {}", requested.join(", "))
    }
}

fn described(description: Option<&str>) -> String {
    description.map_or_else(String::new, |text| format!(" ({text})"))
}
