//! What plugins offer, read from them once and kept on disk.
//!
//! One JSON file for each component and settings, since a plugin may offer
//! other things under other settings. A file that is missing or damaged is made
//! again by asking the plugin.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::check;
use super::entry::Entry;
use crate::package::{Digest, is_abandoned, is_temporary, read_if_there, write_atomically};
use crate::wasm::Description;

/// A folder of descriptions.
pub struct Descriptions {
    folder: PathBuf,
}

impl Descriptions {
    /// Descriptions in a folder, which is made when the first is.
    pub fn new(folder: PathBuf) -> Self {
        Descriptions { folder }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What a plugin offers, by asking it; it is kept for the next time.
    pub async fn asked(&self, entry: &Entry) -> Result<Description, String> {
        let description = ask(entry).await?;
        // Without the file the plugin is asked again next time.
        if let Err(error) = self.keep(entry, &description) {
            tracing::warn!("cannot write `{}`: {error}", self.path(entry).display());
        }
        Ok(description)
    }

    /// What a plugin offers, from its file; none if there is no file.
    pub fn kept(&self, entry: &Entry) -> io::Result<Option<Description>> {
        let bytes = read_if_there(&self.path(entry))?;
        Ok(bytes
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose()?)
    }

    /// Keeps what a plugin offers.
    pub fn keep(&self, entry: &Entry, description: &Description) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let bytes = serde_json::to_vec(description)?;
        write_atomically(&self.path(entry), &bytes)
    }

    /// Removes what is kept of components that are not among these.
    pub fn remove_unreferenced(&self, needed: &HashSet<Digest>) -> io::Result<()> {
        let needed: HashSet<String> = needed.iter().map(Digest::to_hex).collect();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let unneeded = if is_temporary(&name) {
                is_abandoned(&entry.metadata()?)
            } else {
                let component = name.split_once('-');
                component.is_some_and(|(component, _)| !needed.contains(component))
            };
            if unneeded {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(())
    }

    /// The file in which a plugin's description is, or would be.
    pub(super) fn path(&self, entry: &Entry) -> PathBuf {
        let settings =
            serde_json::to_vec(&entry.policy.settings).expect("a map of strings is JSON");
        let settings = Digest::of(&settings).to_hex();
        self.folder.join(format!(
            "{}-{}.json",
            entry.component_digest.to_hex(),
            &settings[..16]
        ))
    }
}

/// Asks a plugin what it offers, and checks the answer.
pub(super) async fn ask(entry: &Entry) -> Result<Description, String> {
    let plugin = entry.load().await.map_err(|failure| failure.to_string())?;
    let description = plugin
        .describe(async || entry.component().await)
        .await
        .map_err(|failure| failure.to_string())?;
    check::check(&description).map_err(|unfit| unfit.to_string())?;
    Ok(description)
}
