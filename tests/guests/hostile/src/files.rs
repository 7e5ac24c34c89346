//! The file system.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};

use wasip2::filesystem::preopens;
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

pub(crate) fn open_files(path: &str, count: usize) -> String {
    let files: Vec<_> = (0..count).map(|_| File::open(path)).collect();
    let open = files.iter().filter(|file| file.is_ok()).count();
    format!("{open} open")
}

pub(crate) fn make_files(folder: &str, count: usize) -> String {
    let made = (0..count).find_map(|number| {
        let failed = File::create(format!("{folder}/{number}")).err()?;
        Some(format!("denied after {number}: {failed}"))
    });
    made.unwrap_or_else(|| format!("ok: {count} files"))
}

pub(crate) fn make_deep_folders(folder: &str, count: usize) -> String {
    let mut path = folder.to_owned();
    for number in 0..count {
        path.push_str("/d");
        if let Err(failed) = fs::create_dir(&path) {
            return format!("denied after {number}: {failed}");
        }
    }
    format!("ok: {count} folders")
}

pub(crate) fn fill_file(path: &str) -> String {
    let chunk = vec![b'x'; 64 << 10];
    let filled = File::create(path).and_then(|mut file| {
        loop {
            file.write_all(&chunk)?;
        }
        #[expect(unreachable_code, reason = "it says what the closure gives")]
        Ok(())
    });
    told(filled)
}

pub(crate) fn make_sparse(path: &str, bytes: u64, by_writing: bool) -> String {
    let opened = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .open(path);
    told(opened.and_then(|mut file| {
        if by_writing {
            file.seek(SeekFrom::Start(bytes))?;
            file.write_all(b"x")
        } else {
            file.set_len(bytes)
        }
    }))
}

pub(crate) fn open_as_it_is(mount: &str, path: &str) -> String {
    let folders = preopens::get_directories();
    let Some((folder, _)) = folders.iter().find(|(_, name)| name == mount) else {
        return "no such mount".to_owned();
    };
    let follow = PathFlags::SYMLINK_FOLLOW;
    match folder.open_at(follow, path, OpenFlags::empty(), DescriptorFlags::READ) {
        Ok(_) => "ok".to_owned(),
        Err(code) => format!("denied: {code}"),
    }
}

pub(crate) fn make_long_name(folder: &str, letters: usize) -> String {
    told(File::create(format!("{folder}/{}", "n".repeat(letters))).map(drop))
}

pub(crate) fn read_again(path: &str, times: usize) -> String {
    let seen: BTreeSet<String> = (0..times)
        .map(|_| fs::read_to_string(path).unwrap_or_else(|_| "an error".to_owned()))
        .collect();
    seen.into_iter().collect::<Vec<_>>().join("\n")
}

pub(crate) fn write_again(path: &str, text: &str, times: usize) -> String {
    let written = (0..times).filter(|_| fs::write(path, text).is_ok()).count();
    format!("{written} written")
}

fn told(result: std::io::Result<()>) -> String {
    match result {
        Ok(()) => "ok".to_owned(),
        Err(error) => format!("denied: {error}"),
    }
}
