//! Outgoing HTTP, to the hosts that the manifest asks for and the admin grants.
//!
//! ```no_run
//! use portcullis_sdk::{Result, data, http};
//!
//! #[data]
//! struct Forecast {
//!     celsius: f64,
//! }
//!
//! fn forecast(city: &str) -> Result<f64> {
//!     let request = http::Request::get("https://weather.example/v1/today").query("city", city);
//!     let forecast: Forecast = request.send()?.error_for_status()?.json()?;
//!     Ok(forecast.celsius)
//! }
//! ```
//!
//! Up to 10 redirects of a `GET` or `HEAD` are followed. Each is a request of
//! its own that the runtime checks again, and one to another origin loses its
//! `authorization`, `proxy-authorization` and `cookie` headers. A response may
//! hold 8 MiB unless [`Request::max_body`] says otherwise. Secrets are added by
//! the runtime: the plugin neither sees nor sends them.
//!
//! A plugin that calls nothing here does not import `wasi:http`. In native
//! tests a request is answered by what `testing::answer_http` was
//! given, and is [`Error::Unavailable`] without.

use std::fmt;

pub use request::Request;
pub use response::Response;
pub use url::encode;

mod request;
mod response;
#[cfg(target_arch = "wasm32")]
mod transport;
mod url;

/// Sends a `GET` request.
///
/// # Errors
///
/// The URL is unusable, the request is refused, or no response came. A response
/// with an error status is none; see [`Response::error_for_status`].
pub fn get(url: impl Into<String>) -> Result<Response, Error> {
    Request::get(url).send()
}

/// Why there is no usable response.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The URL is none this client can use.
    InvalidUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header, the method or the body is none HTTP allows.
    InvalidRequest(String),
    /// The runtime refused the request: the host is not granted to this plugin.
    Refused {
        /// The host, with its port if the URL names one.
        host: String,
    },
    /// The request was sent, or should have been, and no response came.
    Failed {
        /// The host, with its port if the URL names one.
        host: String,
        /// What happened.
        reason: String,
    },
    /// The response is larger than the request allows.
    TooLarge {
        /// The URL.
        url: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// The redirects did not end.
    TooManyRedirects {
        /// The URL of the first request.
        url: String,
        /// How many were followed.
        limit: usize,
    },
    /// The response has an error status; only from
    /// [`Response::error_for_status`].
    Status {
        /// The URL.
        url: String,
        /// The status, 400 to 599.
        status: u16,
        /// How the body begins, up to 200 characters.
        excerpt: String,
    },
    /// The body is not what it was read as.
    Body {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no network: this is a native test without
    /// `testing::answer_http`.
    Unavailable,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUrl { url, reason } => write!(f, "`{url}` is no usable URL: {reason}"),
            Self::InvalidRequest(reason) => write!(f, "the request cannot be sent: {reason}"),
            Self::Refused { host } => write!(
                f,
                "the request to `{host}` was refused: not granted to this plugin"
            ),
            Self::Failed { host, reason } => {
                write!(f, "the request to `{host}` failed: {reason}")
            }
            Self::TooLarge { url, limit } => {
                write!(f, "the response from `{url}` is larger than {limit} bytes")
            }
            Self::TooManyRedirects { url, limit } => {
                write!(f, "`{url}` led to more than {limit} redirects")
            }
            Self::Status {
                url,
                status,
                excerpt,
            } if excerpt.is_empty() => {
                write!(f, "`{url}` answered with status {status}")
            }
            Self::Status {
                url,
                status,
                excerpt,
            } => {
                write!(f, "`{url}` answered with status {status}: {excerpt}")
            }
            Self::Body { url, reason } => {
                write!(f, "the response from `{url}` is unusable: {reason}")
            }
            Self::Unavailable => f.write_str(
                "HTTP is only available inside the runtime; a native test can answer requests \
                 with `testing::answer_http`",
            ),
        }
    }
}

impl std::error::Error for Error {}
