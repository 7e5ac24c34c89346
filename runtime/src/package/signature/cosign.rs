//! What cosign signs: a statement about an OCI artifact, by its digest.
//!
//! The two formats are those of cosign's `SIGNATURE_SPEC.md` (a layer of the type
//! `application/vnd.dev.cosign.simplesigning.v1+json`) and `BUNDLE_SPEC.md` (a
//! Sigstore bundle with an in-toto statement in a DSSE envelope, the default of
//! cosign 3).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use super::key::PublicKey;
use crate::policy::quoted;

const PAYLOAD_TYPE: &str = "cosign container image signature";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const ENVELOPE_TYPE: &str = "application/vnd.in-toto+json";
/// Of a signature; bundles of other predicates say something else about the
/// artifact, such as how it was built.
const PREDICATE_TYPE: &str = "https://sigstore.dev/cosign/sign/v1";

#[derive(Deserialize)]
struct Payload {
    critical: Critical,
}

#[derive(Deserialize)]
struct Critical {
    image: Image,
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Image {
    #[serde(rename = "docker-manifest-digest")]
    digest: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    dsse_envelope: Option<Envelope>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    payload: String,
    payload_type: String,
    signatures: Vec<EnvelopeSignature>,
}

#[derive(Deserialize)]
struct EnvelopeSignature {
    sig: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    predicate_type: String,
}

#[derive(Deserialize)]
struct Subject {
    digest: Sha256,
}

#[derive(Deserialize)]
struct Sha256 {
    #[serde(default)]
    sha256: String,
}

/// Checks that a payload, whose signature was checked, is about this artifact.
pub(super) fn check_payload(payload: &[u8], artifact: &str) -> Result<(), String> {
    let payload: Payload = serde_json::from_slice(payload)
        .map_err(|error| format!("its payload cannot be read: {error}"))?;
    let Critical { image, kind } = payload.critical;
    if kind != PAYLOAD_TYPE {
        return Err(format!(
            "its payload is of the type {}; accepted: `{PAYLOAD_TYPE}`",
            quoted(&kind)
        ));
    }
    if image.digest != artifact {
        return Err(of_another(&image.digest, artifact));
    }
    Ok(())
}

/// Checks a bundle's signature, and that it is about this artifact.
pub(super) fn check_bundle(json: &[u8], key: &PublicKey, artifact: &str) -> Result<(), String> {
    let bundle: Bundle =
        serde_json::from_slice(json).map_err(|error| format!("it cannot be read: {error}"))?;
    let Some(envelope) = bundle.dsse_envelope else {
        return Err("it has no `dsseEnvelope`".to_owned());
    };
    if envelope.payload_type != ENVELOPE_TYPE {
        return Err(format!(
            "its envelope has the type {}; accepted: `{ENVELOPE_TYPE}`",
            quoted(&envelope.payload_type)
        ));
    }
    let [signature] = envelope.signatures.as_slice() else {
        let count = envelope.signatures.len();
        return Err(format!(
            "its envelope has {count} signatures; accepted: one"
        ));
    };
    let statement = STANDARD
        .decode(&envelope.payload)
        .map_err(|_| "its payload is not base64".to_owned())?;
    key.verify_cosign(
        &authenticated(&envelope.payload_type, &statement),
        &signature.sig,
    )?;
    let statement: Statement = serde_json::from_slice(&statement)
        .map_err(|error| format!("its statement cannot be read: {error}"))?;
    for (what, found, accepted) in [
        ("statement", &statement.kind, STATEMENT_TYPE),
        ("predicate", &statement.predicate_type, PREDICATE_TYPE),
    ] {
        if found != accepted {
            let found = quoted(found);
            return Err(format!(
                "its {what} is of the type {found}; accepted: `{accepted}`"
            ));
        }
    }
    let of_this =
        |subject: &Subject| artifact.strip_prefix("sha256:") == Some(&subject.digest.sha256);
    if statement.subject.iter().any(of_this) {
        return Ok(());
    }
    let first = statement.subject.first();
    let found = first.map_or("", |subject| subject.digest.sha256.as_str());
    Err(of_another(&format!("sha256:{found}"), artifact))
}

/// What DSSE signs in the place of a payload: its protocol's "PAE".
fn authenticated(kind: &str, payload: &[u8]) -> Vec<u8> {
    let mut text = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len()).into_bytes();
    text.extend_from_slice(payload);
    text
}

fn of_another(found: &str, artifact: &str) -> String {
    format!(
        "it is of another artifact, {}; this one is `{artifact}`",
        quoted(found)
    )
}
