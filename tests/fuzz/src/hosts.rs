//! Hosts, patterns and URLs.

use portcullis::policy::{
    Grant, Host, HostPattern, HttpGrant, HttpRequest, HttpTarget, Limits, Method, Origin, Request,
    decide,
};

/// Lines, each taken for a host, a pattern, an origin and a URL: each has one
/// spelling, covers itself, and allows what it covers and nothing else.
pub fn hosts(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Few lines, since all are compared with all.
    let lines: Vec<&str> = text.lines().take(6).collect();
    let hosts: Vec<Host> = parsed(&lines);
    let patterns: Vec<HostPattern> = parsed(&lines);
    let origins: Vec<Origin> = parsed(&lines);
    for pattern in &patterns {
        assert!(pattern.covers_pattern(pattern));
        for other in &patterns {
            let both = pattern.intersection(other);
            assert_eq!(both, other.intersection(pattern));
            for host in &hosts {
                let in_both = pattern.covers(host) && other.covers(host);
                let covered = both.as_ref().is_some_and(|both| both.covers(host));
                assert_eq!(in_both, covered, "{pattern} {other} {host}");
                assert!(
                    !pattern.covers_pattern(other) || !other.covers(host) || pattern.covers(host)
                );
            }
        }
    }
    for host in &hosts {
        assert!(HostPattern::Exact(host.clone()).covers(host));
        assert!(host.name().is_some() != host.address().is_some());
    }
    for origin in &origins {
        for host in &hosts {
            assert_checked(origin, host);
        }
    }
    for line in lines {
        of_url(line);
    }
}

/// What parses, each with what is written of it.
fn parsed<T>(lines: &[&str]) -> Vec<T>
where
    T: std::str::FromStr + ToString + PartialEq + std::fmt::Debug,
{
    let parsed: Vec<T> = lines.iter().filter_map(|line| line.parse().ok()).collect();
    for value in &parsed {
        let written = value.to_string();
        let again: Option<T> = written.parse().ok();
        assert_eq!(again.as_ref(), Some(value), "{written}");
        assert_eq!(again.map(|again| again.to_string()), Some(written));
    }
    parsed
}

/// With an origin requested and granted, just what it covers may be asked.
fn assert_checked(origin: &Origin, host: &Host) {
    let request = Request {
        http: vec![HttpRequest {
            target: HttpTarget::Origin(origin.clone()),
            methods: Method::defaults().into(),
            reason: None,
        }],
        ..Request::default()
    };
    let grant = Grant {
        http: vec![HttpGrant::new(origin.clone())],
        ..Grant::default()
    };
    let policy = decide(&request, &grant, &Limits::default()).expect("it is asked for");
    let (scheme, written) = (origin.scheme.as_str(), host.to_string());
    let allowed = |method: &str, scheme: &str, port: u16| {
        policy.http.check(method, scheme, &written, port).is_ok()
    };
    assert_eq!(
        allowed("GET", scheme, origin.port),
        origin.host.covers(host),
        "{origin} {host}"
    );
    assert!(!allowed("POST", scheme, origin.port));
    assert!(!allowed("GET", "ftp", origin.port));
    assert!(!allowed("GET", scheme, origin.port.wrapping_add(1)));
    let other = if scheme == "http" { "https" } else { "http" };
    assert!(!allowed("GET", other, origin.port));
}

/// The origin of a URL is where the URL parser that connects would go.
fn of_url(text: &str) {
    let Ok(origin) = Origin::of_url(text) else {
        return;
    };
    let url = url::Url::parse(text).expect("it is a URL");
    assert_eq!(url.scheme(), origin.scheme.as_str());
    assert_eq!(url.port_or_known_default(), Some(origin.port));
    assert!(url.username().is_empty() && url.password().is_none());
    let HostPattern::Exact(host) = &origin.host else {
        panic!("a URL has one host: {origin}");
    };
    // An IPv6 address has more than one short form.
    let connected = url.host_str().and_then(|host| host.parse().ok());
    assert_eq!(connected.as_ref(), Some(host), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: &str = "*.example.com\nb\u{fc}cher.Example.com.\nhttp://[::ffff:7f00:1]:8080\n\
        192.0.2.7\nexample.com:8443\nhttps://a.example.com:1/b?c#d";

    #[test]
    fn hosts_and_urls() {
        hosts(LINES.as_bytes());
        portcullis_seeded::check(20_000, |source| {
            hosts(&source.changed(LINES.as_bytes()));
            hosts(source.text(20).as_bytes());
        });
    }
}
