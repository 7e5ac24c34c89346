//! A plugin for files: reading, writing, editing and searching in the
//! directories that are granted to it, and nowhere else.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

mod diff;
mod directories;
mod edit;
mod failure;
mod info;
mod listing;
mod media_type;
mod read;
mod search;
#[cfg(test)]
mod tests;
mod timestamp;
mod write;

#[plugin]
mod filesystem {
    use portcullis_sdk::{Content, Error, ResourceContents, Result};

    use crate::{
        directories::{self, Directories, locate},
        edit::{self, Edit},
        info::{self, FileInfo},
        listing::{self, Listing, Tree},
        read,
        search::{self, Matches},
        write,
    };

    /// Read a text file: all of it, or its first or last lines.
    ///
    /// For images, sounds and other files that are not text use
    /// `read_media_file`.
    #[tool(
        title = "Read file",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn read_file(
        /// The file, such as `/notes/todo.md`
        path: String,
        /// Only this many lines from the beginning
        #[schema(minimum = 1)]
        head: Option<usize>,
        /// Only this many lines from the end; not together with `head`
        #[schema(minimum = 1)]
        tail: Option<usize>,
    ) -> Result<String> {
        let location = locate(&path)?;
        match (head, tail) {
            (None, None) => read::text(&location),
            (Some(lines), None) => read::head(&location, lines),
            (None, Some(lines)) => read::tail(&location, lines),
            (Some(_), Some(_)) => Err(Error::invalid_arguments(
                "`head` and `tail` are given; use one of them, or neither for the whole file",
            )),
        }
    }

    /// Read an image, a sound or any other file that is not text.
    #[tool(
        title = "Read media file",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn read_media_file(
        /// The file, such as `/notes/photo.png`
        path: String,
    ) -> Result<Content> {
        read::media(&locate(&path)?)
    }

    /// Write a text file: a new one, or all of an existing one anew.
    ///
    /// It is there as a whole or not at all. To change parts of a file use
    /// `edit_file`.
    #[tool(title = "Write file", destructive, idempotent, open_world = false)]
    pub(crate) fn write_file(
        /// The file, in a directory that exists
        path: String,
        /// The whole text of the file
        content: String,
    ) -> Result<String> {
        let location = locate(&path)?;
        let replaced = write::replace(&location, content.as_bytes())?;
        let verb = if replaced { "replaced" } else { "created" };
        Ok(format!("{verb} `{location}` ({} bytes)", content.len()))
    }

    /// Change parts of a text file, and show what changed as a diff.
    ///
    /// The edits are applied one after the other. If one does not fit, none is
    /// applied.
    #[tool(title = "Edit file", destructive, open_world = false)]
    pub(crate) fn edit_file(
        /// The file
        path: String,
        /// The changes, in order
        #[schema(minItems = 1)]
        edits: Vec<Edit>,
        /// Only show the diff, and leave the file as it is
        #[default(false)]
        dry_run: bool,
    ) -> Result<String> {
        edit::edit(&locate(&path)?, &edits, dry_run)
    }

    /// Create a directory, with those above it that are missing. It is no error
    /// if it is there already.
    #[tool(
        title = "Create directory",
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn create_directory(
        /// The directory
        path: String,
    ) -> Result<String> {
        let location = locate(&path)?;
        write::create_directory(&location)?;
        Ok(format!("`{location}` is there"))
    }

    /// List the files and directories in a directory, with their sizes.
    #[tool(
        title = "List directory",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn list_directory(
        /// The directory, such as `/notes`
        path: String,
    ) -> Result<Listing> {
        listing::list(&locate(&path)?)
    }

    /// Show the files and directories below a directory as a tree.
    ///
    /// Upper levels come first: where the tree is cut, `truncated` is true and
    /// it is the deeper levels that are missing.
    #[tool(
        title = "Directory tree",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn directory_tree(
        /// The directory at the root of the tree
        path: String,
        /// How many levels deep
        #[default(8)]
        #[schema(minimum = 1, maximum = 32)]
        max_depth: usize,
    ) -> Result<Tree> {
        if !(1..=32).contains(&max_depth) {
            return Err(Error::invalid_arguments(format_args!(
                "`max_depth` must be 1 to 32, not {max_depth}"
            )));
        }
        listing::tree(&locate(&path)?, max_depth)
    }

    /// Find files and directories whose path fits a glob pattern, in a
    /// directory and everything below it.
    ///
    /// `*` and `?` stand for any characters but `/`, `**` for any directories,
    /// `{a,b}` for one of several, `[a-z]` for one character of a set. A pattern
    /// without `/` is looked for in every directory.
    #[tool(
        title = "Search files",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn search_files(
        /// The directory to search in
        path: String,
        /// What to find, such as `src/**/*.rs` or `*.{md,txt}`
        #[schema(minLength = 1)]
        pattern: String,
        /// Patterns of what to leave out, such as `node_modules`; nothing below
        /// a directory that is left out is searched
        #[default]
        exclude: Vec<String>,
    ) -> Result<Matches> {
        search::search(&locate(&path)?, &pattern, &exclude)
    }

    /// Move or rename a file or a directory. What is at the destination is
    /// never overwritten.
    #[tool(title = "Move file", destructive, open_world = false)]
    pub(crate) fn move_file(
        /// What to move
        source: String,
        /// Its new path, in a directory that exists
        destination: String,
    ) -> Result<String> {
        let (source, destination) = (locate(&source)?, locate(&destination)?);
        write::relocate(&source, &destination)?;
        Ok(format!("moved `{source}` to `{destination}`"))
    }

    /// Tell what is known of a file or a directory: its kind, its size, and
    /// when it was changed.
    #[tool(
        title = "File info",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn file_info(
        /// The file or directory
        path: String,
    ) -> Result<FileInfo> {
        info::info(&locate(&path)?)
    }

    /// List the directories that can be used here, and whether their files may
    /// be changed. Every path begins with one of them.
    #[tool(
        title = "List allowed directories",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn list_allowed_directories() -> Directories {
        directories::all()
    }

    /// The directories that can be used, as JSON.
    #[resource(
        "fs://allowed-directories",
        title = "Allowed directories",
        mime_type = "application/json"
    )]
    pub(crate) fn allowed_directories() -> Directories {
        directories::all()
    }

    /// A file: `fs://file/notes/todo.md` is `/notes/todo.md`.
    #[resource("fs://file/{+path}", title = "File")]
    pub(crate) fn file(path: String) -> Result<ResourceContents> {
        let path = format!("/{}", path.trim_start_matches('/'));
        read::resource(&locate(&path)?)
    }

    #[complete(resource = "fs://file/{+path}", argument = "path")]
    pub(crate) fn paths(value: &str) -> Vec<String> {
        listing::suggestions(value)
    }
}
