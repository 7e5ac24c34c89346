use super::*;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn folder(component: &str, bytes: Option<&[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let manifest = format!(
        "[plugin]\nname = \"hello\"\nversion = \"0.1.0\"\ndescription = \"Greets\"\ncomponent = \"{component}\"\n"
    );
    fs::write(folder.path().join(MANIFEST_FILE), manifest).expect("written");
    if let Some(bytes) = bytes {
        let path = folder.path().join(component);
        fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        fs::write(path, bytes).expect("written");
    }
    folder
}

fn refused(path: &Path) -> String {
    Package::load(path).expect_err("refused").to_string()
}

#[test]
fn a_folder_is_loaded_installed_and_loaded_again() {
    let folder = folder("target/hello.wasm", Some(COMPONENT));
    let package = Package::load(folder.path()).expect("loaded");
    assert_eq!(package.manifest.to_string(), "hello 0.1.0");
    assert_eq!(package.component_digest, Digest::of(COMPONENT));
    assert_eq!(
        Package::load(&folder.path().join(MANIFEST_FILE)).expect("loaded"),
        package
    );

    let store = Store::new(folder.path());
    let locked = package.install(&store, None).expect("installed");
    assert_eq!(locked, package.locked());
    assert_eq!(
        Package::from_store(&store, "hello", &locked).expect("loaded"),
        package
    );
    fs::write(store.path(&locked.component), b"\0asm\x0d\0\x01\0evil").expect("written");
    assert!(matches!(
        Package::from_store(&store, "hello", &locked),
        Err(InstalledError::Store { .. })
    ));
}

#[test]
fn what_is_missing_is_named() {
    let empty = tempfile::tempdir().expect("a folder");
    assert!(refused(&empty.path().join("none")).starts_with("no folder "));
    assert!(refused(empty.path()).starts_with("no plugin.toml in "));
    let file = empty.path().join("hello.txt");
    fs::write(&file, COMPONENT).expect("written");
    assert!(refused(&file).ends_with(
        "is not a folder; accepted: the folder that holds plugin.toml, or a component's file, \
         NAME.wasm"
    ));

    let message = refused(folder("hello.wasm", None).path());
    assert!(
        message.contains("plugin `hello`") && message.contains("hello.wasm;"),
        "{message}"
    );
    assert!(
        message.contains("cargo build --release --target wasm32-wasip2"),
        "{message}"
    );
}

#[test]
fn what_is_no_component_is_named() {
    let message = refused(folder("hello.wasm", Some(b"\0asm\x01\0\0\0")).path());
    assert!(
        message.starts_with("the component of plugin `hello`, "),
        "{message}"
    );
    assert!(
        message.contains("hello.wasm, is a core WebAssembly module"),
        "{message}"
    );
}

#[test]
fn a_component_that_is_too_large_is_not_read() {
    let folder = folder("hello.wasm", Some(COMPONENT));
    let file = fs::File::options()
        .write(true)
        .open(folder.path().join("hello.wasm"))
        .expect("open");
    file.set_len(MAX_COMPONENT_BYTES + 1)
        .expect("a sparse file");
    assert!(refused(folder.path()).ends_with("has 67108865 bytes; accepted: at most 67108864"));
}

#[cfg(unix)]
#[test]
fn a_link_cannot_leave_the_folder() {
    let outside = tempfile::tempdir().expect("a folder");
    let target = outside.path().join("secret");
    fs::write(&target, COMPONENT).expect("written");
    let folder = folder("hello.wasm", None);
    std::os::unix::fs::symlink(&target, folder.path().join("hello.wasm")).expect("linked");
    assert!(refused(folder.path()).contains("is a link that leaves its folder"));
}

#[test]
fn a_manifest_in_the_wrong_encoding_has_a_place() {
    let folder = folder("hello.wasm", Some(COMPONENT));
    fs::write(
        folder.path().join(MANIFEST_FILE),
        b"[plugin]\nname = \"h\xe9llo\"\n",
    )
    .expect("written");
    assert!(refused(folder.path()).contains("plugin.toml:2:10: byte 0xe9 is not UTF-8"));
}
