//! A plugin as it is shipped: a folder with a manifest and a component, or a
//! component that carries its manifest.

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
};

use super::{
    component::{BUILD, NotComponent, check_component},
    diagnostic::Diagnostics,
    digest::Digest,
    generated::{NoManifest, generated_manifest},
    local::proof_of_folder,
    lockfile::LockedPlugin,
    manifest::Manifest,
    packed::Carried,
    report::Report,
    signature::{Proof, Signer},
    store::{Store, StoreError},
};

/// The manifest's name in a plugin's folder.
pub const MANIFEST_FILE: &str = "plugin.toml";
/// The largest component that is accepted: 64 MiB.
pub const MAX_COMPONENT_BYTES: u64 = 64 << 20;
/// The largest manifest that is accepted.
pub(super) const MAX_MANIFEST_BYTES: u64 = 256 << 10;

/// A plugin's manifest and component, with their digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// What the plugin is and asks for.
    pub manifest: Manifest,
    /// The manifest as it stands in its file.
    pub manifest_bytes: Vec<u8>,
    /// The component.
    pub component: Vec<u8>,
    /// Of the manifest's bytes.
    pub manifest_digest: Digest,
    /// Of the component.
    pub component_digest: Digest,
    /// Of what the manifest asks for.
    pub request_digest: Digest,
    /// Where exactly it was fetched from, if not from this machine.
    pub origin: Option<String>,
    /// What came with it and may prove who made it; nothing is when it comes from
    /// the store.
    pub proof: Proof,
}

/// What a source has.
pub enum Content {
    /// A plugin.
    Plugin(Box<Package>),
    /// A component that comes with no manifest, and why none can be made for it.
    Component(Vec<u8>, NoManifest),
}

/// A plugin that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum PackageError {
    /// Nothing at this path.
    #[error("no folder {}", .0.display())]
    NoFolder(PathBuf),
    /// A file, where a folder is needed.
    #[error("{} is not a folder; accepted: the folder that holds {MANIFEST_FILE}, or a component's file, NAME.wasm", .0.display())]
    NotAFolder(PathBuf),
    /// A folder without a manifest.
    #[error("no {MANIFEST_FILE} in {}, so it is not a plugin's folder", .0.display())]
    NoManifest(PathBuf),
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A manifest that is wrong.
    #[error("{0}")]
    Manifest(Diagnostics),
    /// A file that is too large.
    #[error("{} has {size} bytes; accepted: at most {max}", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size: u64,
        /// The largest size that is accepted.
        max: u64,
    },
    /// The component is not there.
    #[error("plugin `{plugin}` names a component that is not there: looked for {}; build it with {BUILD} and put it there, or change `component` in {MANIFEST_FILE}", path.display())]
    NoComponent {
        /// The plugin.
        plugin: String,
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The component is outside of the plugin's folder, by a link.
    #[error("the component of plugin `{plugin}` is a link that leaves its folder: {} is {}", path.display(), target.display())]
    Escapes {
        /// The plugin.
        plugin: String,
        /// The file that the manifest names.
        path: PathBuf,
        /// Where it is.
        target: PathBuf,
    },
    /// The component's file is something else.
    #[error("the component of plugin `{plugin}`, {}, {problem}", path.display())]
    NotComponent {
        /// The plugin.
        plugin: String,
        /// The file.
        path: PathBuf,
        /// What it is.
        problem: NotComponent,
    },
    /// A component without a manifest, for which none can be made.
    #[error("{} {problem}", path.display())]
    Bare {
        /// The component.
        path: PathBuf,
        /// Why.
        problem: NoManifest,
    },
    /// A file that was given as a component is something else.
    #[error("`{}` {problem}", path.display())]
    NotComponentFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        problem: NotComponent,
    },
}

impl Package {
    /// Loads the plugin in a folder, or the one of a `plugin.toml`.
    ///
    /// # Errors
    /// No folder, no manifest, a manifest that is wrong, and a component that
    /// is missing, outside of the folder, larger than [`MAX_COMPONENT_BYTES`]
    /// or no component.
    pub fn load(path: &Path) -> Result<Self, PackageError> {
        let folder = folder_of(path)?;
        let manifest_path = folder.join(MANIFEST_FILE);
        if !manifest_path.is_file() {
            return Err(PackageError::NoManifest(folder.to_owned()));
        }
        let manifest_bytes = read_at_most(&manifest_path, MAX_MANIFEST_BYTES)?;
        let manifest = parse_manifest(&manifest_bytes, &manifest_path)?;

        let component_path = folder.join(&manifest.component);
        let plugin = || manifest.name.clone();
        if !component_path.is_file() {
            return Err(PackageError::NoComponent {
                plugin: plugin(),
                path: component_path,
            });
        }
        let real = |path: &Path| {
            fs::canonicalize(path).map_err(|source| PackageError::Read {
                path: path.to_owned(),
                source,
            })
        };
        let target = real(&component_path)?;
        if !target.starts_with(real(folder)?) {
            return Err(PackageError::Escapes {
                plugin: plugin(),
                path: component_path,
                target,
            });
        }
        let component = read_at_most(&component_path, MAX_COMPONENT_BYTES)?;
        let proof = proof_of_folder(folder)?;
        let package = Self::new(manifest, manifest_bytes, component, &component_path)?;
        Ok(Self { proof, ..package })
    }

    /// The plugin of a component that has its manifest with it, or for which one can
    /// be made, or the component as it was. `place` says where it is, for messages,
    /// and `file_name` is what it is called there; `proof` is what came with it.
    pub(super) fn of_component(
        component: Vec<u8>,
        place: &str,
        file_name: &str,
        origin: Option<String>,
        proof: Proof,
    ) -> Result<Content, PackageError> {
        let manifest_bytes =
            manifest_of(&component).map_err(|problem| PackageError::NotComponentFile {
                path: place.into(),
                problem,
            })?;
        let manifest_bytes = match manifest_bytes {
            Some(carried) => carried,
            None => match generated_manifest(&component, file_name) {
                Ok(made) => made.into_bytes(),
                Err(problem) => return Ok(Content::Component(component, problem)),
            },
        };
        let inside = format!("{MANIFEST_FILE} in {place}");
        if manifest_bytes.len() as u64 > MAX_MANIFEST_BYTES {
            return Err(PackageError::TooLarge {
                path: inside.into(),
                size: manifest_bytes.len() as u64,
                max: MAX_MANIFEST_BYTES,
            });
        }
        let manifest = parse_manifest(&manifest_bytes, Path::new(&inside))?;
        let package = Self::new(manifest, manifest_bytes, component, Path::new(place))?;
        let proof = Proof {
            packed: true,
            ..proof
        };
        let package = Self {
            origin,
            proof,
            ..package
        };
        Ok(Content::Plugin(Box::new(package)))
    }

    /// Loads an installed plugin from the store. `name` is the plugin's name
    /// in the configuration, for messages.
    ///
    /// # Errors
    /// Content that is missing or changed, and a stored manifest that this
    /// version of the program no longer accepts.
    pub fn from_store(
        store: &Store,
        name: &str,
        locked: &LockedPlugin,
    ) -> Result<Self, InstalledError> {
        let failed = |source| InstalledError::Store {
            plugin: name.to_owned(),
            source,
        };
        let manifest_bytes = store.read(&locked.manifest).map_err(failed)?;
        let component = store.read(&locked.component).map_err(failed)?;
        let invalid = |source| InstalledError::Package {
            plugin: name.to_owned(),
            source: Box::new(source),
        };
        let manifest_path = store.path(&locked.manifest);
        let manifest = parse_manifest(&manifest_bytes, &manifest_path).map_err(invalid)?;
        let component_path = store.path(&locked.component);
        let package = Self::new(manifest, manifest_bytes, component, &component_path);
        Ok(Self {
            origin: locked.origin.clone(),
            ..package.map_err(invalid)?
        })
    }

    /// Keeps both files in the store, and gives what the lock file keeps: also
    /// whose signature was found to be theirs.
    ///
    /// # Errors
    /// Whatever the store gives.
    pub fn install(
        &self,
        store: &Store,
        signed_by: Option<Signer>,
    ) -> Result<LockedPlugin, StoreError> {
        store.put(&self.manifest_bytes)?;
        store.put(&self.component)?;
        Ok(LockedPlugin {
            signed_by,
            ..self.locked()
        })
    }

    /// What the lock file keeps of this plugin's files.
    pub fn locked(&self) -> LockedPlugin {
        LockedPlugin {
            version: self.manifest.version.to_string(),
            component: self.component_digest,
            manifest: self.manifest_digest,
            request: self.request_digest,
            origin: self.origin.clone(),
            previous: None,
            next: None,
            signed_by: None,
        }
    }

    fn new(
        manifest: Manifest,
        manifest_bytes: Vec<u8>,
        component: Vec<u8>,
        path: &Path,
    ) -> Result<Self, PackageError> {
        check_component(&component).map_err(|problem| PackageError::NotComponent {
            plugin: manifest.name.clone(),
            path: path.to_owned(),
            problem,
        })?;
        Ok(Self {
            manifest_digest: Digest::of(&manifest_bytes),
            component_digest: Digest::of(&component),
            request_digest: manifest.request_digest(),
            manifest,
            manifest_bytes,
            component,
            origin: None,
            proof: Proof::default(),
        })
    }
}

/// The manifest that a component has with it: the one that it carries.
fn manifest_of(component: &[u8]) -> Result<Option<Vec<u8>>, NotComponent> {
    let carried = Carried::of(component)?;
    Ok(carried.manifest.map(<[u8]>::to_vec))
}

/// An installed plugin that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum InstalledError {
    /// The store does not have its files.
    #[error("plugin `{plugin}` cannot be loaded")]
    Store {
        /// The plugin.
        plugin: String,
        /// Why.
        source: StoreError,
    },
    /// Its files are as they were, and not acceptable.
    #[error("plugin `{plugin}` cannot be loaded")]
    Package {
        /// The plugin.
        plugin: String,
        /// Why.
        source: Box<PackageError>,
    },
}

pub(super) fn folder_of(path: &Path) -> Result<&Path, PackageError> {
    let Ok(metadata) = fs::metadata(path) else {
        return Err(PackageError::NoFolder(path.to_owned()));
    };
    if metadata.is_dir() {
        return Ok(path);
    }
    if path.ends_with(MANIFEST_FILE) {
        Ok(folder_above(path))
    } else {
        Err(PackageError::NotAFolder(path.to_owned()))
    }
}

/// The folder that a file is in.
pub(super) fn folder_above(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

pub(super) fn parse_manifest(bytes: &[u8], path: &Path) -> Result<Manifest, PackageError> {
    let text = Report::decode(bytes, path).map_err(PackageError::Manifest)?;
    Manifest::parse(text, path).map_err(PackageError::Manifest)
}

pub(super) fn read_at_most(path: &Path, max: u64) -> Result<Vec<u8>, PackageError> {
    let failed = |source| PackageError::Read {
        path: path.to_owned(),
        source,
    };
    let file = fs::File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let mut bytes = Vec::new();
    if size <= max {
        // One byte more than allowed shows a file that is still growing.
        file.take(max + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    let size = size.max(bytes.len() as u64);
    if size > max {
        Err(PackageError::TooLarge {
            path: path.to_owned(),
            size,
            max,
        })
    } else {
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests;
