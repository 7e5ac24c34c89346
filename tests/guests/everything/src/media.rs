//! The smallest files that are whole: what shows an image or plays a sound
//! accepts them.

/// A PNG of one red pixel.
pub(crate) const PNG: &[u8] = &[
    0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, //
    0, 0, 0, 13, b'I', b'H', b'D', b'R', // one by one pixel, 8 bits of RGB
    0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0, 0x90, 0x77, 0x53, 0xde, //
    0, 0, 0, 12, b'I', b'D', b'A', b'T', // the pixel, deflated
    0x78, 0xda, 0x63, 0xf8, 0xcf, 0xc0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, //
    0xf7, 0x03, 0x41, 0x43, //
    0, 0, 0, 0, b'I', b'E', b'N', b'D', 0xae, 0x42, 0x60, 0x82,
];

/// A WAV of two silent samples.
pub(crate) const WAV: &[u8] = &[
    b'R', b'I', b'F', b'F', 40, 0, 0, 0, b'W', b'A', b'V', b'E', //
    b'f', b'm', b't', b' ', 16, 0, 0, 0, // PCM, one channel
    1, 0, 1, 0, 0x40, 0x1f, 0, 0, 0x80, 0x3e, 0, 0, 2, 0, 16, 0, // 8,000 samples a second
    b'd', b'a', b't', b'a', 4, 0, 0, 0, 0, 0, 0, 0,
];
