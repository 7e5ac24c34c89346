use super::*;

fn rule(origin: &str, methods: &[&str], addresses: &[&str]) -> HttpRule {
    HttpRule {
        origin: origin.parse().expect("an origin"),
        methods: methods
            .iter()
            .map(|method| method.parse().expect("a method"))
            .collect(),
        addresses: addresses
            .iter()
            .map(|range| range.parse().expect("a range"))
            .collect(),
    }
}

#[test]
fn each_part_of_a_request_is_checked() {
    let policy = HttpPolicy::new(vec![
        rule("*.example.com", &["GET"], &[]),
        rule("api.example.com", &["GET", "POST"], &[]),
        rule("http://plain.example.net:8080", &["GET"], &[]),
        rule("[2001:4860::1]", &["GET"], &[]),
    ]);
    let denied = |result: Result<&HttpRule, HttpDenied>| {
        result
            .map(|rule| rule.origin.to_string())
            .map_err(|e| e.to_string())
    };
    for (method, scheme, host, port, expected) in [
        (
            "GET",
            "https",
            "api.example.com",
            443,
            Ok("api.example.com"),
        ),
        (
            "POST",
            "https",
            "API.Example.com.",
            443,
            Ok("api.example.com"),
        ),
        ("GET", "HTTPS", "www.example.com", 443, Ok("*.example.com")),
        (
            "GET",
            "http",
            "plain.example.net",
            8080,
            Ok("http://plain.example.net:8080"),
        ),
        ("GET", "https", "[2001:4860::1]", 443, Ok("[2001:4860::1]")),
        ("GET", "https", "2001:4860::1", 443, Ok("[2001:4860::1]")),
        (
            "POST",
            "https",
            "www.example.com",
            443,
            Err("method `POST` is not granted for host `www.example.com`; granted: GET"),
        ),
        (
            "DELETE",
            "https",
            "api.example.com",
            443,
            Err("method `DELETE` is not granted for host `api.example.com`; granted: GET, POST"),
        ),
        (
            "get",
            "https",
            "www.example.com",
            443,
            Err("method `get` is not granted for host `www.example.com`; granted: GET"),
        ),
        (
            "GET",
            "https",
            "plain.example.net",
            8080,
            Err(
                "scheme `https` is not granted for host `plain.example.net`; granted: http://plain.example.net:8080",
            ),
        ),
        (
            "GET",
            "ftp",
            "plain.example.net",
            8080,
            Err(
                "scheme `ftp` is not granted for host `plain.example.net`; granted: http://plain.example.net:8080",
            ),
        ),
        (
            "GET",
            "http",
            "plain.example.net",
            80,
            Err(
                "port 80 is not granted for host `plain.example.net`; granted: http://plain.example.net:8080",
            ),
        ),
        (
            "GET",
            "https",
            "example.com",
            443,
            Err(
                "host `example.com` is not granted; granted: api.example.com, [2001:4860::1], http://plain.example.net:8080, *.example.com",
            ),
        ),
        (
            "GET",
            "https",
            "0x7f000001",
            443,
            Err("`0x7f000001` is not a host that can be granted"),
        ),
        (
            "GET",
            "https",
            "api.example.com@evil.net",
            443,
            Err("`api.example.com@evil.net` is not a host that can be granted"),
        ),
    ] {
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(
            denied(policy.check(method, scheme, host, port)),
            expected,
            "{method} {scheme} {host} {port}"
        );
    }
    let nothing = HttpPolicy::default();
    assert_eq!(
        denied(nothing.check("GET", "https", "example.com", 443)),
        Err("host `example.com` is not granted; nothing is granted".to_owned())
    );
}

#[test]
fn addresses_that_are_not_public_need_a_grant_by_address() {
    for (origin, addresses, address, allowed) in [
        ("api.example.com", &[][..], "93.184.216.34", true),
        ("api.example.com", &[], "10.1.2.3", false),
        ("api.example.com", &["10.0.0.0/8"], "10.1.2.3", true),
        ("api.example.com", &["10.0.0.0/8"], "::ffff:10.1.2.3", true),
        (
            "api.example.com",
            &["10.0.0.0/8"],
            "64:ff9b::10.1.2.3",
            false,
        ),
        ("api.example.com", &["10.0.0.0/8"], "192.168.1.1", false),
        ("api.example.com", &["10.0.0.0/8"], "93.184.216.34", true),
        ("localhost", &[], "127.0.0.1", false),
        ("localhost", &["127.0.0.0/8", "::1/128"], "127.0.0.1", true),
        ("localhost", &["127.0.0.0/8", "::1/128"], "::1", true),
        ("127.0.0.1", &[], "127.0.0.1", true),
        ("127.0.0.1", &[], "::ffff:127.0.0.1", true),
        ("127.0.0.1", &[], "127.0.0.2", false),
        ("[::1]", &[], "::1", true),
        ("[::1]", &[], "127.0.0.1", false),
        ("[::ffff:127.0.0.1]", &[], "127.0.0.1", true),
        ("api.example.com", &[], "169.254.169.254", false),
        ("169.254.169.254", &[], "169.254.169.254", true),
        ("*.example.com", &[], "::1", false),
    ] {
        let rule = rule(origin, &["GET"], addresses);
        let allows = rule.allows_address(address.parse().expect("an address"));
        assert_eq!(
            allows.is_ok(),
            allowed,
            "{origin} {addresses:?} {address}: {allows:?}"
        );
    }
    let denied = rule("*.example.com", &["GET"], &[])
        .allows_address("10.0.0.1".parse().expect("an address"));
    assert_eq!(
        denied.unwrap_err().to_string(),
        "the address 10.0.0.1 of `*.example.com` is a private address, which must be granted by address: addresses = [\"10.0.0.1\"]"
    );
}
