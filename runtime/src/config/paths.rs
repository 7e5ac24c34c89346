//! Paths of the configuration: what they are relative to.

use std::path::{Path, PathBuf};

use crate::policy::{Invalid, quoted};

/// What paths in the file are relative to.
pub(super) struct Paths<'a> {
    pub(super) folder: &'a Path,
    pub(super) home: Option<&'a Path>,
}

impl Paths<'_> {
    pub(super) fn resolve(&self, text: &str) -> Result<PathBuf, Invalid> {
        let accepted =
            "an absolute path, one that begins with ~/, or one relative to this file's folder";
        if text.is_empty() || text.contains('\0') {
            return Err(Invalid::new(
                format!("{} is not a path", quoted(text)),
                accepted,
            ));
        }
        let Some(rest) = text.strip_prefix('~') else {
            return Ok(self.folder.join(text));
        };
        let below = rest.trim_start_matches(std::path::is_separator);
        if !rest.is_empty() && below.len() == rest.len() {
            return Err(Invalid::new(
                format!("{} names the home folder of another user", quoted(text)),
                accepted,
            ));
        }
        match self.home {
            Some(home) if below.is_empty() => Ok(home.to_owned()),
            Some(home) => Ok(home.join(below)),
            None => Err(Invalid::new(
                format!("{} needs a home folder, and there is none", quoted(text)),
                "an absolute path",
            )),
        }
    }
}
