//! `portcullis connect` and `disconnect`: sample settings of each host program,
//! with other servers and comments in them, of which every byte stays.

mod samples;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::{Home, Ran, binary, files, path};
use samples::{SAMPLES, Sample};

impl Sample {
    fn file(&self, home: &Home) -> PathBuf {
        match self.project {
            true => home.path("work").join(self.file),
            false => home.path(self.file),
        }
    }

    fn write(&self, home: &Home) -> PathBuf {
        let file = self.file(home);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(&file, self.text).expect("written");
        file
    }

    fn run(&self, home: &Home, verb: &str, more: &[&str]) -> Ran {
        let mut arguments = vec![verb, self.host];
        arguments.extend(self.project.then_some("--project"));
        arguments.extend(more);
        home.run(&arguments)
    }
}

/// The entry that the documented formats want, as `serve` is started for a home.
fn entry(home: &Home, typed: bool) -> Value {
    let mut entry = json!({
        "command": path(&binary().canonicalize().expect("the program")),
        "args": ["serve", "--config", path(&home.config()), "--data", path(&home.data())],
    });
    if typed {
        entry["type"] = json!("stdio");
    }
    entry
}

/// The servers in settings, which may have comments and commas at the end.
fn servers(text: &str, member: &str) -> Value {
    let mut json = String::new();
    let mut characters = text.trim_start_matches('\u{feff}').chars().peekable();
    let mut quoted = false;
    while let Some(character) = characters.next() {
        match (quoted, character, characters.peek()) {
            (true, '\\', _) => {
                json.push(character);
                json.extend(characters.next());
                continue;
            }
            (_, '"', _) => quoted = !quoted,
            (false, '/', Some('/')) => {
                characters.by_ref().find(|next| *next == '\n');
                continue;
            }
            (false, '/', Some('*')) => {
                let mut previous = ' ';
                characters.by_ref().find(|next| {
                    let ends = previous == '*' && *next == '/';
                    previous = *next;
                    ends
                });
                continue;
            }
            (false, '}' | ']', _) => {
                let kept = json.trim_end().trim_end_matches(',').len();
                json.truncate(kept);
            }
            _ => {}
        }
        json.push(character);
    }
    let settings: Value = serde_json::from_str(&json).unwrap_or_else(|e| panic!("{e}: {json}"));
    settings[member].clone()
}

#[test]
fn every_host_program_gets_its_entry_and_gives_it_back() {
    for sample in SAMPLES {
        let home = Home::empty();
        let file = sample.write(&home);
        let before = servers(sample.text, sample.servers);
        let said = sample.run(&home, "connect", &["--yes"]).done();
        let text = fs::read_to_string(&file).expect("read");
        let mut expected = if before.is_null() { json!({}) } else { before };
        expected["portcullis"] = entry(&home, sample.typed);
        assert_eq!(servers(&text, sample.servers), expected, "{text}");
        let mut written = text.chars();
        let stays = |byte: char| written.any(|found| found == byte);
        assert!(sample.text.chars().all(stays), "{text}");
        let backup = PathBuf::from(format!("{}.portcullis-backup", path(&file)));
        assert_eq!(fs::read_to_string(&backup).expect("a copy"), sample.text);
        assert!(said.contains(path(&backup)), "{said}");

        let again = sample.run(&home, "connect", &["--yes"]).done();
        assert!(again.contains("is connected already"), "{again}");
        assert_eq!(fs::read_to_string(&file).expect("read"), text);

        sample.run(&home, "disconnect", &["--yes"]).done();
        assert_eq!(fs::read_to_string(&file).expect("read"), sample.text);
        let again = sample.run(&home, "disconnect", &["--yes"]).done();
        assert!(again.contains("is not connected"), "{again}");
    }
}

#[test]
fn what_is_printed_is_what_would_be_written() {
    let home = Home::empty();
    for sample in SAMPLES {
        let printed = sample.run(&home, "connect", &["--print"]).json();
        let printed = printed.as_object().expect("an object");
        assert_eq!(printed.keys().collect::<Vec<_>>(), [sample.servers]);
        assert_eq!(
            printed[sample.servers],
            json!({ "portcullis": entry(&home, sample.typed) })
        );
        assert!(!sample.file(&home).exists());
    }
    let all = home.run(&["connect", "--print", "--json"]).json();
    let hosts = all.as_array().expect("a list").iter();
    let hosts: Vec<&Value> = hosts.map(|host| &host["host"]).collect();
    assert_eq!(
        hosts,
        [
            "claude-desktop",
            "claude-code",
            "cursor",
            "vscode",
            "zed",
            "windsurf"
        ]
    );
}

#[test]
fn only_programs_that_are_here_are_connected_and_only_with_consent() {
    let home = Home::empty();
    let none = home.run(&["connect", "--yes"]).failed(1);
    assert!(
        none.contains("found no host program") && none.contains("windsurf"),
        "{none}"
    );
    let cursor = home.path(".cursor/mcp.json");
    fs::create_dir(home.path(".cursor")).expect("made");

    let shown = home.run(&["connect", "--dry-run"]).done();
    assert!(
        shown.contains("+ ") && shown.contains(path(&cursor)),
        "{shown}"
    );
    let refused = home.run(&["connect"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("`--yes` writes it"),
        "{}",
        refused.stderr
    );
    assert!(!cursor.exists());

    let done = home.run(&["connect", "--yes", "--json"]).json();
    assert_eq!(done[0]["status"], "connected");
    assert_eq!(done[0]["file"], path(&cursor));
    assert_eq!(done.as_array().map(Vec::len), Some(1));
    assert_eq!(files(&home.path(".cursor")), vec![cursor.clone()]);

    let done = home.run(&["disconnect", "--yes", "--json"]).json();
    assert_eq!(done[0]["status"], "disconnected");
    assert_eq!(files(&home.path(".cursor")), Vec::<PathBuf>::new());
}

#[test]
fn locations_are_named_only_where_they_are_not_the_usual_ones() {
    let home = Home::empty();
    let mut command = home.command(&["connect", "zed", "--print"]);
    command
        .env_remove("PORTCULLIS_CONFIG")
        .env_remove("PORTCULLIS_DATA");
    let printed = |command: &mut std::process::Command| {
        let printed = Ran::new(&command.output().expect("it runs")).json();
        printed["context_servers"]["portcullis"]["args"].clone()
    };
    assert_eq!(printed(&mut command), json!(["serve"]));
    // What a desktop starts does not know what a shell has set.
    #[cfg(not(any(windows, target_os = "macos")))]
    {
        let elsewhere = home.folder("elsewhere");
        command.env("XDG_DATA_HOME", &elsewhere);
        let data = format!("{elsewhere}/portcullis");
        assert_eq!(printed(&mut command), json!(["serve", "--data", data]));
    }
}

#[test]
fn what_is_not_ours_or_not_settings_stays() {
    let home = Home::empty();
    let file = home.path(".cursor/mcp.json");
    fs::create_dir(home.path(".cursor")).expect("made");
    for (text, words) in [
        ("{\n  \"mcpServers\": {\n", ":2:17: this is not JSON"),
        ("[]", ":1:1: settings are an array; accepted: an object"),
        ("{ \"mcpServers\": 1 }", ":1:17: `mcpServers` is a number"),
        (
            "{\n\"mcpServers\": {\n\"portcullis\": { \"command\": \"npx\" } } }",
            ":3: server `portcullis` is another one, which runs `npx`",
        ),
    ] {
        fs::write(&file, text).expect("written");
        for verb in ["connect", "disconnect"] {
            let refused = home.run(&[verb, "cursor", "--yes"]).failed(1);
            assert!(refused.contains(words), "{refused}");
            assert!(refused.contains(path(&file)), "{refused}");
        }
        assert_eq!(fs::read_to_string(&file).expect("read"), text);
        assert_eq!(files(&home.path(".cursor")).len(), 1);
    }
    // Under another name ours goes beside the other one, which stays.
    home.run(&["connect", "cursor", "--yes", "--name", "gate"])
        .done();
    let text = fs::read_to_string(&file).expect("read");
    let found = servers(&text, "mcpServers");
    assert_eq!(found["portcullis"]["command"], "npx");
    assert_eq!(found["gate"], entry(&home, true));
    // One program whose settings are broken does not keep the others from theirs.
    fs::write(&file, "{").expect("written");
    fs::create_dir_all(home.path(".codeium/windsurf")).expect("made");
    let ran = home.run(&["connect", "--yes"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stdout.contains("connected Windsurf"), "{}", ran.stdout);
    assert!(ran.stderr.contains("Cursor: "), "{}", ran.stderr);
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_one_to_nothing_is_refused() {
    use std::os::unix::fs::symlink;
    let home = Home::empty();
    let dotfiles = home.folder("dotfiles");
    let (real, link) = (
        Path::new(&dotfiles).join("mcp.json"),
        home.path(".cursor/mcp.json"),
    );
    fs::create_dir(home.path(".cursor")).expect("made");
    symlink(&real, &link).expect("linked");
    let refused = home.run(&["connect", "cursor", "--yes"]).failed(1);
    assert!(
        refused.contains("is a link to a file that is not there"),
        "{refused}"
    );
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());

    fs::write(&real, "{}").expect("written");
    home.run(&["connect", "cursor", "--yes"]).done();
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    let text = fs::read_to_string(&real).expect("read");
    assert_eq!(
        servers(&text, "mcpServers")["portcullis"],
        entry(&home, true)
    );
    home.run(&["disconnect", "cursor", "--yes"]).done();
    assert!(fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(fs::read_to_string(&real).expect("read"), "{}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut home = Home::empty();
    let folder = home.path("closed");
    fs::create_dir(&folder).expect("made");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o555)).expect("set");
    // Root may write everywhere but where there is no place for files at all.
    let closed = match fs::write(folder.join("probe"), "") {
        Err(_) => path(&folder).to_owned(),
        Ok(()) if cfg!(target_os = "linux") => "/proc".to_owned(),
        Ok(()) => return,
    };
    home.variables
        .push(("CLAUDE_CONFIG_DIR", closed.clone().leak()));
    let refused = home.run(&["connect", "claude-code", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused
            .stderr
            .contains(&format!("cannot write `{closed}/.claude.json`")),
        "{}",
        refused.stderr
    );
    // The other place is as good as any.
    home.variables
        .push(("CLAUDE_CONFIG_DIR", home.folder("open").leak()));
    home.run(&["connect", "claude-code", "--yes"]).done();
    assert!(home.path("open/.claude.json").exists());
}

#[test]
fn what_is_written_starts_a_server_that_works() {
    let home = Home::with(&["echo"]);
    fs::create_dir(home.path(".cursor")).expect("made");
    home.run(&["connect", "cursor", "--yes"]).done();
    let text = fs::read_to_string(home.path(".cursor/mcp.json")).expect("read");
    let entry = &servers(&text, "mcpServers")["portcullis"];
    let args = entry["args"].as_array().expect("a list").iter();
    let args: Vec<&str> = args.map(|arg| arg.as_str().expect("text")).collect();
    let mut command = home.command(&args);
    command
        .env_remove("PORTCULLIS_CONFIG")
        .env_remove("PORTCULLIS_DATA");
    assert_eq!(
        entry["command"],
        path(&binary().canonicalize().expect("the program"))
    );
    let mut client = Client::started(command, Some(json!({})));
    assert_eq!(client.text("echo", json!({ "text": "hi" })), "hi");
}

/// On a terminal, which `script` makes, the admin is asked.
#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_admin_is_asked() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let home = Home::empty();
    let file = home.path(".cursor/mcp.json");
    fs::create_dir(home.path(".cursor")).expect("made");
    for (answer, code) in [("\n", 1), ("n\n", 1), ("y\n", 0)] {
        let mut command = Command::new("script");
        let line = format!("{} connect", path(&binary()));
        command.args(["-qec", &line, "/dev/null"]);
        command.env_clear().env("HOME", home.path(""));
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let Ok(mut child) = command.current_dir(home.path("work")).spawn() else {
            eprintln!("SKIPPED: there is no `script` to make a terminal");
            return;
        };
        let mut stdin = child.stdin.take().expect("piped");
        stdin.write_all(answer.as_bytes()).expect("written");
        // It stays open until the program has ended, as a terminal does.
        let output = child.wait_with_output().expect("it ends");
        drop(stdin);
        let said = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("write this? [y/N]"), "{said}");
        assert_eq!(file.exists(), code == 0, "{said}");
    }
}
