//! A response, read to its end.

use serde::de::DeserializeOwned;

use super::Error;

/// One HTTP response with its whole body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    url: String,
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Response {
    /// A response with this status; for `testing::answer_http`.
    pub fn new(status: u16) -> Self {
        Self {
            url: String::new(),
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn with_header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn at(mut self, url: &str) -> Self {
        self.url = url.to_owned();
        self
    }

    /// The URL it came from, after redirects.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The status, such as 200.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is one of success, 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first value of a header, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|header| header.0.eq_ignore_ascii_case(name))
            .map(|header| header.1.as_str())
    }

    /// The headers in the order in which they came. Bytes of a value that are
    /// not UTF-8 are replaced.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// The body without the rest.
    pub fn into_bytes(self) -> Vec<u8> {
        self.body
    }

    /// The body as text.
    ///
    /// # Errors
    ///
    /// It is not UTF-8.
    pub fn text(&self) -> Result<&str, Error> {
        std::str::from_utf8(&self.body).map_err(|error| self.unusable(error))
    }

    /// The body read as JSON.
    ///
    /// # Errors
    ///
    /// It is not JSON, or not a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_slice(&self.body).map_err(|error| self.unusable(error))
    }

    /// The response again, unless its status is 400 to 599.
    ///
    /// # Errors
    ///
    /// [`Error::Status`], with how the body begins.
    pub fn error_for_status(self) -> Result<Self, Error> {
        if !(400..600).contains(&self.status) {
            return Ok(self);
        }
        let text = String::from_utf8_lossy(&self.body);
        Err(Error::Status {
            url: self.url,
            status: self.status,
            excerpt: text.trim().chars().take(200).collect(),
        })
    }

    fn unusable(&self, reason: impl ToString) -> Error {
        Error::Body {
            url: self.url.clone(),
            reason: reason.to_string(),
        }
    }
}
