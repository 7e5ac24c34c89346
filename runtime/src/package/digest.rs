//! Digests of content.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::Path,
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::policy::{Invalid, quoted};

/// The BLAKE3 digest of some bytes, written `blake3:` and 64 lower-case
/// hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Content that is not what its digest says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the digest is {found}, expected {expected}")]
pub struct DigestMismatch {
    /// What it should be.
    pub expected: Digest,
    /// What it is.
    pub found: Digest,
}

/// What a digest may be, for messages.
pub(crate) const ACCEPTED: &str = "blake3: and 64 lower-case hexadecimal digits";

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// The digest of a file's content, which is read in pieces.
    ///
    /// # Errors
    /// Whatever opening and reading the file gives.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match file.read(&mut buffer) {
                Ok(0) => return Ok(Self(*hasher.finalize().as_bytes())),
                Ok(count) => hasher.update(&buffer[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
        }
    }

    /// Accepts bytes that have this digest.
    ///
    /// # Errors
    /// Both digests when they differ.
    pub fn verify(&self, bytes: &[u8]) -> Result<(), DigestMismatch> {
        let found = Self::of(bytes);
        if found == *self {
            Ok(())
        } else {
            Err(DigestMismatch {
                expected: *self,
                found,
            })
        }
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hexadecimal digits, without the algorithm: a file name.
    pub fn to_hex(&self) -> String {
        text(&self.written())[ALGORITHM.len()..].to_owned()
    }

    /// As it is written, in ASCII. Each line of the audit log has two, and the
    /// digits of [`blake3::Hash::to_hex`], put in one by one, were a third of what
    /// a line takes.
    fn written(&self) -> [u8; WRITTEN] {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut written = [0; WRITTEN];
        let (algorithm, digits) = written.split_at_mut(ALGORITHM.len());
        algorithm.copy_from_slice(ALGORITHM.as_bytes());
        for (pair, byte) in digits.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        written
    }
}

/// What a digest is written with in front of its digits.
const ALGORITHM: &str = "blake3:";
/// How long a digest is as it is written.
const WRITTEN: usize = ALGORITHM.len() + 64;

/// What [`Digest::written`] gave, as text.
fn text(written: &[u8; WRITTEN]) -> &str {
    str::from_utf8(written).expect("it is ASCII")
}

impl FromStr for Digest {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = || Invalid::new(format!("{} is not a digest", quoted(text)), ACCEPTED);
        let hex = text.strip_prefix(ALGORITHM).ok_or_else(refused)?;
        // One digest has one spelling, so that digests compare as text too.
        if hex.contains(|c: char| c.is_ascii_uppercase()) {
            return Err(refused());
        }
        blake3::Hash::from_hex(hex)
            .map(|hash| Self(*hash.as_bytes()))
            .map_err(|_| refused())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(text(&self.written()))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text(&self.written()))
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published BLAKE3 digest of no bytes.
    const EMPTY: &str = "blake3:af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262";

    #[test]
    fn digests_read_and_write() {
        assert_eq!(Digest::of(b"").to_string(), EMPTY);
        assert_eq!(EMPTY.parse(), Ok(Digest::of(b"")));
        assert_eq!(Digest::of(b"").to_hex().len(), 64);
        for text in [
            "",
            "blake3:",
            "af1349b9",
            "sha256:00",
            &EMPTY.to_uppercase(),
            &EMPTY[..70],
            &format!("{EMPTY}0"),
            &EMPTY.replace("af", "AF"),
        ] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }

    #[test]
    fn digests_are_strings_in_json() {
        let json = serde_json::to_string(&Digest::of(b"")).expect("a string");
        assert_eq!(json, format!("\"{EMPTY}\""));
        assert_eq!(
            serde_json::from_str::<Digest>(&json).expect("a digest"),
            Digest::of(b"")
        );
        assert!(serde_json::from_str::<Digest>("\"blake3:00\"").is_err());
    }

    #[test]
    fn a_file_has_the_digest_of_its_bytes() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("blob");
        let bytes = vec![7; 200_000];
        std::fs::write(&path, &bytes).expect("written");
        assert_eq!(Digest::of_file(&path).expect("read"), Digest::of(&bytes));
        assert!(Digest::of_file(&folder.path().join("none")).is_err());
    }

    #[test]
    fn other_bytes_are_refused_with_both_digests() {
        let digest = Digest::of(b"one");
        assert_eq!(digest.verify(b"one"), Ok(()));
        let mismatch = digest.verify(b"two").unwrap_err();
        assert_eq!(
            mismatch.to_string(),
            format!("the digest is {}, expected {digest}", Digest::of(b"two"))
        );
    }
}
