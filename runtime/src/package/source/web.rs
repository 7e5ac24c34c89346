//! HTTP to get plugins by: encrypted, bounded in size and time, and never led
//! to a place where it is not encrypted.
//!
//! Of its own and not the one that plugins' requests go through: this is the
//! admin's request, which no grant limits and proxies of the system may carry.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder, Response};
use rustls_platform_verifier::ConfigVerifierExt as _;
use url::{Host, Url};

use super::Progress;
use super::error::SourceError;
use crate::policy::{printable, quoted};

/// How long connecting may take.
const CONNECTING: Duration = Duration::from_secs(30);
/// How long a server may be silent.
const SILENCE: Duration = Duration::from_secs(60);
/// How long one request may take with its answer: 64 MiB over a slow line.
const WHOLE: Duration = Duration::from_secs(1_800);
/// How often a server may send us elsewhere.
const MAX_REDIRECTS: usize = 5;
/// What is read of an answer that is an error.
const MAX_ERROR_BYTES: u64 = 64 << 10;
/// What is shown of it, in characters.
const SHOWN: usize = 300;

/// Whether a URL may be fetched: its content comes encrypted, or does not leave
/// this machine.
pub(super) fn is_encrypted_or_local(url: &Url) -> bool {
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_local(url),
        _ => false,
    }
}

/// Whether a URL is of this machine, whatever a name server says.
pub(super) fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A client for one server.
pub(super) struct Web {
    client: Client,
}

impl Web {
    /// A client for the server of a URL.
    pub(super) fn new(url: &Url) -> Result<Self, SourceError> {
        let tls = rustls::ClientConfig::with_platform_verifier()
            .map_err(|error| SourceError::Here(format!("no TLS: {error}")))?;
        let local = [
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
        ];
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("portcullis/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::custom(redirected))
            .referer(false)
            .resolve_to_addrs("localhost", &local)
            .connect_timeout(CONNECTING)
            .read_timeout(SILENCE)
            .timeout(WHOLE);
        if is_local(url) {
            client = client.no_proxy();
        }
        let client = client.build();
        let client = client.map_err(|error| SourceError::Here(error.to_string()))?;
        Ok(Self { client })
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Sends a request. `place` says what is asked for, for messages.
    pub(super) async fn send(
        &self,
        request: RequestBuilder,
        place: &str,
    ) -> Result<Response, SourceError> {
        let response = request.send().await;
        response.map_err(|error| SourceError::unreachable(place, error))
    }
}

/// Follows a redirect where that is no step down.
fn redirected(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let refused = |why: String| Invalid(why);
    if attempt.previous().len() > MAX_REDIRECTS {
        return attempt.error(refused(format!(
            "it is sent on more than {MAX_REDIRECTS} times"
        )));
    }
    let was_local = attempt.previous().iter().all(|url| url.scheme() == "http");
    let next = attempt.url();
    let may = match next.scheme() {
        "https" => true,
        // What began on this machine, unencrypted, stays there.
        "http" => was_local && is_local(next),
        _ => false,
    };
    if may {
        return attempt.follow();
    }
    let to = quoted(&next.origin().ascii_serialization());
    attempt.error(refused(format!(
        "it is sent on to {to}, which is not encrypted; accepted: https"
    )))
}

/// A redirect that is not followed.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Invalid(String);

/// The response, if it has what was asked for.
pub(super) async fn succeeded(response: Response, place: &str) -> Result<Response, SourceError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let body = body(response, place, MAX_ERROR_BYTES, &()).await;
    Err(SourceError::Refused {
        place: place.to_owned(),
        status,
        says: body.map(|body| said(&body)).unwrap_or_default(),
    })
}

/// What a server says of its error: a registry's first message, if it is one.
fn said(body: &[u8]) -> String {
    let errors: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let Some(message) = errors["errors"][0]["message"].as_str() else {
        return String::new();
    };
    let shown: String = printable(message).chars().take(SHOWN).collect();
    format!(": {shown}")
}

/// A response's body, of at most so many bytes: no more is ever kept.
pub(super) async fn body(
    mut response: Response,
    place: &str,
    max: u64,
    progress: &dyn Progress,
) -> Result<Vec<u8>, SourceError> {
    let announced = response.content_length();
    let too_large = |size, cut| SourceError::TooLarge {
        place: place.to_owned(),
        size,
        cut,
        max,
    };
    if let Some(size) = announced.filter(|size| *size > max) {
        return Err(too_large(size, false));
    }
    progress.begin(place, announced);
    let _ended = Ended(progress);
    let mut body = Vec::new();
    loop {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => return Ok(body),
            Err(error) => match announced {
                Some(size) if error.is_body() || error.is_decode() => {
                    return Err(SourceError::CutOff {
                        place: place.to_owned(),
                        read: body.len() as u64,
                        size,
                    });
                }
                _ => return Err(SourceError::unreachable(place, error)),
            },
        };
        if (body.len() + chunk.len()) as u64 > max {
            return Err(too_large(max, true));
        }
        body.extend_from_slice(&chunk);
        progress.advance(chunk.len() as u64);
    }
}

/// Tells of the end, however it comes.
pub(super) struct Ended<'a>(pub(super) &'a dyn Progress);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}
