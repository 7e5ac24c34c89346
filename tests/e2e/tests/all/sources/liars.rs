//! Registries that offer what they should not. A real one refuses to, so these
//! are web servers that speak as one.

use serde_json::{Value, json};

use super::{assert_says, refused};
use crate::home::Home;
use crate::web::{Answer, Web};

/// The digest of `hello`.
pub(super) const HELLO: &str =
    "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// A manifest of an artifact whose layer has this size and digest.
pub(super) fn manifest(size: u64, digest: &str) -> Value {
    json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {
            "mediaType": "application/vnd.wasm.config.v0+json",
            "digest": HELLO,
            "size": 5,
        },
        "layers": [{ "mediaType": "application/wasm", "digest": digest, "size": size }],
    })
}

/// The error of adding an artifact of this manifest and layer, and what the
/// registry was asked.
#[track_caller]
fn offered(manifest: impl ToString, layer: &'static [u8]) -> (String, Vec<String>) {
    let manifest = manifest.to_string();
    let web = Web::new(move |asked| {
        if asked.target.contains("/manifests/") {
            Answer::text(&manifest)
        } else {
            Answer {
                status: 200,
                headers: Vec::new(),
                body: layer.to_vec(),
            }
        }
    });
    let stderr = refused(&Home::empty(), &format!("oci://{}/echo:1", web.authority()));
    let asked = web.asked().into_iter().map(|asked| asked.target);
    (stderr, asked.collect())
}

#[test]
fn a_layer_that_is_no_component() {
    let (stderr, asked) = offered(manifest(5, HELLO), b"hello");
    assert_says(&stderr, &["is not WebAssembly"]);
    assert_eq!(
        asked,
        ["/v2/echo/manifests/1", &format!("/v2/echo/blobs/{HELLO}")]
    );
}

#[test]
fn a_layer_of_another_digest_or_size() {
    let (stderr, _) = offered(manifest(5, HELLO), b"hallo");
    assert_says(&stderr, &["its digest is sha256:", "expected sha256:2cf2"]);
    let (stderr, _) = offered(manifest(6, HELLO), b"hello");
    assert_says(&stderr, &["is cut off: 5 of 6 bytes"]);
    let (stderr, _) = offered(manifest(4, HELLO), b"hello");
    assert_says(&stderr, &["5 bytes; accepted: at most 4"]);
    for digest in ["md5:00", "sha256:00", "sha256:../../x"] {
        let (stderr, asked) = offered(manifest(5, digest), b"hello");
        assert_says(
            &stderr,
            &["the digest of its layer is", "accepted: sha256:"],
        );
        assert_eq!(asked.len(), 1);
    }
}

#[test]
fn a_layer_that_is_too_large_is_not_asked_for() {
    let (stderr, asked) = offered(manifest((64 << 20) + 1, HELLO), b"hello");
    assert_says(&stderr, &["67108865 bytes; accepted: at most 67108864"]);
    assert_eq!(asked, ["/v2/echo/manifests/1"]);
    let (stderr, asked) = offered("x".repeat((4 << 20) + 1), b"hello");
    assert_says(
        &stderr,
        &["the manifest of oci://", "accepted: at most 4194304"],
    );
    assert_eq!(asked.len(), 1);
}

#[test]
fn artifacts_of_other_kinds() {
    let changed = |pointer: &str, value: Value| {
        let mut manifest = manifest(5, HELLO);
        *manifest.pointer_mut(pointer).expect("it is there") = value;
        let (stderr, asked) = offered(manifest, b"hello");
        assert_eq!(asked.len(), 1);
        stderr
    };
    let image = json!("application/vnd.oci.image.config.v1+json");
    let stderr = changed("/config/mediaType", image);
    assert_says(
        &stderr,
        &[
            "is no plugin",
            "image.config",
            "accepted: application/vnd.wasm",
        ],
    );
    let stderr = changed("/layers", json!([]));
    assert_says(&stderr, &["has 0 layers; accepted: one"]);
    let stderr = changed("/layers/0/mediaType", json!("application/tar"));
    assert_says(&stderr, &["`application/tar`; accepted: application/wasm"]);
    let stderr = changed("/layers/0/size", json!(-1));
    assert_says(&stderr, &["its layer has -1 bytes"]);
    for text in ["[]", "hello", "{\"schemaVersion\": 2, \"manifests\": []}"] {
        let (stderr, _) = offered(text, b"hello");
        assert_says(&stderr, &["its manifest is not that of one artifact"]);
    }
}

#[test]
fn a_manifest_that_is_not_the_one_asked_for() {
    let web = Web::new(|_| Answer::json(&manifest(5, HELLO)));
    let digest = "a".repeat(64);
    let reference = format!("oci://{}/echo@sha256:{digest}", web.authority());
    let stderr = refused(&Home::empty(), &reference);
    assert_says(
        &stderr,
        &[
            "the manifest of oci://",
            &format!("expected sha256:{digest}"),
        ],
    );
    assert_eq!(web.asked().len(), 1);
}

#[test]
fn what_a_registry_says_is_shown_without_harm() {
    let web = Web::new(|_| Answer {
        status: 500,
        headers: Vec::new(),
        body: json!({ "errors": [{ "code": "UNKNOWN", "message": "no\u{1b}[2Jspace\nleft" }] })
            .to_string()
            .into(),
    });
    let stderr = refused(&Home::empty(), &format!("oci://{}/echo:1", web.authority()));
    assert_says(
        &stderr,
        &["500 Internal Server Error: no\\u{1b}[2Jspace\\nleft"],
    );
}
