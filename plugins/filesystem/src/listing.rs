//! What is in a directory, and below it.

use std::{fs, io};

use portcullis_sdk::{Error, Result, data, log};

use crate::{
    directories::{self, Location, locate},
    failure::failed,
};

/// The most entries that a listing or a tree holds.
const MAX_ENTRIES: usize = 2000;

/// What a path leads to.
#[data]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    File,
    Directory,
    Symlink,
    Other,
}

/// What is in a directory, by name.
#[data]
#[derive(Debug)]
pub(crate) struct Listing {
    path: String,
    entries: Vec<Entry>,
    /// Whether there are more entries than are listed
    truncated: bool,
}

/// One entry of a directory.
#[data]
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// In bytes; of files only
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) size: Option<u64>,
}

/// What is below a directory.
#[data]
#[derive(Debug)]
pub(crate) struct Tree {
    path: String,
    children: Vec<Node>,
    /// Whether there is more than is shown
    truncated: bool,
}

/// A file or a directory in a tree.
#[data]
#[derive(Debug)]
struct Node {
    name: String,
    kind: Kind,
    /// Of directories that were looked into
    #[serde(skip_serializing_if = "Option::is_none")]
    children: Option<Vec<Node>>,
}

impl From<fs::FileType> for Kind {
    fn from(kind: fs::FileType) -> Self {
        if kind.is_symlink() {
            Self::Symlink
        } else if kind.is_dir() {
            Self::Directory
        } else if kind.is_file() {
            Self::File
        } else {
            Self::Other
        }
    }
}

/// Lists a directory.
pub(crate) fn list(location: &Location) -> Result<Listing> {
    let mut entries = entries(location)?;
    let truncated = entries.len() > MAX_ENTRIES;
    entries.truncate(MAX_ENTRIES);
    for entry in entries.iter_mut().filter(|entry| entry.kind == Kind::File) {
        let metadata = location.host.join(&entry.name).symlink_metadata();
        entry.size = metadata.ok().map(|metadata| metadata.len());
    }
    Ok(Listing {
        path: location.path.clone(),
        entries,
        truncated,
    })
}

/// The entries of a directory by name, without their sizes.
pub(crate) fn entries(location: &Location) -> Result<Vec<Entry>> {
    let read = || -> io::Result<Vec<Entry>> {
        let entry = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok(Entry {
                name: entry.file_name().to_string_lossy().into_owned(),
                kind: entry.file_type()?.into(),
                size: None,
            })
        };
        fs::read_dir(&location.host)?.map(entry).collect()
    };
    let mut entries = read().map_err(|error| match error.kind() {
        io::ErrorKind::NotADirectory => Error::new(format_args!("`{location}` is not a directory")),
        _ => failed(location, "read", &error),
    })?;
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(entries)
}

/// A tree while it grows: every branch stands behind the one that it is on.
#[derive(Default)]
struct Growth {
    branches: Vec<Branch>,
    truncated: bool,
}

struct Branch {
    node: Node,
    /// The index of the branch that it is on; of the first level none.
    parent: Option<usize>,
    location: Location,
    depth: usize,
}

impl Growth {
    fn add(&mut self, entries: Vec<Entry>, parent: Option<usize>, location: &Location) {
        let room = MAX_ENTRIES - self.branches.len();
        self.truncated |= entries.len() > room;
        let depth = parent.map_or(1, |parent| self.branches[parent].depth + 1);
        let branch = |entry: Entry| Branch {
            location: location.join(&entry.name),
            node: Node {
                name: entry.name,
                kind: entry.kind,
                children: None,
            },
            parent,
            depth,
        };
        self.branches
            .extend(entries.into_iter().take(room).map(branch));
    }

    /// Looks into one branch, if it is a directory.
    fn look_into(&mut self, index: usize, max_depth: usize) {
        let branch = &mut self.branches[index];
        if branch.node.kind != Kind::Directory {
            return;
        }
        let location = branch.location.clone();
        match entries(&location) {
            Ok(entries) if branch.depth == max_depth && !entries.is_empty() => {
                self.truncated = true;
            }
            Ok(entries) => {
                branch.node.children = Some(Vec::new());
                self.add(entries, Some(index), &location);
            }
            Err(error) => log::warn!("{error}"),
        }
    }
}

/// Shows what is below a directory. Links are not followed.
pub(crate) fn tree(location: &Location, max_depth: usize) -> Result<Tree> {
    let mut growth = Growth::default();
    growth.add(entries(location)?, None, location);
    // It grows at its end while it is walked: level by level.
    let mut index = 0;
    while index < growth.branches.len() {
        growth.look_into(index, max_depth);
        index += 1;
    }
    Ok(Tree {
        path: location.path.clone(),
        children: assemble(growth.branches),
        truncated: growth.truncated,
    })
}

/// Puts each node into its parent, which always stands before it.
fn assemble(mut branches: Vec<Branch>) -> Vec<Node> {
    let mut roots = Vec::new();
    while let Some(mut branch) = branches.pop() {
        if let Some(children) = &mut branch.node.children {
            children.reverse();
        }
        let siblings = match branch.parent {
            None => Some(&mut roots),
            Some(parent) => branches[parent].node.children.as_mut(),
        };
        if let Some(siblings) = siblings {
            siblings.push(branch.node);
        }
    }
    roots.reverse();
    roots
}

/// Paths without their first `/` that begin with what has been typed;
/// directories end with `/`, so that typing can go on.
pub(crate) fn suggestions(typed: &str) -> Vec<String> {
    let typed = typed.trim_start_matches('/');
    let Some((folder, name)) = typed.rsplit_once('/') else {
        let roots = directories::granted();
        let roots = roots
            .iter()
            .map(|root| format!("{}/", root.path().trim_start_matches('/')));
        return roots.filter(|root| root.starts_with(typed)).collect();
    };
    let Ok(entries) = locate(&format!("/{folder}")).and_then(|location| entries(&location)) else {
        return Vec::new();
    };
    let fitting = entries.iter().filter(|entry| entry.name.starts_with(name));
    fitting
        .map(|entry| {
            let end = if entry.kind == Kind::Directory {
                "/"
            } else {
                ""
            };
            format!("{folder}/{}{end}", entry.name)
        })
        .collect()
}
