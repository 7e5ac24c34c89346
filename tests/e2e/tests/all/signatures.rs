//! Plugins that have to be signed: who signed what, and what happens to those
//! that nobody did. Keys and signatures of minisign are its own.

mod artifacts;
mod cosign;
mod files;
mod policy;
mod taken_back;

use std::fs;
use std::path::{Path, PathBuf};

use minisign::KeyPair;
use ring::digest::{SHA256, digest};

use crate::client::Client;
use crate::home::{Home, path};

/// What an author signs with.
struct Author {
    keys: KeyPair,
}

impl Author {
    fn new() -> Self {
        let keys = KeyPair::generate_unencrypted_keypair().expect("a pair of keys");
        Self { keys }
    }

    /// The public key, as it stands in a config.
    fn public(&self) -> String {
        self.keys.pk.to_base64()
    }

    fn sign(&self, content: &[u8], comment: &str) -> String {
        let (public, secret) = (Some(&self.keys.pk), &self.keys.sk);
        let signed = minisign::sign(public, secret, content, Some(comment), None);
        signed.expect("signed").into_string()
    }

    /// Signs a plugin's folder, as `sha256sum` and `minisign` would.
    fn sign_folder(&self, folder: &Path) {
        let sums = sums(folder, &["plugin.toml", "echo.wasm"]);
        fs::write(folder.join("SHA256SUMS"), &sums).expect("written");
        let signature = self.sign(sums.as_bytes(), "echo 0.1.0");
        fs::write(folder.join("SHA256SUMS.minisig"), signature).expect("written");
    }
}

fn sums(folder: &Path, names: &[&str]) -> String {
    let line = |name: &&str| {
        let content = fs::read(folder.join(name)).expect("a file");
        let digest = digest(&SHA256, &content);
        let hex: String = digest.as_ref().iter().map(|b| format!("{b:02x}")).collect();
        format!("{hex}  {name}\n")
    };
    names.iter().map(line).collect()
}

/// What makes the config trust a key with all plugins of this home.
fn trusted(home: &Home, name: &str, key: &str) -> String {
    let source = path(&home.path("plugins")).replace('\\', "\\\\");
    trust(
        name,
        &format!("{source}/*"),
        &format!("minisign = \"{key}\""),
    )
}

/// What makes the config trust a key with some sources.
fn trust(name: &str, source: &str, key: &str) -> String {
    format!("[[trust.key]]\nname = \"{name}\"\nsource = \"{source}\"\n{key}\n")
}

/// A home that trusts this author with its plugins, and a plugin that the author
/// has signed.
fn home(author: &Author) -> (Home, PathBuf) {
    let home = Home::empty();
    home.configure(&trusted(&home, "acme", &author.public()));
    let folder = home.plugin("echo", "");
    author.sign_folder(&folder);
    (home, folder)
}

/// Fails to add a plugin, leaves nothing behind, and says these things.
#[track_caller]
fn refused(home: &Home, arguments: &[&str], parts: &[&str]) {
    let before = home.installed();
    let stderr = home.run(&[&["add"], arguments].concat()).failed(1);
    for part in parts {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
    assert_eq!(home.installed(), before);
}

#[test]
fn what_a_trusted_key_has_signed_is_installed_and_served() {
    let author = Author::new();
    let (home, folder) = home(&author);
    let added = home.run(&["add", path(&folder)]).done();
    assert!(added.contains("signed by acme: echo 0.1.0\n"), "{added}");
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    assert!(
        lock.contains("signed-by = { name = \"acme\", key = \"blake3:"),
        "{lock}"
    );
    let again = [
        "add",
        path(&folder),
        "--name",
        "again",
        "--prefix",
        "again",
        "--json",
    ];
    let added = home.run(&again).json();
    assert_eq!(added["signed_by"], "acme");
    assert_eq!(added["signature_comment"], "echo 0.1.0");
    let inspected = home.run(&["inspect", "echo", "--json"]).json();
    assert_eq!(inspected["signed_by"], "acme");
    home.run(&["verify"]).done();
    Client::modern(&home).assert_answers();
}

#[test]
fn a_signature_may_lie_elsewhere() {
    let author = Author::new();
    let (home, folder) = home(&author);
    let elsewhere = home.path("echo.minisig");
    fs::rename(folder.join("SHA256SUMS.minisig"), &elsewhere).expect("moved");
    refused(
        &home,
        &[path(&folder)],
        &[
            "plugin `echo`",
            "is not signed",
            "`acme`",
            "SHA256SUMS.minisig",
        ],
    );
    home.run(&["add", path(&folder), "--signature", path(&elsewhere)])
        .done();
}

#[test]
fn what_is_not_signed_is_refused() {
    let (home, folder) = home(&Author::new());
    fs::remove_file(folder.join("SHA256SUMS.minisig")).expect("removed");
    refused(&home, &[path(&folder)], &["it is not signed", "by `acme`"]);
    fs::remove_file(folder.join("SHA256SUMS")).expect("removed");
    refused(&home, &[path(&folder)], &["it is not signed", "by `acme`"]);
    // A source that no key is for need not be signed, unless all have to.
    let other = home.path("other");
    fs::rename(&folder, &other).expect("moved");
    home.configure("[trust]\nrequire-signature = true");
    refused(
        &home,
        &[path(&other)],
        &["`require-signature` is set", "no key in [trust] is for"],
    );
    let config = fs::read_to_string(home.config()).expect("a config");
    fs::write(home.config(), config.replace("= true", "= false")).expect("written");
    home.run(&["add", path(&other)]).done();
}

#[test]
fn a_signature_by_another_key_is_refused() {
    let (home, folder) = home(&Author::new());
    Author::new().sign_folder(&folder);
    refused(
        &home,
        &[path(&folder)],
        &[
            "it is not signed by `acme`",
            "`SHA256SUMS.minisig`: another key has made it",
        ],
    );
}

#[test]
fn a_component_that_was_tampered_with_is_refused() {
    let (home, folder) = home(&Author::new());
    let file = folder.join("echo.wasm");
    let mut component = fs::read(&file).expect("a component");
    // A custom section more: it is as good a component as before.
    component.extend([0, 3, 1, b'x', 0]);
    fs::write(&file, component).expect("written");
    refused(
        &home,
        &[path(&folder)],
        &["`echo.wasm` is not what was signed", "SHA-256"],
    );
}

#[test]
fn a_manifest_that_was_tampered_with_is_refused() {
    let author = Author::new();
    let (home, folder) = home(&author);
    let manifest = folder.join("plugin.toml");
    let before = fs::read_to_string(&manifest).expect("a manifest");
    let greedy = format!("{before}\n[[http]]\nhost = \"evil.example\"\n");
    fs::write(&manifest, &greedy).expect("written");
    refused(
        &home,
        &[path(&folder), "--grant-all"],
        &["`plugin.toml` is not what was signed"],
    );
    // Neither does it help to change what is signed, or to sign less.
    let list = folder.join("SHA256SUMS");
    fs::write(&list, sums(&folder, &["plugin.toml", "echo.wasm"])).expect("written");
    refused(
        &home,
        &[path(&folder), "--grant-all"],
        &["of something else, or was changed"],
    );
    let component = sums(&folder, &["echo.wasm"]);
    fs::write(&list, &component).expect("written");
    let signature = author.sign(component.as_bytes(), "the component alone");
    fs::write(folder.join("SHA256SUMS.minisig"), signature).expect("written");
    refused(
        &home,
        &[path(&folder), "--grant-all"],
        &["SHA256SUMS does not have `plugin.toml`"],
    );
    // A signature of the component beside it says nothing of its manifest.
    for name in ["SHA256SUMS", "SHA256SUMS.minisig"] {
        fs::remove_file(folder.join(name)).expect("removed");
    }
    let component = fs::read(folder.join("echo.wasm")).expect("a component");
    let signature = folder.join("echo.wasm.minisig");
    fs::write(&signature, author.sign(&component, "echo")).expect("written");
    refused(
        &home,
        &[path(&folder), "--grant-all"],
        &["it is not signed"],
    );
    refused(
        &home,
        &[
            path(&folder),
            "--grant-all",
            "--signature",
            path(&signature),
        ],
        &["there is no SHA256SUMS for it to sign"],
    );
}

#[test]
fn a_file_that_is_listed_twice_is_refused() {
    let author = Author::new();
    let (home, folder) = home(&author);
    let mut list = sums(&folder, &["plugin.toml", "echo.wasm"]);
    list.push_str(&format!("{}  ./plugin.toml\n", "0".repeat(64)));
    fs::write(folder.join("SHA256SUMS"), &list).expect("written");
    let signature = author.sign(list.as_bytes(), "twice");
    fs::write(folder.join("SHA256SUMS.minisig"), signature).expect("written");
    refused(
        &home,
        &[path(&folder)],
        &["SHA256SUMS has `plugin.toml` twice"],
    );
}

#[test]
fn a_signature_of_another_file_is_refused() {
    let author = Author::new();
    let (home, folder) = home(&author);
    let other = home.plugin("offers", "");
    let list = sums(&other, &["plugin.toml", "offers.wasm"]);
    let signature = author.sign(list.as_bytes(), "offers");
    fs::write(folder.join("SHA256SUMS.minisig"), &signature).expect("written");
    refused(
        &home,
        &[path(&folder)],
        &["it is of something else, or was changed"],
    );
    // With its own list it is good, of the other plugin.
    fs::write(folder.join("SHA256SUMS"), list).expect("written");
    refused(
        &home,
        &[path(&folder)],
        &["`plugin.toml` is not what was signed"],
    );
}

#[test]
fn what_a_signer_writes_shows_as_text() {
    let author = Author::new();
    let (home, folder) = home(&author);
    let list = fs::read(folder.join("SHA256SUMS")).expect("a list");
    let signature = author.sign(&list, "\u{1b}[2Jgranted\u{202e}");
    fs::write(folder.join("SHA256SUMS.minisig"), signature).expect("written");
    let added = home.run(&["add", path(&folder)]).done();
    assert!(
        added.contains(r"signed by acme: \u{1b}[2Jgranted\u{202e}"),
        "{added}"
    );
}

#[test]
fn a_signature_that_nobody_can_check_is_refused() {
    let author = Author::new();
    let (home, folder) = home(&author);
    fs::remove_file(home.config()).expect("removed");
    let signature = folder.join("SHA256SUMS.minisig");
    refused(
        &home,
        &[path(&folder), "--signature", path(&signature)],
        &["its signature cannot be checked", "add a [[trust.key]]"],
    );
    refused(
        &home,
        &[path(&folder), "--signature", path(&home.path("none"))],
        &["cannot read the signature"],
    );
}

#[test]
fn a_key_that_is_trusted_no_more_ends_what_it_signed() {
    let (author, other) = (Author::new(), Author::new());
    let (home, folder) = home(&author);
    home.run(&["add", path(&folder)]).done();
    let config = fs::read_to_string(home.config()).expect("a config");
    // Another key under the same name.
    let replaced = config.replace(&author.public(), &other.public());
    fs::write(home.config(), replaced).expect("written");
    let ran = home.run(&["verify"]);
    assert_eq!(ran.code, 1);
    for part in [
        "with a signature by",
        "`acme`",
        "[trust] has no such key",
        "portcullis add",
    ] {
        assert!(ran.stdout.contains(part), "`{part}`: {}", ran.stdout);
    }
    let mut client = Client::modern(&home);
    client.call_error("echo", serde_json::json!({ "text": "a" }));
    drop(client);
    fs::write(home.config(), &config).expect("written");
    home.run(&["verify"]).done();
    Client::modern(&home).assert_answers();
    // What was installed before anybody had to sign is not served from then on.
    let unsigned = home.plugin("offers", "");
    fs::write(home.config(), config.replace("/plugins/*", "/plugins/echo")).expect("written");
    home.run(&["add", path(&unsigned)]).done();
    let now = fs::read_to_string(home.config()).expect("a config");
    fs::write(
        home.config(),
        now.replace("/plugins/echo\"\nmini", "/plugins/*\"\nmini"),
    )
    .expect("written");
    let ran = home.run(&["verify"]);
    assert!(
        ran.stdout.contains("installed without a signature"),
        "{}",
        ran.stdout
    );
}
