use super::*;
use crate::hosts::Program;

/// Settings as people have them: what of a line, a comma or a comment may stand
/// where.
const SETTINGS: &[&str] = &[
    "",
    "\n",
    "// nothing yet",
    "{}",
    "{ }",
    "{\n}\n",
    "{\n  // nothing yet\n}\n",
    "{\n  \"mcpServers\": {}\n}\n",
    "{\n  \"mcpServers\": {\n  }\n}\n",
    "{\n  \"mcpServers\": { // soon\n  }\n}\n",
    "{\"mcpServers\":{\"a\":{\"command\":\"x\"}},\"z\":1}",
    "{\n  \"mcpServers\": { \"a\": {} }\n}\n",
    "{\n  \"mcpServers\": { \"a\": {}, }\n}\n",
    "{\n  \"mcpServers\": { \"a\": {} /* one */ }\n}\n",
    "{\r\n\t\"a\": 1,\r\n\t\"mcpServers\": {\r\n\t\t\"x\": {\"command\": \"y\"}\r\n\t}\r\n}\r\n",
    "\u{feff}{\n    \"q\": 1 // the end\n}",
    "// c\n{\n  // one\n  \"mcpServers\": { // two\n    \"a\": {}, // three, with a , and a }\n    // four\n  }, /* five */\n}\n",
    "{\n  \"mcpServers\": {\n    \"a\": {} // three\n    // four\n  }\n}",
    "{\n  \"mcpServers\": {\n    \"a\": {} /* over\n two lines */\n  }\n}",
    "{\n  \"mcpServers\": {\n    \"a\": { \"command\": \"a,}\" }\n    , \"b\": {}\n    ,\n  }\n}",
    "{\n  \"mcpServers\": {\n    \"a\": {} }\n}",
    "{ \"last\": { \"mcpServers\": {} } }",
    "{\"mcpServers\": {\"ä\": {\"command\": \"ö\"}}}",
];

fn entry() -> Entry {
    Entry {
        command: "/opt/portcullis".to_owned(),
        args: vec!["serve".to_owned()],
    }
}

fn program() -> &'static Program {
    Program::named("claude-desktop").expect("it is known")
}

/// A scratch file with this content.
struct Scratch {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Scratch {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("settings.json");
        fs::write(&file, text).expect("written");
        Self {
            _folder: folder,
            file,
        }
    }

    fn text(&self) -> String {
        fs::read_to_string(&self.file).expect("read")
    }

    fn connect(&self, entry: &Entry) -> Option<PathBuf> {
        match connect(program(), &self.file, "portcullis", entry).expect("a plan") {
            Plan::Nothing => panic!("there is something to do"),
            Plan::Change(change) => change.write().expect("written"),
        }
    }

    fn disconnect(&self) {
        match disconnect(program(), &self.file, "portcullis").expect("a plan") {
            Plan::Nothing => panic!("there is something to do"),
            Plan::Change(change) => drop(change.write().expect("written")),
        }
    }
}

/// Whether `text` is `whole` with some of it left out.
fn is_left_of(text: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    text.chars().all(|wanted| rest.any(|found| found == wanted))
}

#[test]
fn what_was_there_stays_and_comes_back() {
    for before in SETTINGS {
        let scratch = Scratch::new(before);
        let backup = scratch.connect(&entry()).expect("a copy");
        assert_eq!(&fs::read_to_string(&backup).expect("read"), before);
        let connected = scratch.text();
        assert!(is_left_of(before, &connected), "{before}\n{connected}");
        let found = super::connected(program(), &scratch.file).expect("servers");
        assert_eq!(found.len(), 1, "{connected}");
        assert_eq!(found[0].command, "/opt/portcullis");
        let again = connect(program(), &scratch.file, "portcullis", &entry());
        assert!(matches!(again, Ok(Plan::Nothing)), "{connected}");
        scratch.disconnect();
        assert_eq!(&scratch.text(), before, "{connected}");
        assert!(!backup.exists());
    }
}

#[test]
fn without_the_copy_other_servers_come_back_too() {
    for before in SETTINGS {
        let scratch = Scratch::new(before);
        let backup = scratch.connect(&entry()).expect("a copy");
        fs::remove_file(backup).expect("removed");
        scratch.disconnect();
        let after = fs::read_to_string(&scratch.file).unwrap_or_default();
        let has_servers = before.contains("mcpServers\":") && before.contains("\"command\"");
        if has_servers || before.contains("\"a\": {") {
            assert_eq!(&after, before);
        } else {
            assert!(
                super::connected(program(), &scratch.file)
                    .expect("servers")
                    .is_empty()
            );
        }
    }
}

#[test]
fn what_is_added_behind_us_stays() {
    let scratch = Scratch::new("{\n  \"mcpServers\": {\n    \"a\": {}\n  }\n}\n");
    scratch.connect(&entry());
    let text = scratch.text();
    let with_b = text.replace(
        "    }\n  }\n}\n",
        "    },\n    // mine\n    \"b\": {}\n  }\n}\n",
    );
    assert_ne!(text, with_b);
    fs::write(&scratch.file, with_b).expect("written");
    scratch.disconnect();
    assert_eq!(
        scratch.text(),
        "{\n  \"mcpServers\": {\n    \"a\": {},\n    // mine\n    \"b\": {}\n  }\n}\n"
    );
}

#[test]
fn an_older_entry_is_brought_up_to_date_and_keeps_the_rest() {
    let older = "{\n  \"mcpServers\": {\n    \"portcullis\": {\n      \"command\": \"/old/portcullis\", // mine\n      \"env\": {\"A\": \"b\"},\n      \"args\": [\"serve\", \"--x\"]\n    }\n  }\n}\n";
    let scratch = Scratch::new(older);
    scratch.connect(&entry());
    assert_eq!(
        scratch.text(),
        older
            .replace("/old/portcullis", "/opt/portcullis")
            .replace("[\"serve\", \"--x\"]", "[\"serve\"]")
    );
}

#[test]
fn an_update_does_not_lose_what_was_there_before_the_first() {
    let before = "{ }";
    let scratch = Scratch::new(before);
    scratch.connect(&Entry {
        command: "/old/portcullis".to_owned(),
        ..entry()
    });
    assert_eq!(scratch.connect(&entry()), None);
    scratch.disconnect();
    assert_eq!(scratch.text(), before);
}

#[test]
fn a_file_of_ours_alone_goes() {
    let scratch = Scratch::new("");
    fs::remove_file(&scratch.file).expect("removed");
    assert_eq!(scratch.connect(&entry()), None);
    assert_eq!(scratch.text(), entry().snippet(program(), "portcullis"));
    scratch.disconnect();
    assert!(!scratch.file.exists());
}

#[test]
fn a_file_that_changed_meanwhile_is_not_written() {
    let scratch = Scratch::new("{}");
    let Ok(Plan::Change(change)) = connect(program(), &scratch.file, "portcullis", &entry()) else {
        panic!("a change");
    };
    fs::write(&scratch.file, "{ \"a\": 1 }").expect("written");
    let refused = change.write().expect_err("refused").to_string();
    assert!(refused.contains("was changed meanwhile"), "{refused}");
    assert_eq!(scratch.text(), "{ \"a\": 1 }");
}

#[test]
fn what_is_no_settings_is_refused_with_its_place() {
    for (text, place, words) in [
        ("{\n  \"a\": \n}", ":3:1: ", "not JSON"),
        ("{ \"a\": 1 \"b\": 2 }", ":1:", "not JSON"),
        ("{ 'a': 1 }", ":1:3: ", "not JSON"),
        ("{ a: 1 }", ":1:3: ", "not JSON"),
        ("[]", ":1:1: ", "an array; accepted: an object"),
        (
            "{\n \"mcpServers\": [] }",
            ":2:16: ",
            "`mcpServers` is an array; accepted: an object",
        ),
        (
            "{ \"mcpServers\": null }",
            ":1:17: ",
            "is null; accepted: an object",
        ),
    ] {
        let scratch = Scratch::new(text);
        let refused = connect(program(), &scratch.file, "portcullis", &entry());
        let refused = refused.expect_err(text).to_string();
        assert!(
            refused.contains(place) && refused.contains(words),
            "{refused}"
        );
        assert_eq!(scratch.text(), text);
    }
}

#[test]
fn deep_nesting_is_refused() {
    let scratch = Scratch::new(&"{\"a\":".repeat(100_000));
    let refused = connect(program(), &scratch.file, "portcullis", &entry());
    assert!(refused.is_err());
}
