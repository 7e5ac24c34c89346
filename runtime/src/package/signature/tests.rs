use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use serde_json::json;

use super::*;

/// A signature that cosign made, with its key and payload: from the tests of
/// sigstore-rs.
const COSIGN_KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAENptdY/l3nB0yqkXLBWkZWQwo6+cu
OSWS1X9vPavpiQOoTTGC0xX57OojUadxF1cdQmrsiReWg2Wn4FneJfa8xw==
-----END PUBLIC KEY-----";
const COSIGN_ARTIFACT: &str =
    "sha256:f3cfc9d0dbf931d3db4685ec659b7ac68e2a578219da4aae65427886e649b06b";
const COSIGN_SIGNATURE: &str = "MEUCIQD6q/COgzOyW0YH1Dk+CCYSt4uAhm3FDHUwvPI55zwnlwIgE0ZK58ZOWpZw8YVmBapJhBqCfdPekIknimuO0xH8Jh8=";
const COSIGN_PAYLOAD: &str = r#"{"critical":{"identity":{"docker-reference":"registry-testing.svc.lan/busybox"},"image":{"docker-manifest-digest":"sha256:f3cfc9d0dbf931d3db4685ec659b7ac68e2a578219da4aae65427886e649b06b"},"type":"cosign container image signature"},"optional":null}"#;

/// A key and a signature of the file `test`, as minisign's documentation and the
/// tests of its libraries have them.
const MINISIGN_KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const MINISIGN_SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==";

const SOURCE: &str = "oci://registry.example.com/acme/hello:1";
const ARTIFACT: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Signs bytes, and gives the signature in base64.
type Signer = Box<dyn Fn(&[u8]) -> String>;

fn pem(head: &[u8], key: &[u8]) -> String {
    let der = STANDARD.encode([head, key].concat());
    format!("-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n")
}

/// A new key for cosign, and what signs with it.
fn p256() -> (String, Signer) {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("a key");
    // The beginning of the key above is the same for every such key.
    let head = STANDARD
        .decode("MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE")
        .expect("base64");
    let pem = pem(&head[..26], pair.public_key().as_ref());
    let sign = move |bytes: &[u8]| STANDARD.encode(pair.sign(&random, bytes).expect("signed"));
    (pem, Box::new(sign))
}

fn ed25519() -> (String, Signer) {
    let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
    let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key");
    let head = STANDARD.decode("MCowBQYDK2VwAyEA").expect("base64");
    let pem = pem(&head, pair.public_key().as_ref());
    (
        pem,
        Box::new(move |bytes| STANDARD.encode(pair.sign(bytes))),
    )
}

fn payload(digest: &str) -> Vec<u8> {
    let value = json!({
        "critical": {
            "identity": { "docker-reference": "registry.example.com/acme/hello" },
            "image": { "docker-manifest-digest": digest },
            "type": "cosign container image signature"
        },
        "optional": null
    });
    serde_json::to_vec(&value).expect("JSON")
}

fn bundle(sign: &Signer, digest: &str, predicate: &str) -> Signature {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha256": digest.trim_start_matches("sha256:") }, "annotations": {} }],
        "predicateType": predicate,
        "predicate": {}
    })
    .to_string();
    let kind = "application/vnd.in-toto+json";
    let signed = format!("DSSEv1 28 {kind} {} {statement}", statement.len());
    let json = json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": { "publicKey": { "hint": "aGludA==" } },
        "dsseEnvelope": {
            "payload": STANDARD.encode(&statement),
            "payloadType": kind,
            "signatures": [{ "sig": sign(signed.as_bytes()) }]
        }
    });
    Signature::Bundle {
        json: serde_json::to_vec(&json).expect("JSON"),
    }
}

fn simple(sign: &Signer, payload: &[u8]) -> Signature {
    Signature::Cosign {
        signature: sign(payload),
        payload: payload.to_owned(),
    }
}

fn trust(kind: KeyKind, key: &str) -> Trust {
    let source = SourcePattern::parse("oci://registry.example.com/acme/*", |_| {
        unreachable!("a URL")
    });
    Trust {
        require_signature: false,
        keys: vec![TrustedKey {
            name: "acme".to_owned(),
            source: source.expect("a pattern"),
            key: KeySource::Inline(kind.parse(key).expect("a key")),
        }],
    }
}

/// A plugin with these files that came with this.
fn package(component: &[u8], proof: Proof) -> Package {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = "[plugin]\nname = \"hello\"\nversion = \"0.1.0\"\ndescription = \"Greets\"\ncomponent = \"hello.wasm\"\n";
    std::fs::write(folder.path().join("plugin.toml"), manifest).expect("written");
    std::fs::write(folder.path().join("hello.wasm"), b"\0asm\x0d\0\x01\0").expect("written");
    let package = Package::load(folder.path()).expect("loaded");
    Package {
        component: component.to_owned(),
        proof,
        ..package
    }
}

fn artifact(digest: &str, signature: Signature) -> Package {
    let proof = Proof {
        artifact: Some(digest.to_owned()),
        signatures: vec![signature],
        ..Proof::default()
    };
    package(b"", proof)
}

fn refused(trust: &Trust, package: &Package) -> String {
    let refused = trust.check(SOURCE, package).expect_err("refused");
    refused.to_string()
}

#[test]
fn what_cosign_has_signed_is_accepted_as_it_is() {
    let signature = |payload: &str| Signature::Cosign {
        payload: payload.as_bytes().to_owned(),
        signature: COSIGN_SIGNATURE.to_owned(),
    };
    let trust = trust(KeyKind::Cosign, COSIGN_KEY);
    let genuine = artifact(COSIGN_ARTIFACT, signature(COSIGN_PAYLOAD));
    let signed = trust.check(SOURCE, &genuine).expect("trusted");
    assert_eq!(signed.expect("signed").by.name, "acme");

    let changed = COSIGN_PAYLOAD.replace("busybox", "busyb0x");
    let changed = artifact(COSIGN_ARTIFACT, signature(&changed));
    assert!(refused(&trust, &changed).contains("another key has made it, or it was changed"));
    let other = artifact(ARTIFACT, signature(COSIGN_PAYLOAD));
    assert!(refused(&trust, &other).contains("it is of another artifact, `sha256:f3cfc9d0"));
}

#[test]
fn both_formats_and_both_kinds_of_key_are_accepted() {
    const SIGNED: &str = "https://sigstore.dev/cosign/sign/v1";
    for (pem, sign) in [p256(), ed25519()] {
        let trust = trust(KeyKind::Cosign, &pem);
        let by_another = p256().1;
        for (signature, wrong) in [
            (simple(&sign, &payload(ARTIFACT)), None),
            (bundle(&sign, ARTIFACT, SIGNED), None),
            (simple(&by_another, &payload(ARTIFACT)), Some("another key")),
            (bundle(&by_another, ARTIFACT, SIGNED), Some("another key")),
            (
                simple(&sign, &payload(COSIGN_ARTIFACT)),
                Some("of another artifact"),
            ),
            (
                bundle(&sign, COSIGN_ARTIFACT, SIGNED),
                Some("of another artifact"),
            ),
            (
                bundle(&sign, ARTIFACT, "https://slsa.dev/provenance/v1"),
                Some("its predicate is of the type"),
            ),
            (simple(&sign, b"{}"), Some("its payload cannot be read")),
            (
                simple(
                    &sign,
                    &String::from_utf8_lossy(&payload(ARTIFACT))
                        .replace("cosign container", "atomic container")
                        .into_bytes(),
                ),
                Some("its payload is of the type"),
            ),
        ] {
            let package = artifact(ARTIFACT, signature);
            match (trust.check(SOURCE, &package), wrong) {
                (Ok(Some(_)), None) => {}
                (Err(refused), Some(wrong)) => {
                    assert!(refused.to_string().contains(wrong), "{refused}");
                }
                (found, _) => panic!("{found:?}"),
            }
        }
    }
}

#[test]
fn a_packed_file_is_signed_as_it_is() {
    let signed = |component: &[u8], text: &str| {
        let proof = Proof {
            packed: true,
            signatures: vec![Signature::Minisign {
                name: "hello.wasm.minisig".to_owned(),
                text: text.to_owned(),
            }],
            ..Proof::default()
        };
        package(component, proof)
    };
    let trust = trust(KeyKind::Minisign, MINISIGN_KEY);
    let found = trust.check(SOURCE, &signed(b"test", MINISIGN_SIGNATURE));
    let found = found.expect("trusted").expect("signed");
    assert_eq!(
        found.comment.as_deref(),
        Some("timestamp:1556193335\tfile:test")
    );

    let tampered = refused(&trust, &signed(b"tesT", MINISIGN_SIGNATURE));
    assert!(tampered.contains("`hello.wasm.minisig`: it is of something else, or was changed"));
    // The trusted comment is signed as well.
    let comment = MINISIGN_SIGNATURE.replace("file:test", "file:best");
    assert!(refused(&trust, &signed(b"test", &comment)).contains("was changed"));
    assert!(refused(&trust, &signed(b"test", "hello")).contains("is not a signature"));
}

#[test]
fn a_key_has_only_signatures_of_its_own_kind() {
    let (pem, sign) = p256();
    let by_cosign = artifact(ARTIFACT, simple(&sign, &payload(ARTIFACT)));
    let minisign = trust(KeyKind::Minisign, MINISIGN_KEY);
    assert!(
        refused(&minisign, &by_cosign).contains("cosign made it, and the key is one of minisign")
    );
    let mut in_folder = by_cosign;
    in_folder.proof.artifact = None;
    let cosign = trust(KeyKind::Cosign, &pem);
    assert!(refused(&cosign, &in_folder).contains("cosign signs OCI artifacts"));
}

#[test]
fn who_has_to_be_signed_follows_from_the_source() {
    let unsigned = package(b"", Proof::default());
    let mut trust = trust(KeyKind::Minisign, MINISIGN_KEY);
    assert_eq!(
        trust.check("oci://registry.example.com/other/x", &unsigned),
        Ok(None)
    );
    assert!(refused(&trust, &unsigned).starts_with(
        "it is not signed, and has to be by `acme`, since [trust] names that for its source; accepted: SHA256SUMS"
    ));
    trust.require_signature = true;
    assert_eq!(
        trust
            .check("oci://registry.example.com/other/x", &unsigned)
            .expect_err("refused")
            .to_string(),
        "it has to be signed, since `require-signature` is set, and no key in [trust] is for \
         `oci://registry.example.com/other/x`; add a [[trust.key]] whose `source` matches it"
    );
}

#[test]
fn what_was_installed_stays_trusted_as_long_as_its_key() {
    let trusted = trust(KeyKind::Cosign, COSIGN_KEY);
    let signer = |key: &str| super::Signer {
        name: "acme".to_owned(),
        key: KeyKind::Cosign.parse(key).expect("a key").digest(),
    };
    assert_eq!(trusted.still(SOURCE, Some(&signer(COSIGN_KEY))), Ok(()));
    assert_eq!(trusted.still(SOURCE, None), Err(Untrusted::Unproven));
    assert_eq!(
        trusted.still(SOURCE, Some(&signer(&p256().0))),
        Err(Untrusted::Revoked("acme".to_owned())),
        "another key under the same name"
    );
    assert_eq!(Trust::default().still(SOURCE, None), Ok(()));
    let all = Trust {
        require_signature: true,
        ..Trust::default()
    };
    assert!(all.still(SOURCE, Some(&signer(COSIGN_KEY))).is_err());
}

#[test]
fn keys_are_read_or_refused() {
    let file = format!("untrusted comment: minisign public key\n{MINISIGN_KEY}\n");
    assert_eq!(
        KeyKind::Minisign.parse(&file),
        KeyKind::Minisign.parse(MINISIGN_KEY)
    );
    let p384 =
        "-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE\n-----END PUBLIC KEY-----";
    for (kind, text) in [
        (KeyKind::Minisign, COSIGN_KEY),
        (KeyKind::Minisign, ""),
        (KeyKind::Minisign, &MINISIGN_KEY[..40]),
        (KeyKind::Cosign, MINISIGN_KEY),
        (KeyKind::Cosign, p384),
        (KeyKind::Cosign, &COSIGN_KEY.replace("MFkw", "MFkx")),
    ] {
        assert!(kind.parse(text).is_err(), "{text}");
    }
}

#[test]
fn any_bytes_for_a_signature_are_refused() {
    let (pem, sign) = p256();
    let trust = trust(KeyKind::Cosign, &pem);
    let genuine = payload(ARTIFACT);
    portcullis_seeded::check(500, |source| {
        let changed = source.changed(&genuine);
        if changed == genuine {
            return;
        }
        let signature = Signature::Cosign {
            payload: changed.clone(),
            signature: sign(&genuine),
        };
        assert!(trust.check(SOURCE, &artifact(ARTIFACT, signature)).is_err());
        // Signed, and still nothing that says it is of this artifact.
        if !String::from_utf8_lossy(&changed).contains(ARTIFACT) {
            let signed = artifact(ARTIFACT, simple(&sign, &changed));
            assert!(trust.check(SOURCE, &signed).is_err());
        }
        let bundle = Signature::Bundle { json: changed };
        assert!(trust.check(SOURCE, &artifact(ARTIFACT, bundle)).is_err());
    });
}
