//! Artifacts of a real registry that cosign has signed, and others.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::cosign::{Artifact, Cosign, MANIFEST};
use super::{Author, refused, trust};
use crate::client::Client;
use crate::home::{Home, path};
use crate::sources::registry::Registry;
use crate::web::{Answer, Web};

const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";
const BUILT: &str = "https://slsa.dev/provenance/v1";
const REPOSITORY: &str = "acme/echo";

/// A home that trusts a key with what is below `acme` in a registry, and `echo`'s
/// folder in it.
fn home(registry: &Registry, key: &Cosign) -> (Home, PathBuf) {
    let home = Home::empty();
    let source = registry.reference("acme/*");
    home.configure(&trust("acme", &source, &key.public()));
    let folder = home.plugin("echo", "");
    (home, folder)
}

/// Puts this version under the tag, and gives its artifact.
fn push<'a>(home: &Home, registry: &'a Registry, folder: &Path, version: &str) -> Artifact<'a> {
    let manifest = folder.join("plugin.toml");
    let text = fs::read_to_string(&manifest).expect("a manifest");
    let start = text.find("version = \"").expect("a version") + "version = \"".len();
    let end = start + text[start..].find('"').expect("its end");
    let text = format!("{}{version}{}", &text[..start], &text[end..]);
    fs::write(&manifest, text).expect("written");
    let pinned = registry.push(home, path(folder), "acme/echo:1");
    Artifact::of(registry, REPOSITORY, &pinned)
}

#[test]
fn what_cosign_has_signed_is_installed_updated_and_put_back() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let key = Cosign::new();
    let (home, folder) = home(&registry, &key);
    let tag = registry.reference("acme/echo:1");
    let first = push(&home, &registry, &folder, "0.1.0");
    refused(&home, &[&tag], &["plugin `echo`", "it is not signed"]);
    key.sign_artifact(&first);
    let added = home.run(&["add", &tag]).done();
    assert!(added.contains("signed by acme\n"), "{added}");
    home.run(&["verify"]).done();

    // A tag that stands for something else by now: nothing of it is signed.
    let second = push(&home, &registry, &folder, "0.2.0");
    let before = home.installed();
    let not_updated = |parts: &[&str]| {
        let stderr = home.run(&["update", "echo", "--yes"]).failed(1);
        for part in ["plugin `echo` is refused", "`acme`"].iter().chain(parts) {
            assert!(stderr.contains(part), "`{part}`: {stderr}");
        }
        assert_eq!(home.installed(), before);
    };
    not_updated(&["it is not signed", "cosign sign --key"]);
    key.sign_as(&second, &first.digest);
    not_updated(&["it is of another artifact", &first.digest, &second.digest]);
    Cosign::new().sign_artifact(&second);
    not_updated(&["another key has made it"]);
    key.sign_artifact(&second);
    home.run(&["update", "echo"]).done();

    // The version before keeps its signer, as long as the key is trusted.
    let signer = "signed-by = { name = \"acme\", key = \"blake3:";
    for _ in 0..2 {
        let lock = fs::read_to_string(home.lock()).expect("a lock file");
        assert_eq!(lock.matches(signer).count(), 2, "{lock}");
        home.run(&["verify"]).done();
        home.run(&["rollback", "echo"]).done();
    }
    Client::modern(&home).assert_answers();
    let config = fs::read_to_string(home.config()).expect("a config");
    let other = config.replace(&key.public(), &Cosign::new().public());
    fs::write(home.config(), other).expect("written");
    let before = home.installed();
    let stderr = home.run(&["rollback", "echo"]).failed(1);
    assert!(stderr.contains("[trust] has no such key"), "{stderr}");
    assert_eq!(home.installed(), before);
    let verified = home.run(&["verify"]);
    assert_eq!(verified.code, 1);
    assert!(
        verified.stdout.contains("[trust] has no such key"),
        "{}",
        verified.stdout
    );
}

#[test]
fn what_is_refused_was_never_compiled() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let (home, folder) = home(&registry, &Cosign::new());
    push(&home, &registry, &folder, "0.1.0");
    let tag = registry.reference("acme/echo:1");
    let compiled = home.artifacts();
    refused(&home, &[&tag], &["it is not signed"]);
    assert_eq!(home.artifacts(), compiled);
    // Somewhere else it is nobody's, and needs no signature.
    home.run(&["push", path(&folder), &registry.reference("other/echo:1")])
        .done();
    home.run(&["add", &registry.reference("other/echo:1")])
        .done();
    assert_ne!(home.artifacts(), compiled);
}

#[test]
fn an_artifact_by_another_key_or_of_another_artifact_is_refused() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let key = Cosign::new();
    let (home, folder) = home(&registry, &key);
    let tag = registry.reference("acme/echo:1");
    let first = push(&home, &registry, &folder, "0.1.0");
    let second = push(&home, &registry, &folder, "0.2.0");
    Cosign::new().sign_artifact(&second);
    let by_another = "the signature by cosign: another key has made it";
    refused(&home, &[&tag], &["not signed by `acme`", by_another]);
    key.sign_as(&second, &first.digest);
    let of_another = format!("of another artifact, `{}`", first.digest);
    refused(&home, &[&tag], &[&of_another, &second.digest]);
    // The one that is signed is named by its digest, and the tag by another's.
    key.sign_artifact(&first);
    refused(&home, &[&tag], &[&of_another]);
    let pinned = registry.reference(&format!("{REPOSITORY}@{}", first.digest));
    home.run(&["add", &pinned]).done();
}

#[test]
fn bundles_are_found_at_the_tag_for_referrers() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let key = Cosign::new();
    let (home, folder) = home(&registry, &key);
    let tag = registry.reference("acme/echo:1");
    let first = push(&home, &registry, &folder, "0.1.0");
    let second = push(&home, &registry, &folder, "0.2.0");
    Cosign::new().sign_bundled(&second, &second.digest, SIGNED);
    let by_another = "the bundle by cosign: another key has made it";
    refused(&home, &[&tag], &[by_another]);
    key.sign_bundled(&second, &first.digest, SIGNED);
    refused(&home, &[&tag], &["it is of another artifact"]);
    // How it was built is signed by the same key, and says something else.
    key.sign_bundled(&second, &second.digest, BUILT);
    refused(&home, &[&tag], &[BUILT, SIGNED]);
    key.sign_bundled(&second, &second.digest, SIGNED);
    let added = home.run(&["add", &tag, "--json"]).json();
    assert_eq!(added["signed_by"], "acme");
}

#[test]
fn a_minisign_signature_of_an_artifacts_file_may_be_given() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let author = Author::new();
    let home = Home::empty();
    let key = format!("minisign = \"{}\"", author.public());
    home.configure(&trust("acme", &registry.reference("acme/*"), &key));
    let folder = home.plugin("echo", "");
    push(&home, &registry, &folder, "0.1.0");
    let tag = registry.reference("acme/echo:1");
    refused(&home, &[&tag], &["--signature FILE"]);
    let (file, signature) = (home.path("echo.wasm"), home.path("echo.minisig"));
    home.run(&["pack", path(&folder), "-o", path(&file)]).done();
    let signed = author.sign(&fs::read(&file).expect("packed"), "echo");
    fs::write(&signature, signed).expect("written");
    home.run(&["add", &tag, "--signature", path(&signature)])
        .done();
}

#[test]
fn a_signature_that_is_not_what_its_digest_says_is_an_error() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let key = Cosign::new();
    let (home, folder) = home(&registry, &key);
    let tag = registry.reference("acme/echo:1");
    let artifact = push(&home, &registry, &folder, "0.1.0");
    key.sign_artifact(&artifact);
    let index = key.bundle(&artifact, &artifact.digest, SIGNED);
    let bundle = index["manifests"][0]["digest"].as_str().expect("a digest");
    let signatures = format!("/v2/acme/echo/manifests/{}.sig", artifact.tag());
    let signatures = registry.ask("GET", &signatures, MANIFEST, b"");
    let signatures: Value = serde_json::from_slice(&signatures.body).expect("JSON");
    let payload = &signatures["layers"][0]["digest"];
    let file = registry.blob(payload.as_str().expect("a digest"));
    let good = fs::read(&file).expect("a payload");
    let changed = String::from_utf8_lossy(&good).replace("critical", "Critical");
    fs::write(&file, changed).expect("written");
    refused(
        &home,
        &[&tag],
        &["is not what was asked for", "a signature at"],
    );
    // One that is too large is none, and does not stand in the way of another.
    fs::write(&file, vec![b' '; (64 << 10) + 1]).expect("written");
    refused(&home, &[&tag], &["it is not signed"]);
    artifact.put(Some(&artifact.tag()), &index);
    home.run(&["add", &tag]).done();
    home.run(&["remove", "echo"]).done();
    let file = registry.blob(bundle);
    let manifest = fs::read_to_string(&file).expect("a manifest");
    fs::write(&file, manifest.replace("\"size\":1", "\"size\":2")).expect("written");
    refused(&home, &[&tag], &["is not what was asked for", bundle]);
}

/// A registry that knows of referrers, with this index of them, in front of one
/// that does not.
fn knowing(registry: Registry, index: String) -> Web {
    Web::new(move |asked| {
        if asked.target.contains("/referrers/") {
            return Answer::text(&index);
        }
        let accepted = asked.header("accept").unwrap_or("*/*");
        let reply = registry.ask("GET", &asked.target, accepted, b"");
        Answer {
            status: reply.status,
            headers: Vec::new(),
            body: reply.body,
        }
    })
}

#[test]
fn bundles_are_found_by_asking_for_referrers() {
    let Some(registry) = Registry::open() else {
        return;
    };
    let key = Cosign::new();
    let (home, folder) = home(&registry, &key);
    let artifact = push(&home, &registry, &folder, "0.1.0");
    let asked_for = format!("/v2/acme/echo/referrers/{}?artifactType=", artifact.digest);
    let index = key.bundle(&artifact, &artifact.digest, SIGNED).to_string();
    let web = knowing(registry, index);
    let source = format!("oci://{}/acme/echo:1", web.authority());
    // Nobody asks for signatures that nobody wants.
    home.run(&["add", &source, "--name", "unsigned", "--prefix", "u"])
        .done();
    let asked: Vec<String> = web.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    home.configure(&trust("web", &source, &key.public()));
    home.run(&["remove", "unsigned"]).done();
    let added = home.run(&["add", &source, "--json"]).json();
    assert_eq!(added["signed_by"], "web");
    let asked = web.asked();
    assert!(
        asked
            .iter()
            .any(|asked| asked.target.starts_with(&asked_for)),
        "{asked:?}"
    );
}

#[test]
fn referrers_that_are_none_are_passed_over() {
    for digest in [
        "sha256:../../../secret",
        "md5:00",
        &format!("sha256:{}", "a".repeat(64)),
    ] {
        let Some(registry) = Registry::open() else {
            return;
        };
        let key = Cosign::new();
        let (home, folder) = home(&registry, &key);
        push(&home, &registry, &folder, "0.1.0");
        let kind = "application/vnd.dev.sigstore.bundle.v0.3+json";
        let index = json!({ "manifests": [{ "artifactType": kind, "digest": digest }] });
        let web = knowing(registry, index.to_string());
        let source = format!("oci://{}/acme/echo:1", web.authority());
        home.configure(&trust("web", &source, &key.public()));
        refused(&home, &[&source], &["it is not signed", "by `web`"]);
        let named = |target: &str| target.contains("secret") || target.contains("md5");
        assert!(!web.asked().iter().any(|asked| named(&asked.target)));
    }
}
