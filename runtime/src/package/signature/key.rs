//! Public keys, and what they have signed.

use std::{fmt, fs, io::Read as _, path::Path};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::signature::{ECDSA_P256_SHA256_ASN1, ED25519, UnparsedPublicKey};

use super::MAX_SIGNATURE_BYTES;
use crate::{
    package::digest::Digest,
    policy::{Invalid, quoted},
};

/// What stands before the point of a P-256 key: RFC 5480, `id-ecPublicKey` with
/// `secp256r1` and a bit string of 65 bytes.
const P256_HEAD: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// What stands before an Ed25519 key: RFC 8410, and a bit string of 32 bytes.
const ED25519_HEAD: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// Whose format a key is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `minisign.pub`, or its second line.
    Minisign,
    /// `cosign.pub`: PEM, ECDSA P-256 or Ed25519.
    Cosign,
}

/// A public key.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    scheme: Scheme,
    bytes: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// Ed25519, with an id before it, as minisign uses it.
    Minisign,
    EcdsaP256,
    Ed25519,
}

impl KeyKind {
    /// What is accepted, in words.
    pub fn accepted(self) -> &'static str {
        match self {
            KeyKind::Minisign => {
                "the key that begins with RW in minisign.pub, or { file = \"PATH\" }"
            }
            KeyKind::Cosign => {
                "the text of cosign.pub, \"-----BEGIN PUBLIC KEY-----…\", a key for ECDSA P-256 or \
                 Ed25519, or { file = \"PATH\" }"
            }
        }
    }

    /// Reads a key.
    ///
    /// # Errors
    /// Text that is none.
    pub fn parse(self, text: &str) -> Result<PublicKey, Invalid> {
        let key = match self {
            KeyKind::Minisign => parse_minisign(text),
            KeyKind::Cosign => parse_pem(text),
        };
        key.ok_or_else(|| {
            let first = text.trim().lines().next().unwrap_or_default();
            Invalid::new(
                format!("{} is not a public key of {self}", quoted(first)),
                self.accepted(),
            )
        })
    }

    /// Reads a key from a file. The error says why it is none.
    pub(super) fn read(self, path: &Path) -> Result<PublicKey, String> {
        let mut text = String::new();
        let file = fs::File::open(path).map_err(|error| error.to_string())?;
        file.take(MAX_SIGNATURE_BYTES)
            .read_to_string(&mut text)
            .map_err(|error| error.to_string())?;
        self.parse(&text).map_err(|invalid| invalid.to_string())
    }
}

impl PublicKey {
    /// The digest of the key.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// Checks a signature file of minisign, and gives its trusted comment.
    pub(super) fn verify_minisign(&self, signed: &[u8], text: &str) -> Result<String, String> {
        if self.scheme != Scheme::Minisign {
            return Err("minisign made it, and the key is one of cosign".to_owned());
        }
        let key = minisign_verify::PublicKey::from_base64(&STANDARD.encode(&self.bytes))
            .map_err(|error| error.to_string())?;
        let signature = minisign_verify::Signature::decode(text)
            .map_err(|_| "it is not a signature of minisign".to_owned())?;
        key.verify(signed, &signature, true)
            .map_err(|error| match error {
                minisign_verify::Error::UnexpectedKeyId => "another key has made it".to_owned(),
                _ => "it is of something else, or was changed".to_owned(),
            })?;
        Ok(signature.trusted_comment().to_owned())
    }

    /// Checks a signature in base64.
    pub(super) fn verify_cosign(&self, signed: &[u8], signature: &str) -> Result<(), String> {
        let algorithm: &dyn ring::signature::VerificationAlgorithm = match self.scheme {
            Scheme::EcdsaP256 => &ECDSA_P256_SHA256_ASN1,
            Scheme::Ed25519 => &ED25519,
            Scheme::Minisign => {
                return Err("cosign made it, and the key is one of minisign".to_owned());
            }
        };
        let signature = STANDARD
            .decode(signature)
            .map_err(|_| "it is not base64".to_owned())?;
        UnparsedPublicKey::new(algorithm, &self.bytes)
            .verify(signed, &signature)
            .map_err(|_| "another key has made it, or it was changed".to_owned())
    }
}

/// The key itself, or the two lines of its file.
fn parse_minisign(text: &str) -> Option<PublicKey> {
    let line = text.trim().lines().next_back()?.trim();
    minisign_verify::PublicKey::from_base64(line).ok()?;
    Some(PublicKey {
        scheme: Scheme::Minisign,
        bytes: STANDARD.decode(line).ok()?,
    })
}

fn parse_pem(text: &str) -> Option<PublicKey> {
    let body = text
        .trim()
        .strip_prefix("-----BEGIN PUBLIC KEY-----")?
        .strip_suffix("-----END PUBLIC KEY-----")?;
    let base64: String = body.split_whitespace().collect();
    let der = STANDARD.decode(base64).ok()?;
    let key = |scheme, bytes: &[u8]| PublicKey {
        scheme,
        bytes: bytes.to_owned(),
    };
    if let Some(point) = der.strip_prefix(&P256_HEAD) {
        // Only a point with both coordinates is what the signature is checked by.
        return (point.len() == 65 && point[0] == 4).then(|| key(Scheme::EcdsaP256, point));
    }
    let bytes = der.strip_prefix(&ED25519_HEAD)?;
    (bytes.len() == 32).then(|| key(Scheme::Ed25519, bytes))
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            KeyKind::Minisign => "minisign",
            KeyKind::Cosign => "cosign",
        })
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.scheme, STANDARD.encode(&self.bytes))
    }
}
