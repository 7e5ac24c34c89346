//! What is a source, and what is not.

use super::*;

#[test]
fn sources_are_read_and_written() {
    let digest = "a".repeat(64);
    for text in [
        "plugins/echo",
        "/plugins/echo.wasm",
        "https://example.com/echo.wasm",
        "https://example.com:8443/a/echo.wasm?version=1",
        "http://127.0.0.1:8080/echo.wasm",
        "http://[::1]:8080/echo.wasm",
        "http://localhost/echo.wasm",
        "oci://registry.example.com/acme/echo:0.1.0",
        "oci://localhost:5000/echo:0.1.0",
        &format!("oci://registry.example.com/acme/echo@sha256:{digest}"),
        &format!("oci://registry.example.com/acme/echo:1@sha256:{digest}"),
    ] {
        let source = Source::parse(text).unwrap_or_else(|invalid| panic!("{invalid}"));
        assert_eq!(source.to_string(), text);
    }
    let latest = Source::parse("oci://registry.example.com/acme/echo").expect("a reference");
    assert_eq!(
        latest.to_string(),
        "oci://registry.example.com/acme/echo:latest"
    );
}

#[test]
fn what_is_no_source_is_refused() {
    let digest = "A".repeat(64);
    for (text, why) in [
        ("", "`` is not a source; accepted: a plugin's folder, "),
        ("ftp://example.com/x.wasm", "is not a source; accepted: "),
        (
            "http://example.com/x.wasm",
            "would come over the network unencrypted; accepted: https, ",
        ),
        ("http://127.0.0.1.example.com/x.wasm", "unencrypted"),
        ("http://10.0.0.1/x.wasm", "unencrypted"),
        ("https://", "is not a URL"),
        (
            "https://me:secret@example.com/x.wasm",
            "has a name or a password",
        ),
        ("https://example.com/x.wasm#part", "has a fragment"),
        ("https://example.com/\u{202e}", "U+202E"),
        ("oci://acme/echo:1", "names no registry"),
        ("oci://echo", "names no registry"),
        ("oci://echo:1", "names no registry"),
        ("oci://registry.example.com", "names no registry"),
        ("oci://registry.example.com/Acme/echo", "is not a reference"),
        (
            "oci://registry.example.com/acme/echo:a b",
            "is not a reference",
        ),
        (
            "oci://registry.example.com/acme/echo@sha256:abc",
            "is not a reference",
        ),
        (
            &format!("oci://registry.example.com/acme/echo@sha256:{digest}"),
            "has a digest of another kind",
        ),
        (
            &format!(
                "oci://registry.example.com/acme/echo@sha512:{}",
                "a".repeat(128)
            ),
            "has a digest of another kind",
        ),
    ] {
        let refused = Source::parse(text).expect_err(text).to_string();
        assert!(refused.contains(why), "{text}: {refused}");
        assert!(!refused.contains("secret"), "{refused}");
    }
}
