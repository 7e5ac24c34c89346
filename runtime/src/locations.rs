//! Where the admin's files and the program's own data are.
//!
//! | | configuration | data (store, caches, state) |
//! |---|---|---|
//! | flag | `--config FILE` | `--data DIR` |
//! | variable | `PORTCULLIS_CONFIG` | `PORTCULLIS_DATA` |
//! | Linux and other Unix | `$XDG_CONFIG_HOME/portcullis/portcullis.toml`, else below `~/.config` | `$XDG_DATA_HOME/portcullis`, else below `~/.local/share` |
//! | macOS | `~/Library/Application Support/portcullis/portcullis.toml` | the same folder |
//! | Windows | `%APPDATA%\portcullis\portcullis.toml` | `%LOCALAPPDATA%\portcullis` |
//!
//! The first that is set counts. An empty variable counts as not set, and so
//! does a relative XDG folder, as the XDG specification wants it. The lock
//! file lies beside the configuration.

use std::{
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

/// The configuration's name in its folder.
pub const CONFIG_FILE: &str = "portcullis.toml";
/// The lock file's name, beside the configuration.
const LOCK_FILE: &str = "portcullis.lock";
/// The folder's name in the user's folders.
const FOLDER: &str = "portcullis";

/// Where the admin's files and the program's own data are. Absolute paths;
/// nothing need be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locations {
    /// The configuration file.
    pub config: PathBuf,
    /// The data folder.
    pub data: PathBuf,
}

/// Locations that cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum LocationsError {
    /// No flag, no variable and no home folder.
    #[error(
        "cannot tell where the {what} is: there is no home folder; pass {flag} or set {variable}"
    )]
    NoHome {
        /// What is looked for.
        what: &'static str,
        /// The flag that says it.
        flag: &'static str,
        /// The environment variable that says it.
        variable: &'static str,
    },
    /// A relative path without a working directory.
    #[error("cannot make {} absolute", path.display())]
    Relative {
        /// The path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Locations {
    /// Finds the locations from the command line's `--config` and `--data`,
    /// the environment and the platform.
    ///
    /// # Errors
    /// A user without a home folder, where it is needed.
    pub fn resolve(config: Option<&Path>, data: Option<&Path>) -> Result<Self, LocationsError> {
        let Self { config, data } = Environment::of(&variable).locations(config, data)?;
        let absolute = |path: PathBuf| {
            std::path::absolute(&path).map_err(|source| LocationsError::Relative { path, source })
        };
        Ok(Self {
            config: absolute(config)?,
            data: absolute(data)?,
        })
    }

    /// The locations where nothing else is said, neither by flags nor by
    /// variables that only a shell may have: those that a program finds which a
    /// desktop started. None for a user without a home folder.
    pub fn usual() -> Option<Self> {
        let of_the_system = |name: &str| {
            let always_set = matches!(name, "APPDATA" | "LOCALAPPDATA");
            always_set.then(|| variable(name)).flatten()
        };
        Environment::of(&of_the_system).locations(None, None).ok()
    }

    /// The lock file, beside the configuration.
    pub fn lock_file(&self) -> PathBuf {
        self.config.with_file_name(LOCK_FILE)
    }
}

/// The user's folders, in which other programs keep their settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFolders {
    /// Whose customs the folders follow.
    pub platform: Platform,
    /// The home folder.
    pub home: PathBuf,
    /// Where programs keep their settings: `~/.config` or what stands in its
    /// place, `~/Library/Application Support`, `%APPDATA%`.
    pub config: PathBuf,
}

impl UserFolders {
    /// The folders of the user of this process; none without a home folder.
    pub fn find() -> Option<Self> {
        let environment = Environment::of(&variable);
        Some(Self {
            platform: environment.platform,
            config: environment.config_folder()?,
            home: environment.home?,
        })
    }
}

/// Whose customs folders follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Linux and other Unix: the XDG specification.
    Xdg,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// What the locations depend on.
struct Environment<'a> {
    variable: &'a dyn Fn(&str) -> Option<OsString>,
    home: Option<PathBuf>,
    platform: Platform,
}

impl<'a> Environment<'a> {
    /// That of this process, with these variables.
    fn of(variable: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self {
            variable,
            home: std::env::home_dir().filter(|home| home.is_absolute()),
            platform: if cfg!(windows) {
                Platform::Windows
            } else if cfg!(target_os = "macos") {
                Platform::MacOs
            } else {
                Platform::Xdg
            },
        }
    }

    fn locations(
        &self,
        config: Option<&Path>,
        data: Option<&Path>,
    ) -> Result<Locations, LocationsError> {
        let config = config
            .map(Path::to_owned)
            .or_else(|| self.path("PORTCULLIS_CONFIG"));
        let config = config.or_else(|| Some(self.config_folder()?.join(FOLDER).join(CONFIG_FILE)));
        let data = data
            .map(Path::to_owned)
            .or_else(|| self.path("PORTCULLIS_DATA"));
        let data = data.or_else(|| Some(self.data_folder()?.join(FOLDER)));
        Ok(Locations {
            config: config.ok_or(LocationsError::NoHome {
                what: "configuration",
                flag: "--config FILE",
                variable: "PORTCULLIS_CONFIG",
            })?,
            data: data.ok_or(LocationsError::NoHome {
                what: "data folder",
                flag: "--data DIR",
                variable: "PORTCULLIS_DATA",
            })?,
        })
    }

    fn config_folder(&self) -> Option<PathBuf> {
        match self.platform {
            Platform::Xdg => self
                .absolute("XDG_CONFIG_HOME")
                .or_else(|| self.below_home(".config")),
            Platform::MacOs => self.below_home("Library/Application Support"),
            Platform::Windows => self
                .absolute("APPDATA")
                .or_else(|| self.below_home("AppData/Roaming")),
        }
    }

    fn data_folder(&self) -> Option<PathBuf> {
        match self.platform {
            Platform::Xdg => self
                .absolute("XDG_DATA_HOME")
                .or_else(|| self.below_home(".local/share")),
            Platform::MacOs => self.below_home("Library/Application Support"),
            Platform::Windows => self
                .absolute("LOCALAPPDATA")
                .or_else(|| self.below_home("AppData/Local")),
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        (self.variable)(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    }

    fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.path(name).filter(|path| path.is_absolute())
    }

    /// A folder in the home folder, its parts separated by `/`.
    fn below_home(&self, parts: &str) -> Option<PathBuf> {
        let home = self.home.as_ref()?;
        Some(
            parts
                .split('/')
                .fold(home.clone(), |path, part| path.join(part)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An absolute path on the machine that runs the test.
    fn root(parts: &str) -> PathBuf {
        let start = PathBuf::from(if cfg!(windows) { r"C:\" } else { "/" });
        parts.split('/').fold(start, |path, part| path.join(part))
    }

    fn locations(
        platform: Platform,
        variables: &[(&str, PathBuf)],
        flags: [Option<&Path>; 2],
        home: Option<PathBuf>,
    ) -> Result<Locations, String> {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(set, _)| *set == name)
                .map(|(_, value)| value.clone().into_os_string())
        };
        let environment = Environment {
            variable: &variable,
            home,
            platform,
        };
        environment
            .locations(flags[0], flags[1])
            .map_err(|error| error.to_string())
    }

    fn expect(config: PathBuf, data: PathBuf) -> Result<Locations, String> {
        Ok(Locations { config, data })
    }

    #[test]
    fn the_platforms_folders() {
        let home = || Some(root("home/me"));
        let support = root("home/me/Library/Application Support/portcullis");
        assert_eq!(
            locations(Platform::Xdg, &[], [None, None], home()),
            expect(
                root("home/me/.config/portcullis/portcullis.toml"),
                root("home/me/.local/share/portcullis")
            )
        );
        assert_eq!(
            locations(Platform::MacOs, &[], [None, None], home()),
            expect(support.join("portcullis.toml"), support)
        );
        let variables = [
            ("APPDATA", root("roaming")),
            ("LOCALAPPDATA", root("local")),
        ];
        assert_eq!(
            locations(Platform::Windows, &variables, [None, None], None),
            expect(
                root("roaming/portcullis/portcullis.toml"),
                root("local/portcullis")
            )
        );
    }

    #[test]
    fn xdg_folders_are_absolute() {
        let home = || Some(root("home/me"));
        let set = |config: PathBuf| [("XDG_CONFIG_HOME", config), ("XDG_DATA_HOME", root("data"))];
        let found = locations(Platform::Xdg, &set(root("config")), [None, None], home());
        assert_eq!(
            found,
            expect(
                root("config/portcullis/portcullis.toml"),
                root("data/portcullis")
            )
        );
        for ignored in ["", "relative"] {
            let found = locations(Platform::Xdg, &set(ignored.into()), [None, None], home());
            assert_eq!(
                found,
                expect(
                    root("home/me/.config/portcullis/portcullis.toml"),
                    root("data/portcullis")
                )
            );
        }
    }

    #[test]
    fn flags_come_before_variables_before_folders() {
        let variables = [
            ("PORTCULLIS_CONFIG", root("v/c.toml")),
            ("PORTCULLIS_DATA", root("v/data")),
        ];
        let both = [Some(Path::new("f.toml")), Some(Path::new("fdata"))];
        assert_eq!(
            locations(Platform::Xdg, &variables, both, None),
            expect("f.toml".into(), "fdata".into())
        );
        assert_eq!(
            locations(
                Platform::Xdg,
                &variables,
                [None, None],
                Some(root("home/me"))
            ),
            expect(root("v/c.toml"), root("v/data"))
        );
    }

    #[test]
    fn without_a_home_the_flag_is_named() {
        assert_eq!(
            locations(Platform::Xdg, &[], [None, None], None),
            Err("cannot tell where the configuration is: there is no home folder; pass --config FILE or set PORTCULLIS_CONFIG".to_owned())
        );
        assert!(
            locations(Platform::MacOs, &[], [Some(Path::new("c")), None], None)
                .unwrap_err()
                .contains("--data DIR")
        );
    }

    #[test]
    fn the_lock_lies_beside_the_configuration() {
        let locations = Locations::resolve(Some(Path::new("x/my.toml")), Some(Path::new("data")))
            .expect("resolved");
        assert!(locations.config.is_absolute() && locations.data.is_absolute());
        assert_eq!(
            locations.lock_file(),
            locations.config.with_file_name("portcullis.lock")
        );
    }
}
