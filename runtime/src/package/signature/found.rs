//! Where cosign keeps what it has signed, for whoever fetches it.
//!
//! Of the artifact `sha256:HEX` the repository has
//! - under the tag `sha256-HEX.sig` a manifest with a layer for each signature,
//!   whose annotation is the signature ([`cosign_layers`]);
//! - as referrers, in the index that `/v2/NAME/referrers/sha256:HEX` answers with
//!   or, where the registry has no such thing, the tag `sha256-HEX` names, manifests
//!   of bundles ([`bundle_manifests`]), each with one layer ([`bundle_layer`]).
//!
//! Everything here is by strangers; what is of another form is passed over.

use std::collections::BTreeMap;

use serde::Deserialize;

/// So many signatures of an artifact are looked at, of each format.
const MAX_SIGNATURES: usize = 16;
const PAYLOAD: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The type of a bundle.
pub(in crate::package) const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SIGNATURE: &str = "dev.cosignproject.cosign/signature";

/// A layer that is signed, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::package) struct CosignLayer {
    /// The digest of the payload.
    pub payload: String,
    /// The signature in base64.
    pub signature: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    #[serde(default)]
    layers: Vec<Descriptor>,
    /// Those of an index.
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    artifact_type: String,
    digest: String,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// The tag of an artifact's signatures.
pub(in crate::package) fn cosign_tag(artifact: &str) -> String {
    referrers_tag(artifact) + ".sig"
}

/// The tag of an artifact's referrers, where the registry cannot be asked.
pub(in crate::package) fn referrers_tag(artifact: &str) -> String {
    artifact.replacen(':', "-", 1)
}

/// The signed layers of the manifest at [`cosign_tag`].
pub(in crate::package) fn cosign_layers(manifest: &[u8]) -> Vec<CosignLayer> {
    let layers = read(manifest).layers.into_iter();
    let signed = layers.filter(|layer| layer.media_type == PAYLOAD);
    let signed = signed.filter_map(|mut layer| {
        Some(CosignLayer {
            signature: layer.annotations.remove(SIGNATURE)?,
            payload: layer.digest,
        })
    });
    signed.take(MAX_SIGNATURES).collect()
}

/// The digests of the bundles' manifests in an index of referrers.
pub(in crate::package) fn bundle_manifests(index: &[u8]) -> Vec<String> {
    let manifests = read(index).manifests.into_iter();
    let bundles = manifests.filter(|manifest| manifest.artifact_type == BUNDLE);
    bundles
        .map(|manifest| manifest.digest)
        .take(MAX_SIGNATURES)
        .collect()
}

/// The digest of the bundle in a bundle's manifest.
pub(in crate::package) fn bundle_layer(manifest: &[u8]) -> Option<String> {
    let mut layers = read(manifest).layers.into_iter();
    layers
        .find(|layer| layer.media_type == BUNDLE)
        .map(|layer| layer.digest)
}

fn read(manifest: &[u8]) -> Manifest {
    serde_json::from_slice(manifest).unwrap_or(Manifest {
        layers: Vec::new(),
        manifests: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARTIFACT: &str =
        "sha256:97fc222cee7991b5b061d4d4afdb5f3428fcb0c9054e1690313786befa1e4e36";

    #[test]
    fn tags_are_those_of_the_specifications() {
        assert_eq!(
            cosign_tag(ARTIFACT),
            "sha256-97fc222cee7991b5b061d4d4afdb5f3428fcb0c9054e1690313786befa1e4e36.sig"
        );
        assert_eq!(
            format!("{}.sig", referrers_tag(ARTIFACT)),
            cosign_tag(ARTIFACT)
        );
    }

    #[test]
    fn signatures_are_found_among_other_things() {
        let manifest = json!({
            "schemaVersion": 2,
            "config": { "mediaType": "application/vnd.oci.image.config.v1+json" },
            "layers": [
                { "mediaType": PAYLOAD, "size": 210, "digest": "sha256:11",
                  "annotations": { SIGNATURE: "MEUC" } },
                { "mediaType": PAYLOAD, "size": 210, "digest": "sha256:22" },
                { "mediaType": "text/plain", "size": 1, "digest": "sha256:33",
                  "annotations": { SIGNATURE: "MEUC" } },
            ]
        });
        let found = cosign_layers(manifest.to_string().as_bytes());
        let expected = CosignLayer {
            payload: "sha256:11".to_owned(),
            signature: "MEUC".to_owned(),
        };
        assert_eq!(found, [expected]);
        let index = json!({
            "schemaVersion": 2,
            "manifests": [
                { "mediaType": "application/vnd.oci.image.manifest.v1+json",
                  "digest": "sha256:44", "size": 779, "artifactType": BUNDLE },
                { "mediaType": "application/vnd.oci.image.manifest.v1+json",
                  "digest": "sha256:55", "size": 779, "artifactType": "application/spdx+json" },
            ]
        });
        assert_eq!(
            bundle_manifests(index.to_string().as_bytes()),
            ["sha256:44"]
        );
        let bundle = json!({
            "artifactType": BUNDLE,
            "layers": [{ "mediaType": BUNDLE, "digest": "sha256:66", "size": 4971 }],
        });
        let layer = bundle_layer(bundle.to_string().as_bytes());
        assert_eq!(layer.as_deref(), Some("sha256:66"));
    }

    #[test]
    fn anything_else_has_no_signatures() {
        portcullis_seeded::check(500, |source| {
            let json = source.json(4);
            let bytes = source.bytes(60);
            for bytes in [json.as_bytes(), &bytes] {
                cosign_layers(bytes);
                assert_eq!(bundle_manifests(bytes), [""; 0]);
                assert_eq!(bundle_layer(bytes), None);
            }
        });
    }
}
