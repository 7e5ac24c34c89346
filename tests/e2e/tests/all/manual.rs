//! Completions and manual pages, and that every verb that prints prints JSON.

use std::collections::BTreeSet;
use std::fs;

use crate::home::{Home, files, path};

/// The verbs that the help names.
fn verbs(home: &Home) -> BTreeSet<String> {
    let help = home.run(&["--help"]).done();
    let (_, verbs) = help.split_once("Commands:\n").expect("verbs");
    let (verbs, _) = verbs.split_once("\n\n").expect("options");
    let names = verbs
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_verb_has_a_page() {
    let home = Home::empty();
    let folder = home.path("man/man1");
    let said = home.run(&["man", path(&folder), "--json"]).json();
    let mut expected: BTreeSet<String> = verbs(&home)
        .iter()
        .map(|verb| format!("portcullis-{verb}.1"))
        .collect();
    expected.insert("portcullis.1".to_owned());
    let written = files(&folder);
    let names: BTreeSet<String> = written
        .iter()
        .map(|page| path(page).rsplit('/').next().expect("a name").to_owned())
        .collect();
    assert_eq!(names, expected);
    assert_eq!(said["pages"].as_array().map(Vec::len), Some(expected.len()));
    for page in written {
        let text = fs::read_to_string(&page).expect("a page");
        assert!(text.contains(".TH portcullis"), "{}", page.display());
    }
    let blocked = home.path("file");
    fs::write(&blocked, "").expect("written");
    let refused = home.run(&["man", path(&blocked)]).failed(1);
    assert!(refused.contains("cannot write"), "{refused}");
}

#[test]
fn shells_complete_every_verb() {
    let home = Home::empty();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = home.run(&["completions", shell]).done();
        for verb in verbs(&home) {
            assert!(script.contains(&verb), "{shell}: {verb}");
        }
        let json = home.run(&["completions", shell, "--json"]).json();
        assert_eq!(json["script"], script);
    }
    let refused = home.run(&["completions", "cmd"]).failed(2);
    assert!(refused.contains("possible values: bash"), "{refused}");
}

#[test]
fn verbs_that_print_print_json() {
    let home = Home::compiling(&["echo"]);
    home.run(&["call", "echo", r#"{"text":"hi"}"#]).done();
    for arguments in [
        &["list"][..],
        &["inspect", "echo"],
        &["verify"],
        &["doctor"],
        &["audit", "-n", "1"],
        &["call", "echo", r#"{"text":"hi"}"#],
        &["connect", "--print"],
        &["disconnect", "--dry-run"],
        &["completions", "zsh"],
        &["remove", "echo"],
    ] {
        home.run(&[arguments, &["--json"]].concat()).json();
    }
}

/// What is printed on a terminal of 60 columns, which `script` makes.
#[cfg(target_os = "linux")]
#[test]
fn tables_fit_the_terminal_and_are_whole_elsewhere() {
    let home = Home::compiling(&["echo"]);
    home.run(&["call", "echo", r#"{"text":"hi"}"#]).done();
    let program = crate::home::binary();
    for verb in ["list", "inspect echo", "audit", "verify", "doctor"] {
        let mut command = home.command(&[]);
        let environment: Vec<_> = command
            .get_envs()
            .map(|(name, value)| (name.to_owned(), value.map(std::ffi::OsStr::to_owned)))
            .collect();
        command = std::process::Command::new("script");
        let line = format!("stty cols 60 && {} {verb}", path(&program));
        command.args(["-qec", &line, "/dev/null"]).env_clear();
        command.envs(
            environment
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        let Ok(output) = command.output() else {
            eprintln!("SKIPPED: there is no `script` to make a terminal");
            return;
        };
        let text = String::from_utf8_lossy(&output.stdout).replace('\r', "");
        assert!(output.status.success(), "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= 60, "{verb}: {line}");
        }
        let arguments: Vec<&str> = verb.split(' ').collect();
        let whole = home.run(&arguments).done();
        let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
        if verb != "audit" {
            assert_eq!(letters(&text), letters(&whole), "{verb}: {text}");
        }
    }
}
