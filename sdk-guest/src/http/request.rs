//! A request, and following where it is redirected to.

use std::time::Duration;

use serde::Serialize;

use super::url::{self, Url};
use super::{Error, Response};

const DEFAULT_MAX_BODY: usize = 8 * 1024 * 1024;
const DEFAULT_REDIRECTS: usize = 10;

/// One HTTP request.
#[derive(Clone, Debug)]
pub struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) timeout: Option<Duration>,
    pub(super) max_body: usize,
    redirects: usize,
    /// What building it met with; told when it is sent.
    error: Option<Error>,
}

impl Request {
    /// A request with any method, such as `"OPTIONS"`.
    pub fn new(method: impl Into<String>, url: impl Into<String>) -> Self {
        Self {
            method: method.into(),
            url: url.into(),
            headers: Vec::new(),
            body: Vec::new(),
            timeout: None,
            max_body: DEFAULT_MAX_BODY,
            redirects: DEFAULT_REDIRECTS,
            error: None,
        }
    }

    /// A `GET` request.
    pub fn get(url: impl Into<String>) -> Self {
        Self::new("GET", url)
    }

    /// A `HEAD` request.
    pub fn head(url: impl Into<String>) -> Self {
        Self::new("HEAD", url)
    }

    /// A `POST` request.
    pub fn post(url: impl Into<String>) -> Self {
        Self::new("POST", url)
    }

    /// A `PUT` request.
    pub fn put(url: impl Into<String>) -> Self {
        Self::new("PUT", url)
    }

    /// A `PATCH` request.
    pub fn patch(url: impl Into<String>) -> Self {
        Self::new("PATCH", url)
    }

    /// A `DELETE` request.
    pub fn delete(url: impl Into<String>) -> Self {
        Self::new("DELETE", url)
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter to the URL's query, percent-encoded.
    #[must_use]
    pub fn query(mut self, name: &str, value: impl ToString) -> Self {
        let fragment = self.url.find('#').unwrap_or(self.url.len());
        self.url.truncate(fragment);
        self.url
            .push(if self.url.contains('?') { '&' } else { '?' });
        self.url.push_str(&url::encode(name));
        self.url.push('=');
        self.url.push_str(&url::encode(&value.to_string()));
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the body to a value's JSON, and the content type with it unless
    /// there is one.
    #[must_use]
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.body = body,
            Err(error) => self.error = Some(Error::InvalidRequest(error.to_string())),
        }
        if self.has_header("content-type") {
            return self;
        }
        self.header("content-type", "application/json")
    }

    /// How long connecting, the first byte and each further one may take. The
    /// call's own deadline holds in any case.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// How many bytes the response's body may have; 8 MiB by default.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// How many redirects of a `GET` or `HEAD` are followed; 10 by default.
    /// With 0 the redirect itself is the response.
    #[must_use]
    pub fn redirects(mut self, limit: usize) -> Self {
        self.redirects = limit;
        self
    }

    /// Sends it and waits for the whole response.
    ///
    /// # Errors
    ///
    /// The request is unusable or refused, or no response came. A response with
    /// an error status is none; see [`Response::error_for_status`].
    pub fn send(self) -> Result<Response, Error> {
        crate::future::block_on(self.send_async())
    }

    /// Sends it; several may be under way at once.
    ///
    /// # Errors
    ///
    /// As for [`Request::send`].
    pub async fn send_async(mut self) -> Result<Response, Error> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        if !self.has_header("user-agent") {
            let agent = concat!("portcullis-sdk/", env!("CARGO_PKG_VERSION"));
            self = self.header("user-agent", agent);
        }
        let first = self.url.clone();
        let mut url = self.parse_url()?;
        let mut followed = 0;
        loop {
            let response = exchange(&self, &url).await?;
            let Some(location) = self.redirected_by(&response) else {
                return Ok(response);
            };
            if followed == self.redirects {
                return Err(Error::TooManyRedirects {
                    url: first,
                    limit: followed,
                });
            }
            followed += 1;
            let next = url.join(location).map_err(|reason| Error::InvalidUrl {
                url: location.to_owned(),
                reason,
            })?;
            if !next.same_origin(&url) {
                self.headers
                    .retain(|(name, _)| !is_credential(name.as_str()));
            }
            self.url = next.to_string();
            url = next;
        }
    }

    /// The method.
    pub fn method(&self) -> &str {
        &self.method
    }

    /// The URL.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body's bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    fn has_header(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|header| header.0.eq_ignore_ascii_case(name))
    }

    fn parse_url(&self) -> Result<Url, Error> {
        Url::parse(&self.url).map_err(|reason| Error::InvalidUrl {
            url: self.url.clone(),
            reason,
        })
    }

    /// Where the response sends this request, if it is to be followed.
    fn redirected_by<'r>(&self, response: &'r Response) -> Option<&'r str> {
        let follows = self.redirects > 0
            && matches!(self.method.as_str(), "GET" | "HEAD")
            && matches!(response.status(), 301 | 302 | 303 | 307 | 308);
        follows.then(|| response.header("location")).flatten()
    }
}

fn is_credential(header: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie"]
        .iter()
        .any(|name| header.eq_ignore_ascii_case(name))
}

#[cfg(target_arch = "wasm32")]
use super::transport::exchange;

#[cfg(not(target_arch = "wasm32"))]
async fn exchange(request: &Request, _url: &Url) -> Result<Response, Error> {
    let response = crate::testing::http_answer(request)?.at(&request.url);
    if response.bytes().len() > request.max_body {
        return Err(Error::TooLarge {
            url: request.url.clone(),
            limit: request.max_body,
        });
    }
    Ok(response)
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn without_an_answer_there_is_no_network() {
        assert_eq!(
            Request::get("https://a.example/").send().unwrap_err(),
            Error::Unavailable
        );
    }

    #[test]
    fn a_redirect_to_another_origin_loses_credentials() {
        testing::answer_http(|request| {
            let names: Vec<&str> = request.headers().iter().map(|h| h.0.as_str()).collect();
            Ok(match request.url() {
                "https://a.example/one?q=a%20b" => {
                    Response::new(302).with_header("location", "two")
                }
                "https://a.example/two" => {
                    assert!(names.contains(&"Authorization"));
                    Response::new(307).with_header("location", "//b.example/three")
                }
                "https://b.example/three" => {
                    assert!(!names.contains(&"Authorization"));
                    assert!(names.contains(&"accept"));
                    Response::new(200).with_body("there")
                }
                other => panic!("unexpected {other}"),
            })
        });
        let response = Request::get("https://a.example/one")
            .query("q", "a b")
            .header("Authorization", "x")
            .header("accept", "*/*")
            .send()
            .unwrap();
        assert_eq!(response.url(), "https://b.example/three");
        assert_eq!(response.text().unwrap(), "there");
    }

    #[test]
    fn redirects_end() {
        testing::answer_http(|_| Ok(Response::new(301).with_header("location", "/")));
        assert_eq!(
            Request::get("https://a.example/").send().unwrap_err(),
            Error::TooManyRedirects {
                url: "https://a.example/".to_owned(),
                limit: 10
            }
        );
        let not_followed = Request::get("https://a.example/").redirects(0).send();
        assert_eq!(not_followed.unwrap().status(), 301);
        let posted = Request::post("https://a.example/").send();
        assert_eq!(posted.unwrap().status(), 301);
    }

    #[test]
    fn a_large_body_is_refused() {
        testing::answer_http(|_| Ok(Response::new(200).with_body("four")));
        let sent = Request::get("http://a.example").max_body(3).send();
        assert_eq!(
            sent.unwrap_err().to_string(),
            "the response from `http://a.example` is larger than 3 bytes"
        );
    }
}
