//! Outgoing HTTP: which request may go out, and to which address.
//!
//! A request is checked twice: [`HttpPolicy::check`] before its host is
//! resolved, and [`HttpRule::allows_address`] for the address that is about to
//! be connected to. A redirect is a request of its own.

use std::{collections::BTreeSet, fmt, net::IpAddr};

use ipnet::IpNet;

use super::{
    address::{AddressDenied, not_public},
    host::Host,
    method::Method,
    origin::{Origin, Scheme},
    text::quoted,
};

/// The HTTP requests that a plugin may make. None by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpPolicy {
    /// From the most specific host to the least.
    rules: Vec<HttpRule>,
    /// Where none may go, whatever the rules say.
    never: Vec<Origin>,
}

/// One origin, or the origins below a name, with what is allowed there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRule {
    /// Where requests may go.
    pub origin: Origin,
    /// With which methods.
    pub methods: BTreeSet<Method>,
    /// Addresses that are allowed although they are not public.
    pub addresses: Vec<IpNet>,
}

/// A request that was refused, by what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpDenied {
    /// The host is not in a form that can be compared safely.
    #[error("{} is not a host that can be granted", quoted(host))]
    InvalidHost {
        /// The host of the request.
        host: String,
    },
    /// The host was refused for good.
    #[error("host {} is refused for good, by `!` in the grant", quoted(host))]
    Never {
        /// The host of the request.
        host: String,
    },
    /// No rule is about this host.
    #[error(
        "host {} is not granted; {}",
        quoted(host),
        granted("granted", granted_origins)
    )]
    Host {
        /// The host of the request.
        host: String,
        /// What is granted.
        granted_origins: Vec<String>,
    },
    /// The host is granted with the other scheme.
    #[error(
        "scheme {} is not granted for host {}; {}",
        quoted(scheme),
        quoted(host),
        granted("granted", granted_origins)
    )]
    Scheme {
        /// The scheme of the request.
        scheme: String,
        /// The host of the request.
        host: String,
        /// What is granted for this host.
        granted_origins: Vec<String>,
    },
    /// The host is granted on another port.
    #[error(
        "port {port} is not granted for host {}; {}",
        quoted(host),
        granted("granted", granted_origins)
    )]
    Port {
        /// The port of the request.
        port: u16,
        /// The host of the request.
        host: String,
        /// What is granted for this host.
        granted_origins: Vec<String>,
    },
    /// The origin is granted with other methods.
    #[error(
        "method {} is not granted for host {}; {}",
        quoted(method),
        quoted(host),
        granted("granted", granted_methods)
    )]
    Method {
        /// The method of the request.
        method: String,
        /// The host of the request.
        host: String,
        /// The methods that are granted there.
        granted_methods: Vec<String>,
    },
}

impl HttpPolicy {
    pub(crate) fn new(mut rules: Vec<HttpRule>) -> Self {
        rules.sort_by(|a, b| {
            (a.origin.host.breadth(), &a.origin).cmp(&(b.origin.host.breadth(), &b.origin))
        });
        Self {
            rules,
            never: Vec::new(),
        }
    }

    /// The same, but never to these.
    pub(crate) fn but_never(self, never: Vec<Origin>) -> Self {
        Self { never, ..self }
    }

    /// The rules, from the most specific host to the least.
    pub fn rules(&self) -> &[HttpRule] {
        &self.rules
    }

    /// Whether no request at all is allowed.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rule that allows a request, to be asked about the address next.
    ///
    /// All arguments are the request's own: the method and scheme as they
    /// stand in it, the URL's host (an IPv6 address with or without brackets)
    /// without user name and port, and the port with the scheme's default
    /// filled in. Where several rules allow it, the one for the most specific
    /// host is taken.
    ///
    /// # Errors
    /// What was wrong with the request, and what is granted instead.
    pub fn check(
        &self,
        method: &str,
        scheme: &str,
        host: &str,
        port: u16,
    ) -> Result<&HttpRule, HttpDenied> {
        let bare_v6 = host
            .parse::<std::net::Ipv6Addr>()
            .ok()
            .map(|address| Host::from(IpAddr::V6(address)));
        let Some(host) = bare_v6.or_else(|| host.parse().ok()) else {
            return Err(HttpDenied::InvalidHost {
                host: host.to_owned(),
            });
        };
        // Schemes are the same in any case; a URL parser writes them small.
        let wanted = scheme.to_ascii_lowercase().parse::<Scheme>().ok();
        let is_never = |never: &Origin| {
            Some(never.scheme) == wanted && never.port == port && never.host.covers(&host)
        };
        if self.never.iter().any(is_never) {
            return Err(HttpDenied::Never {
                host: host.to_string(),
            });
        }
        let origins =
            |rules: &[&HttpRule]| rules.iter().map(|rule| rule.origin.to_string()).collect();

        let same_host: Vec<_> = self
            .rules
            .iter()
            .filter(|rule| rule.origin.host.covers(&host))
            .collect();
        if same_host.is_empty() {
            let granted_origins = origins(&self.rules.iter().collect::<Vec<_>>());
            return Err(HttpDenied::Host {
                host: host.to_string(),
                granted_origins,
            });
        }
        let same_scheme: Vec<_> = same_host
            .iter()
            .copied()
            .filter(|rule| Some(rule.origin.scheme) == wanted)
            .collect();
        if same_scheme.is_empty() {
            let granted_origins = origins(&same_host);
            return Err(HttpDenied::Scheme {
                scheme: scheme.to_owned(),
                host: host.to_string(),
                granted_origins,
            });
        }
        let same_port: Vec<_> = same_scheme
            .iter()
            .copied()
            .filter(|rule| rule.origin.port == port)
            .collect();
        if same_port.is_empty() {
            return Err(HttpDenied::Port {
                port,
                host: host.to_string(),
                granted_origins: origins(&same_scheme),
            });
        }
        let same_method = same_port.iter().find(|rule| {
            rule.methods
                .iter()
                .any(|allowed| allowed.as_str() == method)
        });
        same_method.copied().ok_or_else(|| {
            let methods: BTreeSet<_> = same_port
                .iter()
                .flat_map(|rule| &rule.methods)
                .map(Method::to_string)
                .collect();
            HttpDenied::Method {
                method: method.to_owned(),
                host: host.to_string(),
                granted_methods: methods.into_iter().collect(),
            }
        })
    }
}

impl HttpRule {
    /// Whether a request under this rule may connect to an address that its
    /// host resolved to. Connect to this very address afterwards, without
    /// resolving again.
    ///
    /// A public address is allowed. Any other needs a grant by address: the
    /// rule's host is this address, or `addresses` covers it.
    ///
    /// # Errors
    /// The address, what kind it is, and the grant that would allow it.
    pub fn allows_address(&self, address: IpAddr) -> Result<(), AddressDenied> {
        let plain = address.to_canonical();
        let covered = |range: &IpNet| range.contains(&address) || range.contains(&plain);
        let is_host = |host: &Host| {
            host.address()
                .is_some_and(|literal| literal.to_canonical() == plain)
        };
        let by_address = self.addresses.iter().any(covered) || is_exactly(&self.origin, is_host);
        match not_public(address) {
            Some(kind) if !by_address => Err(AddressDenied {
                host: self.origin.host.clone(),
                address,
                kind,
            }),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for HttpRule {
    /// `GET, POST api.github.com`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, method) in self.methods.iter().enumerate() {
            write!(f, "{}{method}", if index == 0 { "" } else { ", " })?;
        }
        write!(f, " {}", self.origin)
    }
}

fn is_exactly(origin: &Origin, matches: impl Fn(&Host) -> bool) -> bool {
    match &origin.host {
        super::host::HostPattern::Exact(host) => matches(host),
        super::host::HostPattern::Below(_) => false,
    }
}

fn granted(label: &str, items: &[String]) -> String {
    if items.is_empty() {
        "nothing is granted".to_owned()
    } else {
        format!("{label}: {}", items.join(", "))
    }
}

#[cfg(test)]
mod tests;
