//! Who made a plugin: its signatures, and the keys that the admin trusts.
//!
//! What a signature has to cover is all that is installed, component and
//! manifest together: a signed component could otherwise be given a manifest
//! that asks for more.
//! - A **folder** is signed by its list of digests, `SHA256SUMS` (as `sha256sum`
//!   writes it), which names the manifest and the component, and by
//!   `SHA256SUMS.minisig`, which signs the list.
//! - A **packed file** holds its manifest and is signed as it is, by
//!   `FILE.minisig`.
//! - An **OCI artifact** is signed by cosign with a pair of keys, in either of its
//!   formats: a payload that names the artifact's digest (tag `sha256-….sig`), or a
//!   bundle with such a statement (a referrer). Certificates and transparency logs
//!   are not looked at: it is the key that the admin trusts.
//!
//! A source that a trusted key is for has to be signed by such a key, and every
//! source has to if the admin requires signatures. Nothing here fetches: what
//! came with a plugin is a [`Proof`].

mod cosign;
mod found;
mod key;
mod source;
mod sums;

use std::path::PathBuf;

pub(super) use found::{
    BUNDLE, bundle_layer, bundle_manifests, cosign_layers, cosign_tag, referrers_tag,
};
pub use key::{KeyKind, PublicKey};
pub use source::SourcePattern;
pub use sums::SUMS_FILE;

use super::{digest::Digest, folder::Package};
use crate::policy::quoted;

/// The largest signature or list of digests that is read.
pub const MAX_SIGNATURE_BYTES: u64 = 64 << 10;

/// What the name of a signature by minisign has after that of what it signs.
pub(super) const MINISIG: &str = ".minisig";

/// What came with a plugin and may prove who made it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// Whether the plugin came as one file, which is its component now.
    pub packed: bool,
    /// The content of `SHA256SUMS`, if the plugin is a folder that has it.
    pub sums: Option<Vec<u8>>,
    /// The digest of the OCI artifact that it came as, `sha256:…`.
    pub artifact: Option<String>,
    /// All signatures that were found.
    pub signatures: Vec<Signature>,
}

/// A signature as it was found, not yet checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// By minisign, of the packed file or of `SHA256SUMS`.
    Minisign {
        /// Where it was found.
        name: String,
        /// The signature file.
        text: String,
    },
    /// By cosign, of an OCI artifact: one layer of the manifest at its tag
    /// `sha256-….sig`.
    Cosign {
        /// The layer, which is what is signed.
        payload: Vec<u8>,
        /// The layer's annotation `dev.cosignproject.cosign/signature`.
        signature: String,
    },
    /// By cosign, of an OCI artifact: the layer of a referrer of the type
    /// `application/vnd.dev.sigstore.bundle.v0.3+json`.
    Bundle {
        /// The layer.
        json: Vec<u8>,
    },
}

/// Whom the admin trusts: `[trust]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trust {
    /// Whether each plugin has to be signed. Default `false`.
    pub require_signature: bool,
    /// The keys that are trusted.
    pub keys: Vec<TrustedKey>,
}

/// A key that the admin trusts with some sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// What the admin calls it.
    pub name: String,
    /// What it is trusted with.
    pub source: SourcePattern,
    /// The key.
    pub key: KeySource,
}

/// Where a trusted key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// In the configuration.
    Inline(PublicKey),
    /// In a file, absolute when the configuration's path is.
    File(KeyKind, PathBuf),
}

/// Whose signature a plugin was installed with; the lock file keeps it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Signer {
    /// The name of the key, as the admin called it then.
    pub name: String,
    /// The digest of the key itself.
    pub key: Digest,
}

/// A signature that a trusted key has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Whose it is.
    pub by: Signer,
    /// What the signer wrote into it; signed as well.
    pub comment: Option<String>,
}

/// A plugin that the admin's trust does not cover.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Untrusted {
    /// Signatures are required, and no key is for this source.
    #[error("it has to be signed, since `require-signature` is set, and no key in [trust] is for {}; add a [[trust.key]] whose `source` matches it", quoted(.0))]
    NoKey(String),
    /// It has no signature.
    #[error(
        "it is not signed, and has to be by {keys}, since [trust] names that for its source; {wanted}"
    )]
    Unsigned {
        /// Who would have to.
        keys: String,
        /// What would be accepted.
        wanted: String,
    },
    /// No signature is by a key that is trusted.
    #[error("it is not signed by {keys}, as [trust] wants for its source: {reasons}")]
    Refused {
        /// Who would have to.
        keys: String,
        /// What is wrong with each signature.
        reasons: String,
    },
    /// A signature was given, and no key is there to check it.
    #[error("its signature cannot be checked, since no key in [trust] is for {}; add a [[trust.key]] whose `source` matches it", quoted(.0))]
    Unchecked(String),
    /// A key is in a file that cannot be used.
    #[error("the key `{name}` of [trust] cannot be read from {}: {cause}", path.display())]
    Key {
        /// The key.
        name: String,
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// It was installed without a signature.
    #[error("it was installed without a signature, and [trust] wants one of it now")]
    Unproven,
    /// It was installed with a signature by a key that is not trusted any more.
    #[error(
        "it was installed with a signature by `{0}`, and [trust] has no such key for its source now"
    )]
    Revoked(String),
}

impl Trust {
    /// Whether a plugin from this source may be installed, and who signed it, if
    /// somebody had to.
    ///
    /// # Errors
    /// It has to be signed and is not, by none of the keys for its source.
    pub fn check(&self, source: &str, package: &Package) -> Result<Option<Signed>, Untrusted> {
        let keys = self.keys_for(source)?;
        if keys.is_empty() {
            return match self.require_signature {
                true => Err(Untrusted::NoKey(source.to_owned())),
                false => Ok(None),
            };
        }
        let names = names(&keys);
        let mut reasons = Vec::new();
        for signature in &package.proof.signatures {
            for (trusted, key) in &keys {
                match signature.verify(key, package) {
                    Ok(comment) => {
                        return Ok(Some(Signed {
                            by: Signer {
                                name: trusted.name.clone(),
                                key: key.digest(),
                            },
                            comment,
                        }));
                    }
                    Err(reason) => reasons.push(reason),
                }
            }
        }
        reasons.dedup();
        Err(match reasons.as_slice() {
            [] => Untrusted::Unsigned {
                keys: names,
                wanted: wanted(&package.proof).to_owned(),
            },
            reasons => Untrusted::Refused {
                keys: names,
                reasons: reasons.join("; "),
            },
        })
    }

    /// Whether an installed plugin is still one that the admin trusts: by what
    /// the lock file has of its signature.
    ///
    /// # Errors
    /// It has to be signed by now and was not, or by a key that is gone.
    pub fn still(&self, source: &str, signer: Option<&Signer>) -> Result<(), Untrusted> {
        let keys = self.keys_for(source)?;
        match signer {
            None if keys.is_empty() && !self.require_signature => Ok(()),
            None => Err(Untrusted::Unproven),
            // Who is not asked to be signed need not have been by a key of today.
            Some(_) if keys.is_empty() && !self.require_signature => Ok(()),
            Some(signer) if keys.iter().any(|(_, key)| key.digest() == signer.key) => Ok(()),
            Some(signer) => Err(Untrusted::Revoked(signer.name.clone())),
        }
    }

    /// Whether a key is for this source, so that a signature can be checked.
    pub fn covers(&self, source: &str) -> bool {
        self.keys.iter().any(|key| key.source.matches(source))
    }

    fn keys_for(&self, source: &str) -> Result<Vec<(&TrustedKey, PublicKey)>, Untrusted> {
        let matching = self.keys.iter().filter(|key| key.source.matches(source));
        matching
            .map(|trusted| {
                let key = match &trusted.key {
                    KeySource::Inline(key) => Ok(key.clone()),
                    KeySource::File(kind, path) => {
                        kind.read(path).map_err(|cause| Untrusted::Key {
                            name: trusted.name.clone(),
                            path: path.clone(),
                            cause,
                        })
                    }
                }?;
                Ok((trusted, key))
            })
            .collect()
    }
}

impl Signature {
    /// A signature file of minisign.
    pub(super) fn minisign(name: String, text: &[u8]) -> Self {
        Self::Minisign {
            name,
            text: String::from_utf8_lossy(text).into_owned(),
        }
    }

    /// Checks the signature by one key, and gives what the signer wrote into it.
    ///
    /// The error says what is wrong, of this signature.
    fn verify(&self, key: &PublicKey, package: &Package) -> Result<Option<String>, String> {
        let proof = &package.proof;
        match self {
            Signature::Minisign { name, text } => {
                let refused = |cause: String| format!("{}: {cause}", quoted(name));
                let signed = if proof.packed {
                    package.component.as_slice()
                } else {
                    proof
                        .sums
                        .as_deref()
                        .ok_or_else(|| refused(format!("there is no {SUMS_FILE} for it to sign")))?
                };
                let comment = key.verify_minisign(signed, text).map_err(refused)?;
                if !proof.packed {
                    sums::check(signed, package)?;
                }
                Ok(Some(comment))
            }
            Signature::Cosign { payload, signature } => {
                let refused = |cause: String| format!("the signature by cosign: {cause}");
                key.verify_cosign(payload, signature).map_err(refused)?;
                cosign::check_payload(payload, artifact(proof)?).map_err(refused)?;
                Ok(None)
            }
            Signature::Bundle { json } => {
                let refused = |cause: String| format!("the bundle by cosign: {cause}");
                cosign::check_bundle(json, key, artifact(proof)?).map_err(refused)?;
                Ok(None)
            }
        }
    }
}

fn artifact(proof: &Proof) -> Result<&str, String> {
    let artifact = proof.artifact.as_deref();
    artifact.ok_or_else(|| "cosign signs OCI artifacts, and this is none".to_owned())
}

fn names(keys: &[(&TrustedKey, PublicKey)]) -> String {
    let names: Vec<String> = keys
        .iter()
        .map(|(trusted, _)| format!("`{}`", trusted.name))
        .collect();
    names.join(" or ")
}

/// What a plugin that came like this would have to have.
fn wanted(proof: &Proof) -> &'static str {
    if proof.artifact.is_some() {
        "accepted: `cosign sign --key`, or `portcullis add --signature FILE` with a minisign signature of the packed file"
    } else if proof.packed {
        "accepted: FILE.minisig beside it, or `portcullis add --signature FILE`"
    } else {
        "accepted: SHA256SUMS with the digests of plugin.toml and the component, and \
         SHA256SUMS.minisig beside it, or `portcullis add --signature FILE`"
    }
}

#[cfg(test)]
mod tests;
