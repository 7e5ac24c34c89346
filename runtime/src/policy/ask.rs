//! Outgoing HTTP that is requested, not granted, and that the user is asked
//! about while the plugin runs.

use super::{
    decide::RequestedOrigin,
    host::{Host, HostPattern},
    http::{HttpPolicy, HttpRule},
    origin::Origin,
};

/// What a plugin's user may allow it, of what its manifest requests. Nothing by
/// default: then nobody is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AskHttp {
    /// Everything that is requested.
    requested: HttpPolicy,
    /// What for, in the author's words.
    reasons: Vec<(Origin, String)>,
}

/// What the user is asked to allow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpConsent {
    /// What holds for requests if the user allows it: the host is the one of the
    /// request, and not a pattern, and the methods are all that are requested there.
    pub rule: HttpRule,
    /// What the plugin wants it for, in its author's words.
    pub reasons: Vec<String>,
}

impl AskHttp {
    pub(super) fn new(requested: &[RequestedOrigin<'_>]) -> Self {
        let (mut rules, mut reasons) = (Vec::new(), Vec::new());
        for wanted in requested {
            let Some(origin) = &wanted.origin else {
                continue;
            };
            rules.push(HttpRule {
                origin: origin.clone(),
                methods: wanted.methods.clone(),
                addresses: Vec::new(),
            });
            reasons.extend(
                wanted
                    .reason
                    .map(|reason| (origin.clone(), reason.to_owned())),
            );
        }
        Self {
            requested: HttpPolicy::new(rules),
            reasons,
        }
    }

    /// Whether nobody is asked.
    pub fn is_empty(&self) -> bool {
        self.requested.is_empty()
    }

    /// What the user has to allow for a request to be sent that
    /// [`HttpPolicy::check`] has denied, whose arguments these are. `None` where
    /// the manifest does not request it.
    pub fn consent(
        &self,
        method: &str,
        scheme: &str,
        host: &str,
        port: u16,
    ) -> Option<HttpConsent> {
        let requested = self.requested.check(method, scheme, host, port).ok()?;
        let origin = Origin {
            host: HostPattern::Exact(host.parse::<Host>().ok()?),
            ..requested.origin.clone()
        };
        let covers = |wanted: &Origin| wanted.intersection(&origin).is_some();
        let rules = self.requested.rules().iter();
        let methods = rules
            .filter(|rule| covers(&rule.origin))
            .flat_map(|rule| rule.methods.clone())
            .collect();
        let reasons = self.reasons.iter().filter(|(wanted, _)| covers(wanted));
        Some(HttpConsent {
            reasons: reasons.map(|(_, reason)| reason.clone()).collect(),
            rule: HttpRule {
                origin,
                methods,
                addresses: Vec::new(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::{
        Grant, HttpDenied, HttpRequest, HttpTarget, Limits, Method, Policy, Request, decide,
        parse_flag,
    };

    fn policy(flags: &[&str]) -> Policy {
        let mut request = Request::default();
        for (origin, method, reason) in [
            ("api.example.com", "GET", Some("to read")),
            ("*.example.com", "POST", Some("to write")),
            ("other.example", "GET", None),
        ] {
            request.http.push(HttpRequest {
                target: HttpTarget::Origin(origin.parse().expect("an origin")),
                methods: [method.parse().expect("a method")].into(),
                reason: reason.map(str::to_owned),
            });
        }
        let mut grant = Grant::default();
        for flag in flags {
            parse_flag(flag).expect("a flag").apply(&mut grant);
        }
        decide(&request, &grant, &Limits::default()).expect("a policy")
    }

    #[test]
    fn nobody_is_asked_by_default() {
        let policy = policy(&["http=other.example"]);
        assert!(policy.ask_http.is_empty());
        assert_eq!(
            policy
                .ask_http
                .consent("GET", "https", "api.example.com", 443),
            None
        );
    }

    #[test]
    fn only_what_is_requested_is_asked_for_and_by_its_own_name() {
        let policy = policy(&["http=ask"]);
        let ask = &policy.ask_http;
        let consent = ask
            .consent("GET", "https", "api.example.com", 443)
            .expect("asked");
        assert_eq!(consent.rule.to_string(), "GET, POST api.example.com");
        assert_eq!(consent.reasons, ["to read", "to write"]);
        let below = ask
            .consent("POST", "https", "a.example.com", 443)
            .expect("asked");
        assert_eq!(below.rule.to_string(), "POST a.example.com");
        for (method, scheme, host, port) in [
            ("GET", "https", "a.example.com", 443),
            ("GET", "http", "api.example.com", 443),
            ("GET", "https", "api.example.com", 8443),
            ("GET", "https", "example.com", 443),
            ("GET", "https", "evil.test", 443),
            ("GET", "https", "api.example.com@evil.test", 443),
        ] {
            assert_eq!(
                ask.consent(method, scheme, host, port),
                None,
                "{method} {host}"
            );
        }
    }

    #[test]
    fn never_is_stronger_than_what_is_granted() {
        let refused = policy(&["http=ask", "http=*.example.com", "http=!a.example.com"]);
        let check = |host| refused.http.check("POST", "https", host, 443);
        assert!(check("b.example.com").is_ok());
        assert!(matches!(
            check("a.example.com"),
            Err(HttpDenied::Never { .. })
        ));
        let granted = policy(&["http=!api.example.com", "http=api.example.com"]);
        let check = granted.http.check("GET", "https", "api.example.com", 443);
        assert_eq!(
            check.map(|rule| rule.methods.len()),
            Ok(2),
            "{:?}",
            Method::defaults()
        );
    }
}
