//! The granted directories, and finding the one that a path is in.
//!
//! A path is absolute and begins with the name of a granted directory, as in
//! `/notes/todo.md`. `.` and `..` are resolved in the text of the path. That no
//! path leaves its directory, by `..` or by a link, is not seen to here: the
//! host does it, which opened the directories as capabilities.

use std::{fmt, path::PathBuf};

use portcullis_sdk::{Error, Result, data};

/// The directories that can be used.
#[data]
#[derive(Debug, PartialEq)]
pub(crate) struct Directories {
    directories: Vec<Directory>,
}

/// A directory that can be used.
#[data]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Directory {
    /// Where it is seen, such as `/notes`
    path: String,
    access: Access,
    /// Where the standard library finds it.
    #[serde(skip)]
    host: PathBuf,
}

/// What may be done with a directory.
#[data]
#[derive(Debug, Clone, Copy, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// A place in a granted directory. Shown as the path without `.` and `..`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Location {
    /// Such as `/notes/todo.md`
    pub(crate) path: String,
    /// Where the standard library finds it.
    pub(crate) host: PathBuf,
    /// The granted directory that it is in.
    pub(crate) directory: Directory,
}

impl Location {
    /// Whether it is a granted directory itself.
    pub(crate) fn is_root(&self) -> bool {
        self.path == self.directory.path
    }

    /// Whether files here may be changed.
    pub(crate) fn is_writable(&self) -> bool {
        self.directory.access == Access::ReadWrite
    }

    /// An entry of this directory.
    pub(crate) fn join(&self, name: &str) -> Self {
        Self {
            path: format!("{}/{name}", self.path.trim_end_matches('/')),
            host: self.host.join(name),
            directory: self.directory.clone(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl Directory {
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The rest of a path that is in this directory.
    fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let rest = path.strip_prefix(self.path.trim_end_matches('/'))?;
        match rest.strip_prefix('/') {
            Some(rest) => Some(rest),
            None => rest.is_empty().then_some(""),
        }
    }
}

/// All of them.
pub(crate) fn all() -> Directories {
    Directories {
        directories: granted(),
    }
}

/// Finds the place that a path names. It need not be there.
///
/// Refused are a relative path, and one that is in none of the granted
/// directories.
pub(crate) fn locate(path: &str) -> Result<Location> {
    let directories = granted();
    let refused =
        |why: &str| Error::new(format_args!("`{path}` {why}; {}", available(&directories)));
    if !path.starts_with('/') {
        return Err(refused("is not an absolute path"));
    }
    if path.contains('\0') {
        return Err(refused("holds a character that no path can hold"));
    }
    let outside = || refused("is in none of the directories that can be used");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or_else(outside)?),
            _ => parts.push(part),
        }
    }
    let path = format!("/{}", parts.join("/"));
    let (directory, below) = directories
        .iter()
        .filter_map(|directory| Some((directory, directory.below(&path)?)))
        .max_by_key(|(directory, _)| directory.path.len())
        .ok_or_else(outside)?;
    let host = if below.is_empty() {
        directory.host.clone()
    } else {
        directory.host.join(below)
    };
    Ok(Location {
        host,
        directory: directory.clone(),
        path,
    })
}

/// The directories in words, for messages.
fn available(directories: &[Directory]) -> String {
    if directories.is_empty() {
        return "no directory is granted to this plugin; the administrator of the server can grant \
                one as `filesystem.NAME=PATH`"
            .to_owned();
    }
    let paths = directories.iter().map(|directory| match directory.access {
        Access::Read => format!("{} (read only)", directory.path),
        Access::ReadWrite => directory.path.clone(),
    });
    format!("available: {}", paths.collect::<Vec<_>>().join(", "))
}

#[cfg(target_arch = "wasm32")]
pub(crate) fn granted() -> Vec<Directory> {
    use wasip2::filesystem::{preopens, types::DescriptorFlags};

    let directory = |(descriptor, path): (preopens::Descriptor, String)| {
        let flags = descriptor.get_flags().unwrap_or(DescriptorFlags::empty());
        let access = if flags.contains(DescriptorFlags::MUTATE_DIRECTORY) {
            Access::ReadWrite
        } else {
            Access::Read
        };
        Directory {
            host: PathBuf::from(&path),
            path,
            access,
        }
    };
    let mut directories: Vec<Directory> = preopens::get_directories()
        .into_iter()
        .map(directory)
        .collect();
    directories.sort_by(|a, b| a.path.cmp(&b.path));
    directories
}

#[cfg(not(target_arch = "wasm32"))]
thread_local! {
    /// What a native test granted.
    static GRANTED: std::cell::RefCell<Vec<Directory>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn granted() -> Vec<Directory> {
    GRANTED.with_borrow(Clone::clone)
}

/// Grants a directory of the machine to this thread's test.
#[cfg(test)]
pub(crate) fn grant(path: &str, host: &std::path::Path, access: Access) {
    let directory = Directory {
        path: path.to_owned(),
        access,
        host: host.to_owned(),
    };
    GRANTED.with_borrow_mut(|granted| granted.push(directory));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn located(path: &str) -> (String, String) {
        let location = locate(path).unwrap();
        (location.path, location.host.to_string_lossy().into_owned())
    }

    #[test]
    fn paths_are_resolved_in_their_text() {
        grant("/notes", "/host/n".as_ref(), Access::ReadWrite);
        grant("/notes-old", "/host/old".as_ref(), Access::Read);
        for (path, resolved, host) in [
            ("/notes", "/notes", "/host/n"),
            ("/notes/", "/notes", "/host/n"),
            ("//notes/./a//b", "/notes/a/b", "/host/n/a/b"),
            ("/notes/a/../b", "/notes/b", "/host/n/b"),
            ("/notes/../notes-old/x", "/notes-old/x", "/host/old/x"),
            ("/notes/…/ü", "/notes/…/ü", "/host/n/…/ü"),
        ] {
            assert_eq!(located(path), (resolved.to_owned(), host.to_owned()));
        }
        assert!(locate("/notes").unwrap().is_root());
        assert!(!locate("/notes-old").unwrap().is_writable());
    }

    #[test]
    fn what_is_elsewhere_is_refused_with_what_there_is() {
        let refused = |path: &str| locate(path).unwrap_err().message();
        assert!(refused("/notes/a").contains("no directory is granted"));
        grant("/notes", "/host/n".as_ref(), Access::ReadWrite);
        grant("/old", "/host/old".as_ref(), Access::Read);
        for path in [
            "/",
            "/etc/passwd",
            "/notesx",
            "/notes/../..",
            "/notes/../etc",
        ] {
            assert_eq!(
                refused(path),
                format!(
                    "`{path}` is in none of the directories that can be used; \
                     available: /notes, /old (read only)"
                )
            );
        }
        assert!(refused("notes/a").contains("is not an absolute path; available: "));
        assert!(refused("/notes/\0").contains("no path can hold"));
    }
}
