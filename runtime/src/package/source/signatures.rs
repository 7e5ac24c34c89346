//! The signatures that lie beside what is fetched.
//!
//! They are found here and checked elsewhere ([`Signature`]). One that is not there,
//! is too large or has no digest that names it is passed over; content that is not
//! what its digest says is an error.

use oci_client::manifest::OCI_IMAGE_INDEX_MEDIA_TYPE as INDEX_TYPE;
use reqwest::StatusCode;
use url::Url;

use super::super::signature::{
    BUNDLE, MAX_SIGNATURE_BYTES, MINISIG, Signature, bundle_layer, bundle_manifests, cosign_layers,
    cosign_tag, referrers_tag,
};
use super::artifact::{MANIFEST_TYPE, is_sha256};
use super::error::SourceError;
use super::registry::{MAX_MANIFEST_BYTES, Registry, digested, expect};
use super::web::{self, Web};

/// What is asked for by digest: with the type, without which some registries do
/// not give a manifest.
const ACCEPTED: &str = "application/vnd.oci.image.manifest.v1+json, */*";

impl Web {
    /// The signature of a file, which is a file beside it.
    pub(super) async fn signatures(&self, file: &Url) -> Result<Vec<Signature>, SourceError> {
        let mut url = file.clone();
        url.set_path(&format!("{}{MINISIG}", file.path()));
        let place = url.to_string();
        let response = self.send(self.client().get(url), &place).await?;
        if matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::GONE) {
            return Ok(Vec::new());
        }
        let response = web::succeeded(response, &place).await?;
        let text = web::body(response, &place, MAX_SIGNATURE_BYTES, &()).await?;
        Ok(vec![Signature::minisign(place, &text)])
    }
}

impl Registry {
    /// What cosign has signed an artifact with, in both of its formats.
    pub(super) async fn signatures(
        &mut self,
        artifact: &str,
    ) -> Result<Vec<Signature>, SourceError> {
        let mut signatures = Vec::new();
        let tag = format!("manifests/{}", cosign_tag(artifact));
        let manifest = self.find(&tag, MANIFEST_TYPE, MAX_MANIFEST_BYTES).await?;
        for layer in cosign_layers(&manifest.unwrap_or_default()) {
            if let Some(payload) = self.named("blobs", &layer.payload).await? {
                let signature = layer.signature;
                signatures.push(Signature::Cosign { payload, signature });
            }
        }
        for manifest in self.bundles(artifact).await? {
            let Some(manifest) = self.named("manifests", &manifest).await? else {
                continue;
            };
            let Some(layer) = bundle_layer(&manifest) else {
                continue;
            };
            if let Some(json) = self.named("blobs", &layer).await? {
                signatures.push(Signature::Bundle { json });
            }
        }
        Ok(signatures)
    }

    /// The digests of the manifests of an artifact's bundles. A registry that does
    /// not know of referrers, of which some answer with a page for people, has them
    /// at a tag.
    async fn bundles(&mut self, artifact: &str) -> Result<Vec<String>, SourceError> {
        let mut kind = url::form_urlencoded::Serializer::new(String::new());
        let kind = kind.append_pair("artifactType", BUNDLE).finish();
        let asked = format!("referrers/{artifact}?{kind}");
        let tag = format!("manifests/{}", referrers_tag(artifact));
        for place in [asked, tag] {
            let index = self.find(&place, INDEX_TYPE, MAX_MANIFEST_BYTES).await?;
            let found = bundle_manifests(&index.unwrap_or_default());
            if !found.is_empty() {
                return Ok(found);
            }
        }
        Ok(Vec::new())
    }

    /// Content of a signature by the digest that strangers have given it.
    async fn named(&mut self, kind: &str, digest: &str) -> Result<Option<Vec<u8>>, SourceError> {
        if !is_sha256(digest) {
            return Ok(None);
        }
        let place = format!("{kind}/{digest}");
        match self.find(&place, ACCEPTED, MAX_SIGNATURE_BYTES).await {
            Ok(Some(content)) => {
                let (content, found) = digested(content);
                let what = format!("a signature at {place} in registry `{}`", self.name);
                expect(what, digest, &found)?;
                Ok(Some(content))
            }
            // Of a statement with much in it, such as what it was built of.
            Ok(None) | Err(SourceError::TooLarge { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
