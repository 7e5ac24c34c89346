//! `portcullis bundle`: a bundle is unpacked, and its command started as the
//! specification of MCP Bundles says; its tools work, with what its user chose.

mod documents;

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::{Home, Ran, path};
use crate::web::Web;
use documents::{assert_members, check_manifest, check_schema};

/// A bundle as a host program has installed it, for a user whose home is another.
struct Installed {
    user: Home,
    folder: PathBuf,
    manifest: Value,
}

impl Installed {
    fn of(bundle: &Path) -> Self {
        let user = Home::empty();
        let folder = user.path("extensions/it");
        let bytes = fs::read(bundle).expect("a bundle");
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("an archive");
        archive.extract(&folder).expect("extracted");
        let manifest = fs::read(folder.join("manifest.json")).expect("a manifest");
        let manifest = serde_json::from_slice(&manifest).expect("JSON");
        Self {
            user,
            folder,
            manifest,
        }
    }

    /// The server's command with these values filled in. Values that are not there
    /// stay as the manifest has them, as they do in the reference implementation.
    fn command(&self, chosen: &[(&str, &str)]) -> Command {
        let filled = |text: &Value| {
            let text = text.as_str().expect("text");
            let text = text.replace("${__dirname}", path(&self.folder));
            chosen.iter().fold(text, |text, (key, value)| {
                text.replace(&format!("${{user_config.{key}}}"), value)
            })
        };
        let config = &self.manifest["server"]["mcp_config"];
        let mut command = Command::new(filled(&config["command"]));
        command
            .args(
                config["args"]
                    .as_array()
                    .expect("arguments")
                    .iter()
                    .map(filled),
            )
            .current_dir(self.user.path("work"))
            .env_clear()
            .env("HOME", self.user.path(""));
        for (name, value) in config["env"].as_object().expect("variables") {
            command.env(name, filled(value));
        }
        for name in ["PATH", "SystemRoot", "TMPDIR"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    fn start(&self, chosen: &[(&str, &str)]) -> Client {
        Client::started(self.command(chosen), Some(json!({})))
    }

    /// How it ends that does not start.
    fn refused(&self, chosen: &[(&str, &str)]) -> String {
        let output = self.command(chosen).stdin(Stdio::null()).output();
        Ran::new(&output.expect("it runs")).failed(1)
    }

    /// All files of the bundle, with what is in them.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for file in crate::home::files(folder) {
                match file.is_dir() {
                    true => collect(&file, found),
                    false => drop(found.insert(file.clone(), fs::read(&file).expect("read"))),
                }
            }
        }
        let mut found = BTreeMap::new();
        collect(&self.folder, &mut found);
        found
    }
}

fn bundle(home: &Home, more: &[&str]) -> PathBuf {
    let file = home.path("it.mcpb");
    let mut arguments = vec!["bundle", "--output", path(&file)];
    arguments.extend(more);
    home.run(&arguments).done();
    file
}

#[test]
fn one_click_gives_a_server_that_works() {
    let home = Home::with(&["echo"]);
    let mine = home.folder("mine");
    home.add(
        "filesystem",
        &["--grant", &format!("filesystem.notes={mine}:ro")],
    );
    home.add("keeper", &["--grant", "keyvalue"]);
    let file = bundle(&home, &[]);
    let installed = Installed::of(&file);
    check_manifest(&installed.manifest);
    let text = installed.manifest.to_string();
    assert!(
        !text.contains(&mine),
        "no path of this machine is in it: {text}"
    );
    let notes = "filesystem_filesystem_notes";
    let field = &installed.manifest["user_config"][notes];
    assert_eq!(
        (&field["type"], &field["required"]),
        (&json!("directory"), &json!(true))
    );

    let chosen = installed.user.folder("chosen");
    fs::write(Path::new(&chosen).join("todo.md"), "water the plants").expect("written");
    let before = installed.files();
    let mut client = installed.start(&[(notes, &chosen)]);
    assert_eq!(client.text("echo", json!({ "text": "hi" })), "hi");
    let todo = json!({ "path": "/notes/todo.md" });
    assert_eq!(client.text("read_file", todo.clone()), "water the plants");
    let write = json!({ "path": "/notes/new.md", "content": "x" });
    client.tool_error("write_file", write);
    client.text("keep", json!({ "key": "a", "value": "one" }));
    client.close();
    assert!(
        installed.files() == before,
        "nothing is written into the bundle's folder"
    );

    // At the next start what plugins keep is there, and another choice counts.
    let other = installed.user.folder("other");
    let mut client = installed.start(&[(notes, &other)]);
    client.tool_error("read_file", todo);
    assert_eq!(client.text("recall", json!({ "key": "a" })), "one");
    client.close();
    // What is not chosen is not granted.
    let mut client = installed.start(&[]);
    assert_eq!(client.text("echo", json!({ "text": "hi" })), "hi");
    client.tool_error("read_file", json!({ "path": "/notes/todo.md" }));
    client.close();
    let refused = installed.refused(&[(notes, "not/absolute")]);
    assert!(
        refused.contains("`not/absolute` is no directory for plugin `filesystem`"),
        "{refused}"
    );
}

#[test]
fn settings_and_secrets_come_from_the_user_and_hosts_from_the_admin() {
    const SECRET: &str = "hunter2-hunter2";
    let web = Web::hello();
    let home = Home::empty();
    let token = home.path("token.txt");
    fs::write(&token, "mine-alone").expect("written");
    let requests = format!(
        "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n\
         [secrets.token]\ndescription = \"a token\"\n\
         http = {{ host = \"127.0.0.1\", header = \"x-token\" }}\n\
         [settings.owner]\ndescription = \"whose\"\n[settings.team]\n\
         [settings.depth]\ndefault = \"3\"\n",
        web.port()
    );
    home.add_probe(
        &requests,
        &[
            "--grant",
            &format!("http=http://{}", web.authority()),
            "--grant",
            &format!("secrets.token=file:{}", path(&token)),
            "--grant",
            "settings.owner=acme",
        ],
    );
    let file = bundle(&home, &["probe", "--name", "probing", "--author", "Acme"]);
    let installed = Installed::of(&file);
    check_manifest(&installed.manifest);
    let manifest = &installed.manifest;
    assert_eq!(
        (&manifest["name"], &manifest["author"]["name"]),
        (&json!("probing"), &json!("Acme"))
    );
    let fields = &manifest["user_config"];
    assert_eq!(fields["probe_settings_owner"]["default"], "acme");
    assert_eq!(fields["probe_settings_depth"]["default"], "3");
    assert_eq!(fields["probe_settings_team"]["default"], Value::Null);
    let secret = &fields["probe_secrets_token"];
    assert_eq!(
        (&secret["sensitive"], &secret["required"]),
        (&json!(true), &json!(true))
    );
    for (file, bytes) in installed.files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("mine-alone") && !text.contains("token.txt"),
            "{}",
            file.display()
        );
    }

    let mut client = installed.start(&[
        ("probe_secrets_token", SECRET),
        ("probe_settings_owner", "someone else's \"team\""),
    ]);
    let get = json!({ "url": web.url("/") });
    assert_eq!(client.text("http_get", get.clone()), "ok: 200\nhello");
    assert_eq!(web.asked()[0].header("x-token"), Some(SECRET));
    let setting = |name: &str| json!({ "name": name });
    assert_eq!(
        client.text("setting", setting("owner")),
        "ok: someone else's \"team\""
    );
    assert_eq!(client.text("setting", setting("depth")), "ok: 3");
    assert!(
        client
            .text("setting", setting("team"))
            .starts_with("denied: ")
    );
    client.close();
    // The secret is nowhere on the disk, and one that is not filled in is none.
    for file in crate::home::files(
        &installed
            .user
            .path(".local/share/portcullis/bundles/probing"),
    ) {
        if file.is_file() {
            assert!(!String::from_utf8_lossy(&fs::read(&file).expect("read")).contains(SECRET));
        }
    }
    let mut client = installed.start(&[]);
    client.text("http_get", get);
    assert_eq!(web.asked()[1].header("x-token"), None);
}

#[test]
fn the_same_gives_the_same_bytes_and_the_registry_knows_them() {
    let home = Home::with(&["echo"]);
    let first = fs::read(bundle(&home, &[])).expect("a bundle");
    let url = "https://github.com/acme/mcp-echo/releases/download/v1/it.mcpb";
    let arguments = [
        "--server-json",
        "io.github.acme/echo",
        "--url",
        url,
        "--json",
    ];
    let file = home.path("it.mcpb");
    let mut all = vec!["bundle", "--output", path(&file)];
    all.extend(arguments);
    let said = home.run(&all).json();
    assert!(fs::read(&file).expect("a bundle") == first);
    let entry = fs::read(home.path("server.json")).expect("it is beside it");
    let entry: Value = serde_json::from_slice(&entry).expect("JSON");
    let members = ["$schema", "name", "description", "version", "packages"];
    assert_members(&entry, &members, &members);
    assert_eq!(entry["name"], "io.github.acme/echo");
    let package = &entry["packages"][0];
    let members = [
        "registryType",
        "identifier",
        "version",
        "fileSha256",
        "transport",
    ];
    assert_members(package, &members, &members);
    assert_eq!(
        (&package["registryType"], &package["identifier"]),
        (&json!("mcpb"), &json!(url))
    );
    assert_eq!(package["transport"], json!({ "type": "stdio" }));
    assert_eq!(package["fileSha256"], said["sha256"]);
    assert_eq!(said["sha256"].as_str().map(str::len), Some(64));
    check_schema(&entry, "server.schema.json");
}

#[test]
fn what_cannot_be_bundled_is_refused() {
    let home = Home::empty();
    let file = home.path("it.mcpb");
    let run = |more: &[&str], code: i32| {
        let mut all = vec!["bundle", "--output", path(&file)];
        all.extend(more);
        let refused = home.run(&all).failed(code);
        assert!(!file.exists() && !home.path("server.json").exists());
        refused
    };
    assert!(run(&[], 1).contains("no plugins are installed"));
    home.add("echo", &[]);
    assert!(run(&["other"], 1).contains("no plugin `other` is installed; there are: echo"));
    assert!(run(&["--name", "No Name"], 1).contains("`No Name` is not a name"));
    assert!(run(&["--server-json", "io.github.acme/echo"], 2).contains("--url"));
    let url = ["--url", "http://example.com/it.mcpb"];
    let named = ["--server-json", "io.github.acme/echo"];
    assert!(run(&[url, named].concat(), 2).contains("an https:// URL"));
    assert!(
        run(
            &["--server-json", "echo", "--url", "https://example.com/"],
            2
        )
        .contains("NAMESPACE/NAME")
    );
    // What is not what was installed does not go to others.
    let stored = crate::home::files(&home.data().join("store"));
    for file in stored {
        let mut bytes = fs::read(&file).expect("read");
        bytes[0] ^= 1;
        fs::write(&file, bytes).expect("written");
    }
    assert!(run(&[], 1).contains("was changed or damaged"));
}

#[test]
fn a_bundle_that_is_not_whole_is_not_served() {
    let home = Home::with(&["echo"]);
    let installed = Installed::of(&bundle(&home, &[]));
    let component = |folder: &Path| {
        let files = crate::home::files(&folder.join("store"));
        let size = |file: &PathBuf| fs::metadata(file).expect("there").len();
        files.into_iter().max_by_key(size).expect("a component")
    };
    // A component that somebody changed has another digest, which nobody agreed to.
    let changed = component(&installed.folder);
    let whole = fs::read(&changed).expect("read");
    fs::write(&changed, [&whole[..], b"x"].concat()).expect("written");
    let mut client = installed.start(&[]);
    let called = client.request(
        "tools/call",
        json!({ "name": "echo", "arguments": { "text": "hi" } }),
    );
    assert!(called.get("error").is_some(), "{called}");
    client.close();
    for (file, words) in [
        ("portcullis.json", "`"),
        ("portcullis.toml", "is damaged"),
        ("store", "cannot be read"),
    ] {
        let file = installed.folder.join(file);
        let aside = installed.user.path("aside");
        fs::rename(&file, &aside).expect("moved");
        assert!(installed.refused(&[]).contains("cannot be read"));
        if aside.is_file() {
            fs::write(&file, "{ = ").expect("written");
            let refused = installed.refused(&[]);
            assert!(
                refused.contains(words) && refused.contains(path(&file)),
                "{refused}"
            );
            fs::remove_file(&file).expect("removed");
        }
        fs::rename(&aside, &file).expect("moved back");
    }
    // Nor does it choose a place outside of the folder of bundles.
    let values = installed.folder.join("portcullis.json");
    let text = fs::read_to_string(&values).expect("read");
    fs::write(&values, text.replace("\"echo\"", "\"../echo\"")).expect("written");
    assert!(installed.refused(&[]).contains("`../echo` is not a name"));
    fs::write(&values, text).expect("written");
    fs::write(&changed, whole).expect("written");
    let mut client = installed.start(&[]);
    assert_eq!(client.text("echo", json!({ "text": "hi" })), "hi");
}
