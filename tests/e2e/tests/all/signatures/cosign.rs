//! What `cosign sign --key` puts into a registry, in both of its formats.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::sources::registry::{Registry, sha256};

pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What an author signs artifacts with.
pub(super) struct Cosign {
    pair: EcdsaKeyPair,
}

/// Where an artifact is.
pub(super) struct Artifact<'a> {
    pub(super) registry: &'a Registry,
    pub(super) repository: &'a str,
    /// `sha256:` and 64 digits.
    pub(super) digest: String,
}

impl<'a> Artifact<'a> {
    /// The one of a reference with its digest.
    pub(super) fn of(registry: &'a Registry, repository: &'a str, pinned: &str) -> Self {
        let (_, digest) = pinned.rsplit_once('@').expect("a digest");
        Self {
            registry,
            repository,
            digest: digest.to_owned(),
        }
    }

    /// The tag of its referrers.
    pub(super) fn tag(&self) -> String {
        self.digest.replace(':', "-")
    }

    /// Puts layers under a tag, or under its digest.
    pub(super) fn put(&self, reference: Option<&str>, manifest: &Value) -> String {
        let digest = sha256(manifest.to_string().as_bytes());
        let reference = reference.unwrap_or(&digest);
        self.registry
            .put_manifest(self.repository, reference, manifest);
        digest
    }

    fn descriptor(&self, kind: &str, content: &[u8]) -> Value {
        let digest = self.registry.put_blob(self.repository, content);
        json!({ "mediaType": kind, "digest": digest, "size": content.len() })
    }
}

impl Cosign {
    pub(super) fn new() -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random);
        Self {
            pair: pair.expect("a key"),
        }
    }

    /// The public key, as a line of a config.
    pub(super) fn public(&self) -> String {
        let head = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
        let mut der = STANDARD.decode(head).expect("base64");
        // Its last byte is the first of every point.
        der.pop();
        der.extend(self.pair.public_key().as_ref());
        let der = STANDARD.encode(der);
        format!("cosign = \"-----BEGIN PUBLIC KEY-----\\n{der}\\n-----END PUBLIC KEY-----\"")
    }

    fn sign(&self, bytes: &[u8]) -> String {
        let signature = self.pair.sign(&SystemRandom::new(), bytes);
        STANDARD.encode(signature.expect("signed"))
    }

    /// Signs an artifact, the older way.
    pub(super) fn sign_artifact(&self, artifact: &Artifact<'_>) {
        self.sign_as(artifact, &artifact.digest);
    }

    /// Puts a signature of `digest` where one of the artifact would be.
    pub(super) fn sign_as(&self, artifact: &Artifact<'_>, digest: &str) {
        let payload = json!({
            "critical": {
                "identity": { "docker-reference": "" },
                "image": { "docker-manifest-digest": digest },
                "type": "cosign container image signature",
            },
            "optional": null,
        });
        let payload = payload.to_string();
        let kind = "application/vnd.dev.cosign.simplesigning.v1+json";
        let mut layer = artifact.descriptor(kind, payload.as_bytes());
        let signature = self.sign(payload.as_bytes());
        layer["annotations"] = json!({ "dev.cosignproject.cosign/signature": signature });
        let config = artifact.descriptor("application/vnd.oci.image.config.v1+json", b"{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer],
        });
        artifact.put(Some(&format!("{}.sig", artifact.tag())), &manifest);
    }

    /// Puts a bundle with a statement of this predicate about `digest` into the
    /// repository, and gives the index that names it as the artifact's referrer.
    pub(super) fn bundle(&self, artifact: &Artifact<'_>, digest: &str, predicate: &str) -> Value {
        let hex = digest.trim_start_matches("sha256:");
        let statement = json!({
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{ "digest": { "sha256": hex } }],
            "predicateType": predicate,
            "predicate": {},
        });
        let statement = statement.to_string();
        let kind = "application/vnd.in-toto+json";
        let signed = format!("DSSEv1 28 {kind} {} {statement}", statement.len());
        let bundle = json!({
            "mediaType": BUNDLE,
            "verificationMaterial": { "publicKey": { "hint": "aGludA==" } },
            "dsseEnvelope": {
                "payload": STANDARD.encode(&statement),
                "payloadType": kind,
                "signatures": [{ "sig": self.sign(signed.as_bytes()) }],
            },
        });
        let layer = artifact.descriptor(BUNDLE, bundle.to_string().as_bytes());
        let config = artifact.descriptor("application/vnd.oci.empty.v1+json", b"{}");
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "artifactType": BUNDLE,
            "config": config, "layers": [layer],
            "subject": { "mediaType": MANIFEST, "digest": artifact.digest, "size": 1 },
        });
        let referrer = artifact.put(None, &manifest);
        json!({
            "schemaVersion": 2, "mediaType": INDEX,
            "manifests": [{
                "mediaType": MANIFEST, "artifactType": BUNDLE,
                "digest": referrer, "size": manifest.to_string().len(),
            }],
        })
    }

    /// Signs an artifact as cosign 3 does where a registry has no referrers.
    pub(super) fn sign_bundled(&self, artifact: &Artifact<'_>, digest: &str, predicate: &str) {
        let index = self.bundle(artifact, digest, predicate);
        artifact.put(Some(&artifact.tag()), &index);
    }
}
