//! Why a plugin cannot be got from where it is.

use super::super::folder::PackageError;
use crate::policy::Invalid;

/// A source that gives no plugin, or takes none.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The source itself is wrong.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// What is there is no plugin.
    #[error(transparent)]
    Package(#[from] PackageError),
    /// It cannot be reached, or stopped answering.
    #[error("cannot get {place}: {cause}")]
    Unreachable {
        /// What was asked for.
        place: String,
        /// Why.
        cause: String,
    },
    /// The server said no.
    #[error("cannot get {place}: the server answers {status}{says}")]
    Refused {
        /// What was asked for.
        place: String,
        /// The status of its answer.
        status: reqwest::StatusCode,
        /// What it says itself, after `: `.
        says: String,
    },
    /// It has more bytes than are taken.
    #[error("{place} has {}{size} bytes; accepted: at most {max}", if *.cut { "more than " } else { "" })]
    TooLarge {
        /// What was asked for.
        place: String,
        /// Its size, or what was read of it.
        size: u64,
        /// Whether reading ended there.
        cut: bool,
        /// The largest size that is accepted.
        max: u64,
    },
    /// It ended before it was all there.
    #[error("{place} is cut off: {read} of {size} bytes came")]
    CutOff {
        /// What was asked for.
        place: String,
        /// What came.
        read: u64,
        /// What should have come.
        size: u64,
    },
    /// The content is not what its digest says.
    #[error("{what} is not what was asked for: its digest is {found}, expected {expected}")]
    Digest {
        /// What was fetched.
        what: String,
        /// What it should be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// The registry has no such tag or digest.
    #[error("registry `{registry}` has no {reference}; see which tags are there, or push it first")]
    NoArtifact {
        /// The registry.
        registry: String,
        /// What was asked for.
        reference: String,
    },
    /// The registry wants to know who asks.
    #[error("registry `{registry}` {problem}; `docker login {registry}` puts others into {config}")]
    Unauthorized {
        /// The registry.
        registry: String,
        /// What it does not like.
        problem: &'static str,
        /// Docker's configuration.
        config: String,
    },
    /// What docker knows of the registry cannot be had.
    #[error("cannot get the credentials for registry `{registry}` from {config}: {cause}")]
    Credentials {
        /// The registry.
        registry: String,
        /// Docker's configuration.
        config: String,
        /// Why.
        cause: String,
    },
    /// The artifact is something else than a component.
    #[error("{reference} is no plugin: {problem}")]
    Artifact {
        /// What was asked for.
        reference: String,
        /// What is wrong, and what would be accepted.
        problem: String,
    },
    /// Nothing can be fetched by this program here.
    #[error("nothing can be fetched here: {0}")]
    Here(String),
}

impl SourceError {
    /// A thread of ours has died.
    pub(super) fn ended(error: tokio::task::JoinError) -> Self {
        Self::Here(error.to_string())
    }

    /// What the HTTP client says, with all its causes.
    pub(super) fn unreachable(place: &str, error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut cause = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(inner) = source {
            cause.push_str(": ");
            cause.push_str(&inner.to_string());
            source = inner.source();
        }
        Self::Unreachable {
            place: place.to_owned(),
            cause,
        }
    }
}
