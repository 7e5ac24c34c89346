//! Components, before anything of them is compiled.

use std::path::Path;

use portcullis::package::{Carried, Manifest, check_component, generated_manifest};
use portcullis::wasm::check_weight;

/// Bytes, and others after them: what is refused as too heavy is so whatever
/// follows, so that nothing can be hidden by what stands before it.
pub fn component(bytes: &[u8]) {
    let middle = bytes.len() / 2;
    for part in [&bytes[..middle], &bytes[..bytes.len().saturating_sub(1)]] {
        assert!(check_weight(part).is_ok() || check_weight(bytes).is_err());
        if part.len() >= 8 {
            assert_eq!(check_component(part), check_component(bytes));
        }
    }
    // What it carries is read once, and is the same in what is packed of it.
    if let Ok(carried) = Carried::of(bytes) {
        let packed = carried.packed(bytes).expect("it was read");
        assert_eq!(Carried::of(&packed), Ok(carried));
    }
    // What is made for a component is a manifest, whatever the component says.
    if let Ok(text) = generated_manifest(bytes, "fuzzed.wasm") {
        let parsed = Manifest::parse(&text, Path::new("fuzzed.wasm"));
        assert!(parsed.is_ok(), "{parsed:?}: {text}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A component with a module of one function, instantiated so often.
    fn with_instances(count: u8) -> Vec<u8> {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        // Section 1, a module: a type, a function, its code.
        bytes.extend(b"\x01\x18\0asm\x01\0\0\0");
        bytes.extend(b"\x01\x04\x01\x60\0\0\x03\x02\x01\0\x0a\x04\x01\x02\0\x0b");
        // Section 2, instances: each of module 0, without arguments.
        let size = 1 + 3 * u16::from(count);
        let size = [(size & 0x7f) as u8 | 0x80, (size >> 7) as u8];
        bytes.extend([2, size[0], size[1], count]);
        bytes.extend([0, 0, 0].repeat(count.into()));
        bytes
    }

    #[test]
    fn components() {
        let [light, heavy] = [3, 65].map(with_instances);
        assert_eq!(check_component(&light), Ok(()));
        assert_eq!(check_weight(&light), Ok(()));
        assert!(check_weight(&heavy).is_err_and(|cause| cause.contains("64 modules")));
        portcullis_seeded::check(10_000, |source| {
            for bytes in [&light, &heavy] {
                component(&source.changed(bytes));
                // In a component of their own, too.
                let mut outer = b"\0asm\x0d\0\x01\0\x04".to_vec();
                let size = bytes.len() as u16;
                outer.extend([(size & 0x7f) as u8 | 0x80, (size >> 7) as u8]);
                outer.extend(bytes);
                component(&source.changed(&outer));
            }
            component(&source.bytes(100));
        });
    }
}
