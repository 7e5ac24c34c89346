//! State that clients carry for us: unreadable, and useless when changed.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// What the key is derived for: a key used for something else opens nothing
/// here.
const PURPOSE: &str = "portcullis 2026-07-28 requestState";
/// A nonce of this length may be random.
const NONCE: usize = 24;

/// A key for sealing (XChaCha20-Poly1305).
#[derive(Clone)]
pub struct Seal(XChaCha20Poly1305);

impl Seal {
    /// A seal of this process alone.
    pub fn random() -> std::io::Result<Seal> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret)?;
        Ok(Seal::shared(&secret))
    }

    /// The seal of all servers that know the same secret.
    pub fn shared(secret: &[u8]) -> Seal {
        let key = blake3::derive_key(PURPOSE, secret);
        Seal(XChaCha20Poly1305::new(&key.into()))
    }

    /// Seals bytes into text that may stand in JSON.
    pub(super) fn close(&self, bytes: &[u8]) -> String {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).expect("the system gave random bytes at start");
        let encrypted = self.0.encrypt(&XNonce::from(nonce), bytes);
        let mut sealed = nonce.to_vec();
        sealed.extend(encrypted.expect("it is shorter than 256 GiB"));
        BASE64.encode(sealed)
    }

    /// What was sealed; none if it was not sealed by this key, or was changed.
    pub(super) fn open(&self, text: &str) -> Option<Vec<u8>> {
        let sealed = BASE64.decode(text).ok()?;
        let (nonce, encrypted) = sealed.split_first_chunk::<NONCE>()?;
        self.0.decrypt(&XNonce::from(*nonce), encrypted).ok()
    }
}
