//! Each change, and what it leaves alone.

mod revoke;

use super::*;
use crate::policy::{HttpGrant, SecretSource, parse_flag};

const FILE: &str = r#"# The administrator's notes.

# about the server
[server]
max-in-flight = 64 # enough

# weather: asked for by the sales team
[plugins.weather]
prefix = "w"   # short
source = "weather"
[plugins.weather.grant]
http = [
    "a.example", # the service
]
settings.city = "Oslo" # for now

# last words
"#;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(text: Option<&str>) -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        if let Some(text) = text {
            fs::write(folder.path(), text).expect("written");
        }
        folder
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("portcullis.toml")
    }

    fn text(&self) -> String {
        fs::read_to_string(self.path()).expect("read")
    }

    /// The file's content after a change.
    fn edit(&self, change: impl FnOnce(&mut ConfigEditor)) -> String {
        let mut editor = ConfigEditor::open(&self.path()).unwrap_or_else(|error| panic!("{error}"));
        change(&mut editor);
        editor
            .save()
            .unwrap_or_else(|error| panic!("{error}\n{}", editor.document));
        self.text()
    }
}

fn grants(flags: &[&str]) -> Grant {
    let mut grant = Grant::default();
    for flag in flags {
        parse_flag(flag).expect(flag).apply(&mut grant);
    }
    grant
}

#[test]
fn a_plugin_is_added_to_an_empty_file() {
    let folder = Folder::new(None);
    let mut grant = grants(&[
        "http=api.github.com",
        "filesystem.drafts=~/drafts",
        "filesystem.notes=/notes:ro",
        "keyvalue",
        "settings.owner=a \"b\" \\c",
        "secrets.token=env:TOKEN",
        "limits.memory=128MiB",
        "limits.fuel=off",
        "limits.http-requests=5",
        "limits.task-deadline=2h",
        "limits.keyvalue-bytes=16MiB",
        "instances=reuse",
    ]);
    grant.http.push(HttpGrant {
        methods: Some(["GET".parse().expect("a method")].into()),
        addresses: vec!["10.0.0.0/8".parse().expect("a range")],
        ..HttpGrant::new("http://git.example.com".parse().expect("an origin"))
    });
    grant.secrets.insert(
        "other".to_owned(),
        SecretSource::Command(vec!["pass".to_owned(), "t".to_owned()]),
    );
    let text = folder.edit(|editor| {
        editor
            .insert_plugin(
                "github-issues",
                "/plugins/github-issues",
                Some("gh"),
                &grant,
            )
            .expect("inserted");
    });
    assert_eq!(
        text,
        r#"[plugins.github-issues]
source = "/plugins/github-issues"
prefix = "gh"

[plugins.github-issues.grant]
http = ["api.github.com", { host = "http://git.example.com", methods = ["GET"], addresses = ["10.0.0.0/8"] }]
filesystem.drafts = "~/drafts"
filesystem.notes = { path = "/notes", access = "read" }
keyvalue = true
settings.owner = 'a "b" \c'
secrets.other = { command = ["pass", "t"] }
secrets.token = { env = "TOKEN" }
limits.memory = "128MiB"
limits.fuel = "off"
limits.task-deadline = "2h"
limits.keyvalue-bytes = "16MiB"
limits.http-requests = 5
instances = "reuse"
"#
    );
    let read = Config::load(&folder.path()).expect("read");
    let mut expected = grant;
    expected.map_paths(|path| match path.strip_prefix("~") {
        Ok(rest) => std::env::home_dir().expect("a home").join(rest),
        Err(_) => folder.0.path().join(path),
    });
    assert_eq!(read.plugins["github-issues"].grant, expected);
}

#[test]
fn a_plugin_is_added_and_the_rest_stays() {
    let folder = Folder::new(Some(FILE));
    let text = folder.edit(|editor| {
        editor
            .insert_plugin("hello", "hello", None, &Grant::default())
            .expect("inserted");
    });
    let (before, last) = FILE.split_once("\n# last words").expect("there");
    assert_eq!(
        text,
        format!("{before}\n[plugins.hello]\nsource = \"hello\"\n\n# last words{last}")
    );
}

#[test]
fn a_removed_plugin_takes_its_own_comments_along() {
    let folder = Folder::new(Some(FILE));
    let text = folder.edit(|editor| editor.remove_plugin("weather").expect("removed"));
    let (before, _) = FILE.split_once("\n# weather").expect("there");
    assert_eq!(text, format!("{before}\n# last words\n"));
}

#[test]
fn the_files_head_survives_its_first_plugin() {
    let head =
        "# The administrator's notes.\n# Two lines.\n\n# about a\n[plugins.a]\nsource = \"a\"\n";
    let folder = Folder::new(Some(&format!(
        "{head}\n# about b\n[plugins.b]\nsource = \"b\"\n"
    )));
    let text = folder.edit(|editor| editor.remove_plugin("a").expect("removed"));
    assert_eq!(
        text,
        "# The administrator's notes.\n# Two lines.\n\n# about b\n[plugins.b]\nsource = \"b\"\n"
    );
    let text = folder.edit(|editor| editor.remove_plugin("b").expect("removed"));
    assert_eq!(text, "# The administrator's notes.\n# Two lines.\n");
}

#[test]
fn grants_are_added_and_replaced_in_place() {
    let folder = Folder::new(Some(FILE));
    let added = grants(&[
        "http=a.example:443",
        "http=b.example",
        "settings.city=Bergen",
        "limits.memory=1MiB",
    ]);
    let text = folder.edit(|editor| editor.add_grants("weather", &added).expect("added"));
    assert!(
        text.contains("    \"a.example\", # the service\n"),
        "{text}"
    );
    assert!(text.contains("    \"b.example\",\n]\n"), "{text}");
    assert!(
        text.contains("settings.city = \"Bergen\" # for now\nlimits.memory = \"1MiB\"\n"),
        "{text}"
    );
    let grant = &Config::load(&folder.path()).expect("read").plugins["weather"].grant;
    assert_eq!(grant.http.len(), 2);
}

#[test]
fn a_store_is_granted_in_place_of_a_refusal() {
    for (before, after) in [
        (
            "keyvalue = false # not yet\n",
            "keyvalue = true # not yet\n",
        ),
        (
            "keyvalue = true # since May\n",
            "keyvalue = true # since May\n",
        ),
        (
            "settings.a = \"1\"\n",
            "settings.a = \"1\"\nkeyvalue = true\n",
        ),
    ] {
        let head = "[plugins.x]\nsource = \"x\"\n[plugins.x.grant]\n";
        let folder = Folder::new(Some(&format!("{head}{before}")));
        let text = folder.edit(|editor| {
            editor
                .add_grants("x", &grants(&["keyvalue"]))
                .expect("added");
        });
        assert_eq!(text, format!("{head}{after}"));
        let config = Config::load(&folder.path()).expect("read");
        assert!(config.plugins["x"].grant.keyvalue);
    }
}

#[test]
fn arrays_keep_their_layout() {
    for (before, after) in [
        ("[]", "[\"b.example\"]"),
        ("[\"a.example\"]", "[\"a.example\", \"b.example\"]"),
        (
            "[\n  \"a.example\",\n]",
            "[\n  \"a.example\",\n  \"b.example\",\n]",
        ),
        (
            "[\n  \"a.example\", # a\n]",
            "[\n  \"a.example\", # a\n  \"b.example\",\n]",
        ),
        (
            "[\n  \"a.example\" # a\n]",
            "[\n  \"a.example\", # a\n  \"b.example\",\n]",
        ),
    ] {
        let head = "[plugins.x]\nsource = \"x\"\ngrant.http = ";
        let folder = Folder::new(Some(&format!("{head}{before}\n")));
        let text = folder.edit(|editor| {
            editor
                .add_grants("x", &grants(&["http=b.example"]))
                .expect("added")
        });
        assert_eq!(text, format!("{head}{after}\n"));
    }
}

#[test]
fn grants_are_added_in_every_notation() {
    for plugin in [
        "[plugins.x]\nsource = \"x\"\n",
        "[plugins.x]\nsource = \"x\"\n[[plugins.x.grant.http]]\nhost = \"c.example\"\n",
        "[plugins.x]\nsource = \"x\"\n[plugins.x.grant]\nhttp = [{ host = \"c.example\" }]\n[plugins.x.grant.settings]\na = \"1\"\n",
        "[plugins.x]\nsource = \"x\"\ngrant = { settings = { a = \"1\" } }\n",
        "[plugins]\nx = { source = \"x\" }\n",
        "plugins = { x = { source = \"x\" } }\n",
        "plugins.x.source = \"x\"\n",
    ] {
        let folder = Folder::new(Some(plugin));
        let added = grants(&[
            "http=b.example",
            "http=c.example",
            "keyvalue",
            "settings.a=2",
            "secrets.t=file:/t",
            "limits.deadline=1s",
        ]);
        let text = folder.edit(|editor| {
            editor.add_grants("x", &added).expect("added");
            editor
                .insert_plugin("y", "y", None, &added)
                .expect("inserted");
        });
        let mut expected = added.clone();
        expected.map_paths(|path| folder.0.path().join(path));
        let config = Config::load(&folder.path()).expect("read");
        for name in ["x", "y"] {
            let mut grant = config.plugins[name].grant.clone();
            grant.http.sort_by_key(|http| http.origin.clone());
            assert_eq!(grant, expected, "{name} in\n{text}");
        }
        let text = folder.edit(|editor| {
            editor.remove_plugin("x").expect("removed");
            editor.remove_plugin("y").expect("removed");
        });
        assert!(
            Config::load(&folder.path())
                .expect("read")
                .plugins
                .is_empty(),
            "{text}"
        );
    }
}

#[test]
fn what_cannot_be_changed_is_named() {
    let folder = Folder::new(Some(FILE));
    let mut editor = ConfigEditor::open(&folder.path()).expect("open");
    let message = |result: Result<(), ConfigError>| result.expect_err("refused").to_string();
    let nothing = Grant::default();
    assert!(
        message(editor.insert_plugin("weather", "x", None, &nothing))
            .starts_with("plugin `weather` is already in ")
    );
    assert!(
        message(editor.insert_plugin("We", "x", None, &nothing)).starts_with("`We` is not a name")
    );
    assert!(message(editor.remove_plugin("hello")).ends_with("; there are: weather"));
    assert!(message(editor.add_grants("hello", &nothing)).ends_with("; there are: weather"));
    editor
        .insert_plugin("hello", "ftp://x", None, &nothing)
        .expect("inserted");
    assert!(
        message(editor.save()).contains("`ftp://x` is not a source"),
        "a change is read before it is written"
    );
    assert_eq!(folder.text(), FILE);
}

#[test]
fn a_wrong_file_is_not_changed() {
    let folder = Folder::new(Some("[plugins.x]\n"));
    assert!(matches!(
        ConfigEditor::open(&folder.path()),
        Err(ConfigError::Invalid(_))
    ));
}

#[test]
fn one_editor_at_a_time() {
    let folder = Folder::new(None);
    std::thread::scope(|scope| {
        for index in 0..8 {
            let path = folder.path();
            scope.spawn(move || {
                let mut editor = ConfigEditor::open(&path).expect("open");
                editor
                    .insert_plugin(&format!("p{index}"), "x", None, &Grant::default())
                    .expect("inserted");
                editor.save().expect("saved");
            });
        }
    });
    assert_eq!(Config::load(&folder.path()).expect("read").plugins.len(), 8);
}
