//! How a component begins.
//!
//! The first eight bytes tell a component from everything else that people
//! take for one. Whether the rest is valid is for the engine to say.

/// How a component is made from Rust, for messages.
pub(super) const BUILD: &str = "`cargo build --release --target wasm32-wasip2`";

/// What a file is that should be a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotComponent {
    /// A core module.
    #[error(
        "is a core WebAssembly module, and a component is needed: build it for the target wasm32-wasip2 ({BUILD}), or wrap it with `wasm-tools component new`"
    )]
    CoreModule,
    /// The text format.
    #[error(
        "is WebAssembly text, and the binary form is needed: convert it with `wasm-tools parse`"
    )]
    Text,
    /// Some other version of the format.
    #[error(
        "is WebAssembly of an unknown version ({0:02x?} after the magic number); accepted: a component, 0d 00 01 00"
    )]
    UnknownVersion([u8; 4]),
    /// No WebAssembly at all.
    #[error(
        "is not WebAssembly: it does not begin with `\\0asm`; needed: a component for wasm32-wasip2, such as {BUILD} makes"
    )]
    NotWasm,
    /// Nothing at all.
    #[error("is empty; needed: a component for wasm32-wasip2, such as {BUILD} makes")]
    Empty,
    /// A component whose end is missing.
    #[error("is cut off: the section at byte {at} is longer than what is left; fetch it again")]
    CutOff {
        /// Where its last section begins.
        at: usize,
    },
    /// A component that has a section twice.
    #[error("has the custom section `{0}` twice; accepted: once")]
    Twice(&'static str),
}

/// Accepts bytes that begin as a component does.
///
/// # Errors
/// What they are instead.
pub fn check_component(bytes: &[u8]) -> Result<(), NotComponent> {
    match bytes {
        [] => Err(NotComponent::Empty),
        [0, b'a', b's', b'm', 0x0d, 0, 1, 0, ..] => Ok(()),
        [0, b'a', b's', b'm', 1, 0, 0, 0, ..] => Err(NotComponent::CoreModule),
        [0, b'a', b's', b'm', a, b, c, d, ..] => {
            Err(NotComponent::UnknownVersion([*a, *b, *c, *d]))
        }
        _ if bytes.trim_ascii_start().starts_with(b"(") => Err(NotComponent::Text),
        _ => Err(NotComponent::NotWasm),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_and_other_files() {
        assert_eq!(check_component(b"\0asm\x0d\0\x01\0"), Ok(()));
        assert_eq!(check_component(b"\0asm\x0d\0\x01\0rest"), Ok(()));
        for (bytes, problem) in [
            (&b"\0asm\x01\0\0\0"[..], "is a core WebAssembly module"),
            (
                b"\0asm\x0c\0\x01\0",
                "unknown version ([0c, 00, 01, 00] after",
            ),
            (b"(component)", "is WebAssembly text"),
            (b"\n  (module)", "is WebAssembly text"),
            (b"\x7fELF", "is not WebAssembly"),
            (b"\0asm\x0d\0\x01", "is not WebAssembly"),
            (b"", "is empty"),
        ] {
            let message = check_component(bytes).expect_err(problem).to_string();
            assert!(message.contains(problem), "{message}");
        }
    }
}
