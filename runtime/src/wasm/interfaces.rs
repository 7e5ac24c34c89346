//! The names of what a component exports and imports, whatever they are.

use wasmparser::{Parser, Payload};

/// What a component exports, and what it imports, by name and in its order.
/// Nothing is compiled.
///
/// # Errors
/// Bytes that are no component.
pub fn interfaces(component: &[u8]) -> Result<(Vec<String>, Vec<String>), String> {
    let (mut exports, mut imports) = (Vec::new(), Vec::new());
    let mut depth = 0u32;
    for payload in Parser::new(0).parse_all(component) {
        let payload = payload.map_err(|error| error.to_string())?;
        match payload {
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            // Deeper ones are of components inside of this one.
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    let export = export.map_err(|error| error.to_string())?;
                    exports.push(export.name.name.to_owned());
                }
            }
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    let import = import.map_err(|error| error.to_string())?;
                    imports.push(import.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok((exports, imports))
}
