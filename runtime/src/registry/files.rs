//! The admin's two files, read so that they fit.

use std::path::PathBuf;

use super::opened::settled;
use crate::config::{Config, ConfigError};
use crate::locations::Locations;
use crate::package::{Lockfile, LockfileError};

/// What the files say.
pub struct Read {
    /// The config.
    pub config: Config,
    /// The lock file that goes with it.
    pub lock: Lockfile,
    texts: Texts,
}

/// What is in the files; none where there is no file.
#[derive(PartialEq, Eq)]
struct Texts {
    config: Option<Vec<u8>>,
    lock: Option<Vec<u8>>,
}

/// Reads both files.
pub fn read(locations: &Locations) -> Result<Read, ReadError> {
    Texts::read(locations)?.parse(locations)
}

impl Read {
    /// What the files say by now, if that is something else.
    pub fn changed(&self, locations: &Locations) -> Result<Option<Read>, ReadError> {
        let now = Texts::read(locations)?;
        if now == self.texts {
            return Ok(None);
        }
        now.parse(locations).map(Some)
    }
}

impl Texts {
    /// Whoever changes both files does so one after the other, and this waits
    /// until they fit.
    fn read(locations: &Locations) -> Result<Texts, ReadError> {
        let mut config = Config::read(&locations.config)?;
        loop {
            let lock = Lockfile::read(&locations.lock_file())?;
            // What is added is locked before the config names it, and what is
            // removed is so after; so a lock file that was read while the config
            // did not change has all that the config names.
            let again = Config::read(&locations.config)?;
            if again == config {
                return Ok(Texts { config, lock });
            }
            config = again;
        }
    }

    fn parse(self, locations: &Locations) -> Result<Read, ReadError> {
        let config = Config::decode(self.config.as_deref(), &locations.config)?;
        let lock = Lockfile::decode(self.lock.as_deref(), &locations.lock_file())?;
        let lock = settled(lock, &config);
        Ok(Read {
            config,
            lock,
            texts: self,
        })
    }
}

/// A config or a lock file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The lock file.
    #[error(transparent)]
    Lock(#[from] LockfileError),
}

impl ReadError {
    /// The file.
    pub fn path(&self, locations: &Locations) -> PathBuf {
        match self {
            ReadError::Config(_) => locations.config.clone(),
            ReadError::Lock(_) => locations.lock_file(),
        }
    }
}
