//! A plugin as an artifact of a registry.
//!
//! The layout is the CNCF's for WebAssembly ("Wasm OCI Artifact layout", TAG
//! Runtime): a manifest, a config that says what the component exports and
//! imports, and one layer, the component. Ours carries the plugin's manifest, so
//! that whoever knows the layout can run it, and we need nothing beside it.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci_client::annotations as key;
use oci_client::client::ImageLayer;
use oci_client::manifest::{OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageManifest};
use serde_json::json;

use super::super::folder::{MAX_COMPONENT_BYTES, Package};
use super::error::SourceError;
use crate::policy::quoted;

/// The type of a manifest, which is an image's.
pub(super) const MANIFEST_TYPE: &str = OCI_IMAGE_MEDIA_TYPE;
const CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";
const LAYER_TYPE: &str = "application/wasm";
/// When it was made: never, so that the same plugin is the same artifact.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// The names of what a component exports and imports.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Interfaces {
    /// What it exports.
    pub exports: Vec<String>,
    /// What it imports.
    pub imports: Vec<String>,
}

/// The three parts, as they are sent.
pub(super) struct Artifact {
    pub(super) manifest: Vec<u8>,
    pub(super) config: Bytes,
    pub(super) layer: Bytes,
}

/// What a manifest says of its layer.
pub(super) struct Layer {
    /// `sha256:` and 64 digits.
    pub(super) digest: String,
    pub(super) size: u64,
}

impl Artifact {
    pub(super) fn new(package: Package, interfaces: &Interfaces) -> Result<Self, SourceError> {
        let manifest = &package.manifest;
        let layer = Bytes::from(package.component);
        let authors = (!manifest.authors.is_empty()).then(|| manifest.authors.join(", "));
        let config = json!({
            "created": CREATED,
            "author": authors,
            "architecture": "wasm",
            "os": "wasip2",
            "layerDigests": [sha256(&layer)],
            "component": {
                "exports": interfaces.exports,
                "imports": interfaces.imports,
                "target": null,
            },
        });
        let config = Bytes::from(config.to_string());
        let annotations = [
            (
                key::ORG_OPENCONTAINERS_IMAGE_TITLE,
                Some(manifest.name.clone()),
            ),
            (
                key::ORG_OPENCONTAINERS_IMAGE_VERSION,
                Some(manifest.version.to_string()),
            ),
            (
                key::ORG_OPENCONTAINERS_IMAGE_DESCRIPTION,
                Some(manifest.description.clone()),
            ),
            (key::ORG_OPENCONTAINERS_IMAGE_URL, manifest.homepage.clone()),
            (
                key::ORG_OPENCONTAINERS_IMAGE_SOURCE,
                manifest.repository.clone(),
            ),
            (
                key::ORG_OPENCONTAINERS_IMAGE_LICENSES,
                manifest.license.clone(),
            ),
            (key::ORG_OPENCONTAINERS_IMAGE_AUTHORS, authors),
        ];
        let annotations: BTreeMap<String, String> = annotations
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)))
            .collect();
        let descriptor = |media_type: &str, bytes: &Bytes| OciDescriptor {
            media_type: media_type.to_owned(),
            digest: sha256(bytes),
            size: bytes.len() as i64,
            ..OciDescriptor::default()
        };
        let manifest = OciImageManifest {
            media_type: Some(MANIFEST_TYPE.to_owned()),
            config: descriptor(CONFIG_TYPE, &config),
            layers: vec![descriptor(LAYER_TYPE, &layer)],
            annotations: Some(annotations),
            ..OciImageManifest::default()
        };
        let manifest = serde_json::to_vec(&manifest)
            .map_err(|error| SourceError::Here(format!("no manifest can be written: {error}")))?;
        Ok(Self {
            manifest,
            config,
            layer,
        })
    }
}

/// The one layer that a manifest names, if it is a component of a size that is
/// taken. `reference` says whose manifest it is, for messages.
pub(super) fn layer(manifest: &[u8], reference: &str) -> Result<Layer, SourceError> {
    let artifact = |problem: String| SourceError::Artifact {
        reference: reference.to_owned(),
        problem,
    };
    let manifest: OciImageManifest = serde_json::from_slice(manifest).map_err(|error| {
        artifact(format!(
            "its manifest is not that of one artifact ({error}); accepted: {MANIFEST_TYPE}"
        ))
    })?;
    let kind = &manifest.config.media_type;
    if kind != CONFIG_TYPE {
        return Err(artifact(format!(
            "it is of the type {}; accepted: {CONFIG_TYPE}, which `portcullis push` and other \
             tools for components make",
            quoted(kind)
        )));
    }
    let [layer] = manifest.layers.as_slice() else {
        return Err(artifact(format!(
            "it has {} layers; accepted: one, the component",
            manifest.layers.len()
        )));
    };
    if layer.media_type != LAYER_TYPE {
        return Err(artifact(format!(
            "its layer is of the type {}; accepted: {LAYER_TYPE}",
            quoted(&layer.media_type)
        )));
    }
    if !is_sha256(&layer.digest) {
        return Err(artifact(format!(
            "the digest of its layer is {}; accepted: sha256: and 64 digits",
            quoted(&layer.digest)
        )));
    }
    let size = u64::try_from(layer.size)
        .map_err(|_| artifact(format!("its layer has {} bytes", layer.size)))?;
    if size > MAX_COMPONENT_BYTES {
        return Err(SourceError::TooLarge {
            place: reference.to_owned(),
            size,
            cut: false,
            max: MAX_COMPONENT_BYTES,
        });
    }
    Ok(Layer {
        digest: layer.digest.clone(),
        size,
    })
}

pub(super) fn is_sha256(digest: &str) -> bool {
    digest.strip_prefix("sha256:").is_some_and(|digits| {
        digits.len() == 64
            && digits
                .bytes()
                .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    })
}

/// The digest by which registries know content.
pub(super) fn sha256(bytes: &Bytes) -> String {
    ImageLayer::new(bytes.clone(), String::new(), None).sha256_digest()
}
