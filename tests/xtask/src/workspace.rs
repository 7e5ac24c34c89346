//! The workspace as cargo sees it, and cargo itself.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

/// The folders that hold plugins, below the root.
const GUEST_FOLDERS: [&str; 2] = ["plugins", "tests/guests"];

/// Where everything is.
pub(crate) struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Where cargo puts what it builds.
    pub(crate) target: PathBuf,
    /// Its packages.
    pub(crate) packages: Vec<Package>,
}

/// One package of the workspace.
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// The folder of its `Cargo.toml`.
    pub(crate) folder: PathBuf,
}

impl Workspace {
    /// Asks cargo about the workspace that this crate belongs to.
    pub(crate) fn find() -> Result<Self> {
        // As cargo says it now, not as it was when this was compiled: clones may
        // share a target directory.
        let here = std::env::var_os("CARGO_MANIFEST_DIR");
        let here = here.context("run this as `cargo xtask`")?;
        let root = Path::new(&here).ancestors().nth(2);
        let root = root.context("this crate is not two folders below the workspace")?;
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root)
            .stderr(Stdio::inherit())
            .output()
            .context("cannot run cargo")?;
        if !output.status.success() {
            bail!("cargo cannot read the workspace in {}", root.display());
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let text = |value: &Value, key: &str| -> Result<String> {
            let found = value[key].as_str().map(str::to_owned);
            found.with_context(|| format!("cargo's metadata has no {key}"))
        };
        let packages = metadata["packages"]
            .as_array()
            .context("cargo's metadata has no packages")?;
        let packages = packages.iter().map(|package| {
            let manifest = PathBuf::from(text(package, "manifest_path")?);
            let folder = manifest
                .parent()
                .context("a manifest is in a folder")?
                .to_owned();
            Ok(Package {
                name: text(package, "name")?,
                folder,
            })
        });
        Ok(Self {
            root: text(&metadata, "workspace_root")?.into(),
            target: text(&metadata, "target_directory")?.into(),
            packages: packages.collect::<Result<_>>()?,
        })
    }

    /// A command that runs cargo in the workspace.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo());
        command.args(arguments).current_dir(&self.root);
        command
    }

    /// Everything that runs natively: all but the guests that tests use, which
    /// link as components only.
    pub(crate) fn native_packages(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| !package.folder.starts_with(self.root.join(GUEST_FOLDERS[1])))
    }

    /// The packages that are plugins.
    pub(crate) fn plugin_packages(&self) -> impl Iterator<Item = &Package> {
        let folders = GUEST_FOLDERS.map(|folder| self.root.join(folder));
        self.packages.iter().filter(move |package| {
            package
                .folder
                .parent()
                .is_some_and(|parent| folders.iter().any(|folder| folder == parent))
        })
    }

    /// The runtime's binary as `profile` builds it.
    pub(crate) fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target
            .join(profile)
            .join(name)
            .with_extension(std::env::consts::EXE_EXTENSION)
    }

    /// A path below the root, for people.
    pub(crate) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}

impl Package {
    /// The folder's name, by which people know a plugin.
    pub(crate) fn folder_name(&self) -> &str {
        self.folder
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or(&self.name)
    }
}

/// Runs a command to its end; anything but success is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_owned();
    let status = command
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if !status.success() {
        let arguments: Vec<_> = command
            .get_args()
            .map(|argument| argument.to_string_lossy())
            .collect();
        bail!(
            "{} {} failed ({status})",
            program.display(),
            arguments.join(" ")
        );
    }
    Ok(())
}

/// The cargo that runs us, else the one in the path.
fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
