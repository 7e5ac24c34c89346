//! Hosts that the admin chooses.

use super::*;
use crate::policy::missing_flags;

fn asks_any(names: &[&str]) -> Request {
    let mut request = Request::default();
    request.http.push(HttpRequest {
        target: HttpTarget::Any,
        methods: methods(names),
        reason: None,
    });
    request
}

#[test]
fn what_is_granted_can_be_asked_and_nothing_else() {
    let request = asks_any(&["GET", "POST"]);
    let policy = policy(
        &request,
        &grants(&["http=api.github.com:8443", "http=*.example.com"]),
    );
    for (method, scheme, host, port) in [
        ("GET", "https", "api.github.com", 8443),
        ("POST", "https", "a.example.com", 443),
    ] {
        assert!(
            policy.http.check(method, scheme, host, port).is_ok(),
            "{host}"
        );
    }
    for (method, scheme, host, port) in [
        ("PUT", "https", "api.github.com", 8443),
        ("GET", "https", "api.github.com", 443),
        ("GET", "http", "a.example.com", 80),
        ("GET", "https", "example.org", 443),
    ] {
        assert!(
            policy.http.check(method, scheme, host, port).is_err(),
            "{host}"
        );
    }
}

#[test]
fn nothing_is_granted_by_itself() {
    let request = asks_any(&["GET"]);
    let none = policy(&request, &Grant::default());
    assert!(none.http.check("GET", "https", "example.com", 443).is_err());
    let limits = Limits::default();
    assert_eq!(
        missing_flags(&request, &Grant::default(), &limits),
        ["--grant http=HOST"]
    );
    let granted = grants(&["http=example.com"]);
    assert_eq!(
        missing_flags(&request, &granted, &limits),
        Vec::<String>::new()
    );
}
