//! A plugin as one file: its component, with the rest in custom sections.
//!
//! | section | what is in it |
//! |---|---|
//! | `portcullis:manifest` | the bytes of `plugin.toml` |
//! | `portcullis:readme` | the bytes of `README.md` |
//! | `portcullis:icon` | an image, PNG or SVG |
//!
//! They stand at the end, outside of everything that is run, so that the file is
//! a component to every other runtime. Packing what is packed replaces them, and
//! the same parts give the same bytes. Refused: a file that is cut off, and one
//! that has a section of ours twice, of which others might read the other one.

use std::{
    fs, io,
    ops::Range,
    path::{Path, PathBuf},
};

use wasm_encoder::{CustomSection, Section as _};

use super::{
    component::{NotComponent, check_component},
    folder::{Content, MAX_COMPONENT_BYTES, Package, PackageError, read_at_most},
    local,
    signature::Proof,
};

const MANIFEST: &str = "portcullis:manifest";
const README: &str = "portcullis:readme";
const ICON: &str = "portcullis:icon";

/// The files of a folder that go along, where they are there.
const README_FILE: &str = "README.md";
const ICON_FILES: [&str; 2] = ["icon.svg", "icon.png"];
/// The largest of them that is packed.
const MAX_BESIDE_BYTES: u64 = 256 << 10;

/// What a component carries of its plugin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carried<'a> {
    /// The manifest.
    pub manifest: Option<&'a [u8]>,
    /// What its author says of it, in Markdown.
    pub readme: Option<&'a [u8]>,
    /// An image.
    pub icon: Option<&'a [u8]>,
}

impl<'a> Carried<'a> {
    /// Reads what a component carries.
    ///
    /// # Errors
    /// Something else than a component, one that is cut off, and one that has
    /// one of the sections twice.
    pub fn of(component: &'a [u8]) -> Result<Self, NotComponent> {
        let mut carried = Self::default();
        for section in sections(component)? {
            let section = section?;
            let (place, name) = match section.name {
                Some(MANIFEST) => (&mut carried.manifest, MANIFEST),
                Some(README) => (&mut carried.readme, README),
                Some(ICON) => (&mut carried.icon, ICON),
                _ => continue,
            };
            if place.replace(section.content).is_some() {
                return Err(NotComponent::Twice(name));
            }
        }
        Ok(carried)
    }

    /// The component with this at its end, in place of what it carried before.
    ///
    /// # Errors
    /// As for [`Carried::of`].
    pub fn packed(&self, component: &[u8]) -> Result<Vec<u8>, NotComponent> {
        let mut file = component[..8.min(component.len())].to_vec();
        for section in sections(component)? {
            let section = section?;
            if !matches!(section.name, Some(MANIFEST | README | ICON)) {
                file.extend_from_slice(&component[section.whole]);
            }
        }
        for (name, data) in [
            (MANIFEST, self.manifest),
            (README, self.readme),
            (ICON, self.icon),
        ] {
            if let Some(data) = data {
                CustomSection {
                    name: name.into(),
                    data: data.into(),
                }
                .append_to(&mut file);
            }
        }
        Ok(file)
    }
}

/// The media type of an icon, by how it begins.
pub fn icon_type(icon: &[u8]) -> &'static str {
    if icon.starts_with(b"\x89PNG\r\n\x1a\n") {
        "image/png"
    } else {
        "image/svg+xml"
    }
}

/// Loads a plugin's folder, or a component's file, as the one file that it is
/// packed into: that is the component of the result.
///
/// # Errors
/// What loading it gives, a README or an icon that is too large, and a component
/// without a manifest.
pub fn pack(path: &Path) -> Result<Package, PackageError> {
    let (content, folder) = local::load(path)?;
    let package = plugin(content, path)?;
    if folder.is_none() && Carried::of(&package.component).is_ok_and(|it| it.manifest.is_some()) {
        return Ok(package);
    }
    let (mut readme, mut icon) = (None, None);
    if let Some(folder) = &folder {
        readme = beside(folder.join(README_FILE))?;
        for file in ICON_FILES {
            icon = icon.or(beside(folder.join(file))?);
        }
    }
    let parts = Carried {
        manifest: Some(&package.manifest_bytes),
        readme: readme.as_deref(),
        icon: icon.as_deref(),
    };
    let file = parts.packed(&package.component);
    let file = file.map_err(|problem| PackageError::NotComponentFile {
        path: folder.map_or(path.to_owned(), |it| it.join(&package.manifest.component)),
        problem,
    })?;
    let size = file.len() as u64;
    if size > MAX_COMPONENT_BYTES {
        return Err(PackageError::TooLarge {
            path: path.to_owned(),
            size,
            max: MAX_COMPONENT_BYTES,
        });
    }
    let (place, name) = (path.display().to_string(), local::file_name(path));
    let packed = Package::of_component(file, &place, &name, None, Proof::default());
    plugin(packed?, path)
}

/// The plugin, if that is what there is at a path.
fn plugin(content: Content, path: &Path) -> Result<Package, PackageError> {
    match content {
        Content::Plugin(package) => Ok(*package),
        Content::Component(_, problem) => Err(PackageError::Bare {
            path: path.to_owned(),
            problem,
        }),
    }
}

/// A file's content, if there is such a file.
fn beside(path: PathBuf) -> Result<Option<Vec<u8>>, PackageError> {
    match fs::metadata(&path) {
        Ok(_) => read_at_most(&path, MAX_BESIDE_BYTES).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(PackageError::Read { path, source }),
    }
}

/// A section of a component, at its top level.
struct Section<'a> {
    /// Of a custom section.
    name: Option<&'a str>,
    content: &'a [u8],
    /// Where it is, with its head.
    whole: Range<usize>,
}

/// The sections of a component. Source: the component model's binary format,
/// "Component Definitions", which is that of core modules at this level: an id,
/// a length, so many bytes.
fn sections(
    component: &[u8],
) -> Result<impl Iterator<Item = Result<Section<'_>, NotComponent>>, NotComponent> {
    check_component(component)?;
    let mut at = 8;
    Ok(std::iter::from_fn(move || {
        let start = at;
        let (&id, rest) = component.get(start..)?.split_first()?;
        let cut = || NotComponent::CutOff { at: start };
        let section = length(rest).ok_or_else(cut).and_then(|(size, rest)| {
            let content = rest.get(..size).ok_or_else(cut)?;
            at = component.len() - rest.len() + size;
            let (name, content) = if id == 0 {
                let (name, content) = length(content)
                    .and_then(|(size, rest)| rest.split_at_checked(size))
                    .ok_or_else(cut)?;
                (std::str::from_utf8(name).ok(), content)
            } else {
                (None, content)
            };
            Ok(Section {
                name,
                content,
                whole: start..at,
            })
        });
        if section.is_err() {
            at = component.len();
        }
        Some(section)
    }))
}

/// A number of at most 32 bits as WebAssembly writes it, and what is after it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0u64;
    for (index, byte) in bytes.iter().take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok()?;
            return Some((usize::try_from(value).ok()?, &bytes[index + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: Carried<'_> = Carried {
        manifest: Some(b"[plugin]"),
        readme: Some(b"# Hello"),
        icon: Some(b"<svg/>"),
    };

    /// A component with a section that is not ours.
    fn component() -> Vec<u8> {
        let mut bytes = b"\0asm\x0d\0\x01\0".to_vec();
        let other = CustomSection {
            name: "other".into(),
            data: vec![7; 300].into(),
        };
        other.append_to(&mut bytes);
        bytes
    }

    #[test]
    fn what_is_packed_is_carried() {
        let plain = component();
        assert_eq!(Carried::of(&plain), Ok(Carried::default()));
        let packed = PARTS.packed(&plain).expect("packed");
        assert_eq!(Carried::of(&packed), Ok(PARTS));
        assert!(packed.starts_with(&plain), "they stand at the end");
        assert_eq!(PARTS.packed(&packed), Ok(packed.clone()), "packed again");
        assert_eq!(Carried::default().packed(&packed), Ok(plain));
    }

    #[test]
    fn what_is_cut_off_or_there_twice_is_refused() {
        let packed = PARTS.packed(&component()).expect("packed");
        for end in 9..packed.len() {
            match Carried::of(&packed[..end]) {
                // Between two sections a component may end.
                Ok(carried) => assert_ne!(carried, PARTS, "{end}"),
                Err(problem) => assert!(matches!(problem, NotComponent::CutOff { .. })),
            }
        }
        let mut twice = packed.clone();
        twice.extend_from_slice(&packed[component().len()..]);
        assert_eq!(Carried::of(&twice), Err(NotComponent::Twice(MANIFEST)));
        let huge = [&component()[..], b"\0\xff\xff\xff\xff\xff\x01"].concat();
        assert!(Carried::of(&huge).is_err());
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        let packed = PARTS.packed(&component()).expect("packed");
        portcullis_seeded::check(10_000, |source| {
            let changed = source.changed(&packed);
            if let Ok(carried) = Carried::of(&changed) {
                let again = carried.packed(&changed).expect("it was read");
                assert_eq!(Carried::of(&again), Ok(carried));
            }
        });
    }
}
