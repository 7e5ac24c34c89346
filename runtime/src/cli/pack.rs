//! `portcullis pack`

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use super::Global;
use crate::package::{Package, pack};

/// Make one file of a plugin: its component with its manifest, README.md and icon
/// (icon.svg or icon.png) in custom sections.
///
/// The file is still a component to every other runtime, and the same folder gives
/// the same bytes. `add` takes it as it is, also from an https URL.
#[derive(Args)]
pub(super) struct Pack {
    /// The folder with the plugin's `plugin.toml`.
    folder: PathBuf,
    /// The file to write; default: NAME-VERSION.wasm.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Pack {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let package = pack(&self.folder)?;
        let manifest = &package.manifest;
        let output = self.output.clone().unwrap_or_else(|| {
            PathBuf::from(format!("{}-{}.wasm", manifest.name, manifest.version))
        });
        self.check(&output, &package)?;
        fs::write(&output, &package.component)
            .with_context(|| format!("cannot write `{}`", output.display()))?;
        let (size, digest) = (package.component.len(), package.component_digest);
        if global.json {
            super::print_json(&serde_json::json!({
                "packed": manifest.name,
                "version": manifest.version.to_string(),
                "file": output,
                "size": size,
                "component": digest,
                "manifest": package.manifest_digest,
            }))?;
        } else {
            println!("packed {manifest} into {}", output.display());
            println!("{digest} ({size} bytes)");
        }
        Ok(ExitCode::SUCCESS)
    }

    /// The component that is packed stays as it is.
    fn check(&self, output: &Path, package: &Package) -> anyhow::Result<()> {
        let folder = match self.folder.is_dir() {
            true => self.folder.as_path(),
            false => self.folder.parent().unwrap_or(Path::new("")),
        };
        let component = folder.join(&package.manifest.component);
        let same = match (output.canonicalize(), component.canonicalize()) {
            (Ok(output), Ok(component)) => output == component,
            _ => false,
        };
        if same {
            bail!(
                "`{}` is the component that is packed; name another file with --output",
                output.display()
            );
        }
        Ok(())
    }
}
