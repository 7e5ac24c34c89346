//! Whose requests are taken: protection against DNS rebinding.
//!
//! A web page can make a browser send requests to a local server under a name
//! of the page's choosing. So the `Host` of a request must be this machine's
//! loopback or a host that the admin named, and its `Origin`, which browsers
//! add, likewise. Source: MCP 2026-07-28, basic, transports, "Security &
//! Endpoint".

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use url::{Host, Url};

use super::{Server, refusal};
use crate::protocol::RpcError;

/// The hosts and origins that are taken beside loopback.
#[derive(Clone, Debug, Default)]
pub struct Guard {
    /// Hosts, without port, as clients write them: `mcp.example.com`.
    pub hosts: Vec<String>,
    /// Origins of web pages: `https://app.example.com`.
    pub origins: Vec<String>,
}

impl Guard {
    fn check(&self, headers: &HeaderMap, authority: Option<&str>) -> Result<(), String> {
        let host = match headers.get(HOST) {
            Some(host) => host.to_str().ok(),
            None => authority,
        };
        let host = host.ok_or("the request has no readable `Host`")?;
        if !self.takes_host(host) {
            return Err(format!(
                "`Host` is `{host}`; accepted: localhost, a loopback address, or a host named by \
                 `--allow-host`"
            ));
        }
        for origin in headers.get_all(ORIGIN) {
            let origin = origin.to_str().unwrap_or("");
            if !self.takes_origin(origin) {
                return Err(format!(
                    "`Origin` is `{origin}`; accepted: one on loopback, or one named by \
                     `--allow-origin`"
                ));
            }
        }
        Ok(())
    }

    fn takes_host(&self, host: &str) -> bool {
        let Ok(url) = Url::parse(&format!("http://{host}")) else {
            return false;
        };
        let named = |known: &String| {
            url.host_str()
                .is_some_and(|host| host.eq_ignore_ascii_case(known))
        };
        is_loopback(&url) || self.hosts.iter().any(named)
    }

    fn takes_origin(&self, origin: &str) -> bool {
        let Ok(url) = Url::parse(origin) else {
            return false;
        };
        let known = |known: &String| known.trim_end_matches('/').eq_ignore_ascii_case(origin);
        is_loopback(&url) && matches!(url.scheme(), "http" | "https")
            || self.origins.iter().any(known)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

/// Refuses what is not taken with 403.
pub(super) async fn check(
    State(server): State<Arc<Server>>,
    request: Request,
    next: Next,
) -> Response {
    let authority = request
        .uri()
        .authority()
        .map(|authority| authority.as_str());
    match server.options.guard.check(request.headers(), authority) {
        Ok(()) => next.run(request).await,
        Err(why) => refusal(StatusCode::FORBIDDEN, &RpcError::invalid_request(why)),
    }
}

#[cfg(test)]
mod tests {
    use super::Guard;

    #[test]
    fn loopback_is_taken_and_strangers_are_not() {
        let guard = Guard::default();
        for host in [
            "localhost",
            "localhost:3000",
            "127.0.0.1:80",
            "[::1]:9",
            "LOCALHOST",
        ] {
            assert!(guard.takes_host(host), "{host}");
            assert!(guard.takes_origin(&format!("http://{host}")), "{host}");
        }
        for host in [
            "evil.example.com",
            "localhost.evil.com",
            "10.0.0.1",
            "",
            "localhost@evil.com",
        ] {
            assert!(!guard.takes_host(host), "{host}");
        }
        for origin in [
            "null",
            "http://evil.example.com",
            "file:///x",
            "ws://localhost",
            "",
        ] {
            assert!(!guard.takes_origin(origin), "{origin}");
        }
    }

    #[test]
    fn what_the_admin_names_is_taken() {
        let guard = Guard {
            hosts: vec!["mcp.example.com".to_owned()],
            origins: vec!["https://app.example.com".to_owned()],
        };
        assert!(guard.takes_host("mcp.example.com:8443"));
        assert!(!guard.takes_host("other.example.com"));
        assert!(guard.takes_origin("https://app.example.com"));
        assert!(!guard.takes_origin("http://app.example.com"));
        assert!(!guard.takes_origin("https://app.example.com.evil.com"));
    }
}
