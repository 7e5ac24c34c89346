//! Taking grants away, and what that leaves alone.

use super::*;

const GRANTED: &str = r#"# The administrator's notes.
[plugins.weather]
prefix = "w"   # short
source = "weather"

# What it may do.
[plugins.weather.grant] # since May
http = [ # two of them
    "a.example", # the service
    # the other one,
    # since June
    "b.example", # mirrored
    { host = "c.example", methods = ["GET"] },
]

# About the places.

# where we are
settings.city = "Oslo" # for now
settings.unit = "°C"
limits.memory = "32MiB" # enough

# last words

[server]
page-size = 7
"#;

/// The file after these are taken away.
fn without(folder: &Folder, flags: &[&str]) -> String {
    let flags = grants(flags).flags();
    folder.edit(|editor| editor.remove_grants("weather", &flags).expect("removed"))
}

#[test]
fn the_rest_stays_byte_for_byte() {
    for (flags, gone) in [
        (
            &["http=a.example"][..],
            &["\n    \"a.example\", # the service"][..],
        ),
        (
            &["http=b.example"],
            &["\n    # the other one,\n    # since June\n    \"b.example\", # mirrored"],
        ),
        (
            &["http=c.example"],
            &["\n    { host = \"c.example\", methods = [\"GET\"] },"],
        ),
        (
            &["settings.city=x", "limits.memory=1MiB"],
            &[
                "# where we are\nsettings.city = \"Oslo\" # for now\n",
                "limits.memory = \"32MiB\" # enough\n",
            ],
        ),
        (&["settings.unit=x"], &["settings.unit = \"°C\"\n"]),
        (&["keyvalue", "settings.other=x", "http=d.example"], &[]),
    ] {
        let folder = Folder::new(Some(GRANTED));
        let mut expected = GRANTED.to_owned();
        for gone in gone {
            assert!(expected.contains(gone), "{gone}");
            expected = expected.replacen(gone, "", 1);
        }
        assert_eq!(without(&folder, flags), expected, "{flags:?}");
    }
}

#[test]
fn the_last_host_goes_with_its_list() {
    let folder = Folder::new(Some(GRANTED));
    let all = ["http=a.example", "http=b.example", "http=c.example"];
    let text = without(&folder, &all);
    let (before, list) = GRANTED.split_once("http = [").expect("a list");
    let (_, after) = list.split_once("]\n\n").expect("its end");
    assert_eq!(text, format!("{before}\n{after}"));
}

#[test]
fn what_is_granted_again_is_as_it_was() {
    let folder = Folder::new(Some(GRANTED));
    without(&folder, &["settings.unit=x", "limits.memory=1MiB"]);
    let again = grants(&["settings.unit=°C", "limits.memory=32MiB"]);
    folder.edit(|editor| editor.add_grants("weather", &again).expect("added"));
    let config = Config::load(&folder.path()).expect("read");
    let before = Folder::new(Some(GRANTED));
    let before = Config::load(&before.path()).expect("read");
    assert_eq!(
        config.plugins["weather"].grant,
        before.plugins["weather"].grant
    );
}

#[test]
fn lists_keep_their_layout() {
    for (before, after) in [
        ("[\"b.example\", \"a.example\"]", "[\"a.example\"]"),
        ("[\"a.example\", \"b.example\"]", "[\"a.example\"]"),
        ("[ \"a.example\", \"b.example\" ]", "[ \"a.example\" ]"),
        ("[ \"b.example\", \"a.example\", ]", "[ \"a.example\", ]"),
        (
            "[\n  \"a.example\", # a\n  \"b.example\" # b\n]",
            "[\n  \"a.example\" # a\n]",
        ),
        (
            "[\n  \"a.example\", # a\n  \"b.example\", # b\n]",
            "[\n  \"a.example\", # a\n]",
        ),
        (
            "[\n  \"b.example\", # b\n  \"a.example\", # a\n]",
            "[\n  \"a.example\", # a\n]",
        ),
        (
            "[\n  \"a.example\", \"b.example\",\n  \"c.example\"\n]",
            "[\n  \"a.example\",\n  \"c.example\"\n]",
        ),
        (
            "[\n  \"b.example\", \"a.example\"\n]",
            "[\n  \"a.example\"\n]",
        ),
    ] {
        let head = "[plugins.weather]\nsource = \"x\"\ngrant.http = ";
        let folder = Folder::new(Some(&format!("{head}{before}\n")));
        assert_eq!(
            without(&folder, &["http=b.example"]),
            format!("{head}{after}\n"),
            "{before}"
        );
    }
}

#[test]
fn grants_are_taken_away_in_every_notation() {
    for plugin in [
        "[plugins.weather]\nsource = \"x\"\n[[plugins.weather.grant.http]]\nhost = \"b.example\"\n",
        "[plugins.weather]\nsource = \"x\"\n[plugins.weather.grant.settings]\na = \"1\"\n",
        "[plugins.weather]\nsource = \"x\"\ngrant = { settings = { a = \"1\" }, keyvalue = true }\n",
        "[plugins]\nweather = { source = \"x\", grant = { http = [\"b.example\"] } }\n",
        "plugins.weather.source = \"x\"\nplugins.weather.grant.settings.a = \"1\"\n",
        "[plugins.weather]\nsource = \"x\"\ngrant.settings.a = \"1\"\ngrant.instances = \"reuse\"\n",
    ] {
        let folder = Folder::new(Some(plugin));
        let all = Config::load(&folder.path()).expect("read").plugins["weather"]
            .grant
            .clone();
        assert!(!all.flags().is_empty(), "{plugin}");
        let text = folder.edit(|editor| {
            editor
                .remove_grants("weather", &all.flags())
                .expect("removed");
        });
        let grant = &Config::load(&folder.path()).expect("read").plugins["weather"].grant;
        assert!(grant.flags().is_empty(), "{plugin}\n{text}");
    }
}

#[test]
fn a_comment_of_its_own_goes_on() {
    let head = "[plugins.weather]\nsource = \"x\"\n";
    for (before, after) in [
        // To the table that follows, and to the end.
        (
            "\n# kept\n\n# gone\n[[plugins.weather.grant.http]]\nhost = \"b.example\"\n\n[server]\n",
            "\n# kept\n\n[server]\n",
        ),
        (
            "[plugins.weather.grant]\n# kept\n\n# gone\nkeyvalue = true\n",
            "[plugins.weather.grant]\n# kept\n",
        ),
    ] {
        let folder = Folder::new(Some(&format!("{head}{before}")));
        assert_eq!(
            without(&folder, &["http=b.example", "keyvalue"]),
            format!("{head}{after}")
        );
    }
}

#[test]
fn a_grant_is_text_and_back() {
    let folder = Folder::new(Some(GRANTED));
    let grant = Config::load(&folder.path()).expect("read").plugins["weather"]
        .grant
        .clone();
    let text = grant_text(&grant).expect("Unicode");
    let read = parse_grant_text(&text, &folder.path()).expect(&text);
    assert_eq!(read, grant, "{text}");
    assert!(parse_grant_text("sockets = true", &folder.path()).is_err());
}

#[test]
fn a_plugin_that_is_not_there() {
    let folder = Folder::new(Some(GRANTED));
    let mut editor = ConfigEditor::open(&folder.path()).expect("open");
    let refused = editor.remove_grants("hello", &[]).expect_err("refused");
    assert!(refused.to_string().ends_with("; there are: weather"));
}
