//! A plugin on this machine, by whichever of its files.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

use super::{
    component::check_component,
    folder::{
        Content, MANIFEST_FILE, MAX_COMPONENT_BYTES, MAX_MANIFEST_BYTES, Package, PackageError,
        folder_above, folder_of, parse_manifest, read_at_most,
    },
    packed::Carried,
    signature::{MAX_SIGNATURE_BYTES, MINISIG, Proof, SUMS_FILE, Signature},
};

/// Loads a folder, a `plugin.toml` or a component's file, with the folder that
/// the manifest lies in, where that is a file. What a component carries goes
/// before what lies beside it.
pub(super) fn load(path: &Path) -> Result<(Content, Option<PathBuf>), PackageError> {
    let of_folder = |folder: &Path| {
        let package = Package::load(folder)?;
        let content = Content::Plugin(Box::new(package));
        Ok((content, Some(folder.to_owned())))
    };
    if !is_component_file(path) {
        return of_folder(folder_of(path)?);
    }
    let component = read_component(path)?;
    let carries = Carried::of(&component).is_ok_and(|carried| carried.manifest.is_some());
    if !carries && let Some(folder) = folder_naming(path)? {
        return of_folder(folder);
    }
    let place = path.display().to_string();
    let proof = proof_of_file(path)?;
    let content = Package::of_component(component, &place, &file_name(path), None, proof)?;
    Ok((content, None))
}

/// What a file is called.
pub(super) fn file_name(path: &Path) -> Cow<'_, str> {
    path.file_name().unwrap_or_default().to_string_lossy()
}

/// Whether a path is a component's file, by its name.
fn is_component_file(path: &Path) -> bool {
    path.extension().is_some_and(|kind| kind == "wasm") && !path.is_dir()
}

/// The folder of a component, if a manifest there names it.
fn folder_naming(component: &Path) -> Result<Option<&Path>, PackageError> {
    let folder = folder_above(component);
    let manifest_path = folder.join(MANIFEST_FILE);
    if !manifest_path.is_file() {
        return Ok(None);
    }
    let manifest_bytes = read_at_most(&manifest_path, MAX_MANIFEST_BYTES)?;
    let manifest = parse_manifest(&manifest_bytes, &manifest_path)?;
    let named = fs::canonicalize(folder.join(manifest.component));
    let is_named = named.is_ok_and(|named| fs::canonicalize(component).is_ok_and(|it| it == named));
    Ok(is_named.then_some(folder))
}

/// Reads a component that came without a manifest.
///
/// # Errors
/// It cannot be read, is larger than [`MAX_COMPONENT_BYTES`] or no component.
fn read_component(path: &Path) -> Result<Vec<u8>, PackageError> {
    let bytes = read_at_most(path, MAX_COMPONENT_BYTES)?;
    check_component(&bytes).map_err(|problem| PackageError::NotComponentFile {
        path: path.to_owned(),
        problem,
    })?;
    Ok(bytes)
}

/// The list of digests in a folder and its signature, where they are.
pub(super) fn proof_of_folder(folder: &Path) -> Result<Proof, PackageError> {
    let sums = folder.join(SUMS_FILE);
    Ok(Proof {
        sums: read_if_file(&sums)?,
        signatures: signature_of(&sums)?,
        ..Proof::default()
    })
}

/// The signature of a packed file, where there is one.
fn proof_of_file(file: &Path) -> Result<Proof, PackageError> {
    Ok(Proof {
        signatures: signature_of(file)?,
        ..Proof::default()
    })
}

/// The signature that lies beside a file.
fn signature_of(file: &Path) -> Result<Vec<Signature>, PackageError> {
    let name = format!("{}{MINISIG}", file_name(file));
    let found = read_if_file(&file.with_file_name(&name))?;
    let signature = found.map(|bytes| Signature::minisign(name, &bytes));
    Ok(signature.into_iter().collect())
}

fn read_if_file(path: &Path) -> Result<Option<Vec<u8>>, PackageError> {
    let there = path.is_file();
    there
        .then(|| read_at_most(path, MAX_SIGNATURE_BYTES))
        .transpose()
}
