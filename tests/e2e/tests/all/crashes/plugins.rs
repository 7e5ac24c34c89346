//! What is installed, and what has to be: a plugin that was said to be added is
//! there and works, one that was said to be removed is not, and what was killed
//! is there as a whole or not at all.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use portcullis_seeded::Seeded;
use serde_json::{Value, json};

use super::{End, run_and_kill};
use crate::client::Client;
use crate::home::{Home, files, path, plugin_folder};

/// What plugins are called that come and go.
const NAMES: [&str; 4] = ["ann", "ben", "cat", "dan"];
/// The one among them that keeps a value.
const KEEPER: &str = "dan";
/// How long a server takes to see that the config is another, and more.
const SEEN: Duration = Duration::from_millis(80);

/// A plugin as it was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Version {
    number: usize,
    /// The memory that it is granted, in MiB.
    memory: usize,
}

/// The plugins that have to be there.
pub(super) struct Plugins {
    there: BTreeMap<&'static str, Version>,
    /// Whether the keeper among them has kept its value.
    kept: bool,
    /// How many versions there were so far.
    versions: usize,
    /// The one that was touched last.
    last: &'static str,
    /// How long the verbs take.
    add: Duration,
    remove: Duration,
    refresh: Duration,
    rollback: Duration,
}

impl Plugins {
    /// The first ones.
    pub(super) fn new(home: &Home) -> Self {
        let mut plugins = Self {
            there: BTreeMap::new(),
            kept: false,
            versions: 0,
            last: NAMES[0],
            add: Duration::ZERO,
            remove: Duration::ZERO,
            refresh: Duration::ZERO,
            rollback: Duration::ZERO,
        };
        for name in [NAMES[0], NAMES[1]] {
            let version = plugins.version(home, name, true, 32);
            let begin = Instant::now();
            add(home, name, &version);
            plugins.add = begin.elapsed();
            plugins.there.insert(name, version);
        }
        let begin = Instant::now();
        home.run(&["remove", NAMES[0]]).done();
        plugins.remove = begin.elapsed();
        plugins.there.remove(NAMES[0]);
        plugins
    }

    /// Adds one that is not there, if there is such, or is killed.
    pub(super) fn add(&mut self, home: &Home, source: &mut Seeded) -> Option<End> {
        let name = self.pick(source, false)?;
        let version = self.any_version(home, name, source);
        let end = self.add_and_kill(home, source, name, &version);
        if end == End::Killed && source.once_in(2) && !self.there.contains_key(name) {
            // Whoever tries again succeeds.
            add(home, name, &version);
            self.settle(home, name, &[Some(version)]);
        }
        Some(end)
    }

    /// Removes one that is there, or is killed.
    pub(super) fn remove(&mut self, home: &Home, source: &mut Seeded) -> Option<End> {
        let name = self.pick(source, true)?;
        Some(self.remove_and_kill(home, source, name))
    }

    /// Puts another version in the place of one that is there, or is killed:
    /// that is a removal and an installation.
    pub(super) fn update(&mut self, home: &Home, source: &mut Seeded) -> Option<End> {
        let name = self.pick(source, true)?;
        let version = self.any_version(home, name, source);
        let whole = (self.remove + self.add).as_micros();
        let at = source.below(usize::try_from(whole).unwrap_or(usize::MAX));
        let end = if at < usize::try_from(self.remove.as_micros()).unwrap_or(0) {
            let end = self.remove_and_kill(home, source, name);
            if end == End::Killed && self.there.contains_key(name) {
                home.run(&["remove", name]).done();
                self.settle(home, name, &[None]);
            }
            add(home, name, &version);
            self.settle(home, name, &[Some(version)]);
            end
        } else {
            home.run(&["remove", name]).done();
            self.settle(home, name, &[None]);
            self.add_and_kill(home, source, name, &version)
        };
        self.last = name;
        Some(end)
    }

    /// Updates one that is there from its source, which asks for another host
    /// each time, so that what is granted changes with the version; or is killed.
    /// What is done may be taken back then, or that is killed.
    pub(super) fn refresh(&mut self, home: &Home, source: &mut Seeded) -> Option<End> {
        let name = self.pick(source, true)?;
        let before = self.there[name].clone();
        let folder = installed_from(home, name);
        let version = self.any_version(home, name, source);
        let version = Version {
            memory: before.memory,
            ..version
        };
        let released = home.path(&format!("versions/{}", version.number));
        for file in files(&released) {
            let to = Path::new(&folder).join(file.file_name().expect("a file"));
            fs::copy(file, to).expect("copied");
        }
        let host = format!("v{}.example", version.number);
        let manifest = format!("{folder}/plugin.toml");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        fs::write(&manifest, format!("{text}[[http]]\nhost = \"{host}\"\n")).expect("written");
        let grant = format!("http={host}");
        let update = ["update", name, "--grant", &grant];
        let end = run_and_kill(home, source, &update, &mut self.refresh);
        let outcomes = [Some(version.clone()), Some(before.clone())];
        let possible = if end == End::Done { 1 } else { 2 };
        self.settle(home, name, &outcomes[..possible]);
        if end == End::Killed {
            return Some(end);
        }
        let end = run_and_kill(home, source, &["rollback", name], &mut self.rollback);
        let outcomes = [Some(before), Some(version)];
        let possible = if end == End::Done { 1 } else { 2 };
        self.settle(home, name, &outcomes[..possible]);
        Some(end)
    }

    /// Grants one another limit by a change of the config, and kills the server
    /// that has to see that.
    pub(super) fn grant(&mut self, home: &Home, source: &mut Seeded, client: Client) {
        let before = fs::read_to_string(home.config()).expect("a config");
        let mut after = before.clone();
        if let Some(name) = self.pick(source, true) {
            let version = self.there.get_mut(name).expect("it is there");
            let at = before
                .find(&format!("[plugins.{name}]"))
                .expect("it is named");
            let (others, own) = before.split_at(at);
            let [old, new] = [version.memory, 16 + source.below(48)];
            let written = |memory| format!("limits.memory = \"{memory}MiB\"");
            assert!(own.contains(&written(old)), "{own}");
            after = format!("{others}{}", own.replacen(&written(old), &written(new), 1));
            version.memory = new;
            self.last = name;
        }
        fs::write(home.config(), &after).expect("written");
        let part = u32::try_from(source.below(1000)).expect("it is small");
        thread::sleep(SEEN * part / 1000);
        client.killed();
        assert_eq!(fs::read_to_string(home.config()).expect("a config"), after);
    }

    /// It works, and has kept what it was told to.
    #[track_caller]
    fn assert_callable(&mut self, home: &Home, name: &str) {
        let call = |tool: &str, arguments: &str| home.run(&["call", tool, arguments]).done();
        if name != KEEPER {
            assert_eq!(call(&tool(name), r#"{"text":"here"}"#), "here\n");
            return;
        }
        let kept = if self.kept {
            "ok: [a] mine\n"
        } else {
            "ok: [] \n"
        };
        assert_eq!(call(&tool(name), r#"{"bucket":"b","key":"a"}"#), kept);
        let value = r#"{"bucket":"b","key":"a","value":"mine"}"#;
        call(&format!("{name}_store_set"), value);
        self.kept = true;
    }

    /// Everything that has to be there is, nothing else is, and the last one
    /// that was touched works.
    #[track_caller]
    pub(super) fn assert_there(&mut self, home: &Home) {
        let found = listed(home);
        let expected = self.there.iter();
        let expected: BTreeMap<_, _> = expected
            .map(|(name, version)| ((*name).to_owned(), version.clone()))
            .collect();
        assert_eq!(found, expected);
        if self.there.contains_key(self.last) {
            self.assert_callable(home, self.last);
        }
    }

    /// Every one that has to be there works.
    #[track_caller]
    pub(super) fn assert_all_callable(&mut self, home: &Home) {
        for name in NAMES
            .iter()
            .filter(|name| self.there.contains_key(*name))
            .copied()
            .collect::<Vec<_>>()
        {
            self.assert_callable(home, name);
        }
    }

    fn add_and_kill(
        &mut self,
        home: &Home,
        source: &mut Seeded,
        name: &'static str,
        version: &Version,
    ) -> End {
        clear(home, name);
        let arguments = arguments(home, name, version);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let end = run_and_kill(home, source, &arguments, &mut self.add);
        let outcomes = [Some(version.clone()), None];
        let possible = if end == End::Done { 1 } else { 2 };
        self.settle(home, name, &outcomes[..possible]);
        end
    }

    fn remove_and_kill(&mut self, home: &Home, source: &mut Seeded, name: &'static str) -> End {
        let end = run_and_kill(home, source, &["remove", name], &mut self.remove);
        let outcomes = [None, self.there.get(name).cloned()];
        let possible = if end == End::Done { 1 } else { 2 };
        self.settle(home, name, &outcomes[..possible]);
        end
    }

    /// Sees which of these is so, and has to be so from now on.
    #[track_caller]
    fn settle(&mut self, home: &Home, name: &'static str, possible: &[Option<Version>]) {
        let found = listed(home).remove(name);
        assert!(
            possible.contains(&found),
            "{name}: {found:?} of {possible:?}"
        );
        match found {
            Some(version) => self.there.insert(name, version),
            None => {
                // What it kept is not for the next one.
                self.kept &= name != KEEPER;
                self.there.remove(name)
            }
        };
        self.last = name;
    }

    /// One that is there, or one that is not.
    fn pick(&self, source: &mut Seeded, there: bool) -> Option<&'static str> {
        let names = NAMES
            .iter()
            .filter(|name| self.there.contains_key(*name) == there);
        let names: Vec<&'static str> = names.copied().collect();
        (!names.is_empty()).then(|| names[source.below(names.len())])
    }

    /// A new version: of another component, which has to be compiled, or of the
    /// usual one.
    fn any_version(&mut self, home: &Home, name: &str, source: &mut Seeded) -> Version {
        let (changed, memory) = (source.once_in(4), 16 + source.below(48));
        let changed = changed && name != KEEPER;
        self.version(home, name, changed, memory)
    }

    fn version(&mut self, home: &Home, name: &str, changed: bool, memory: usize) -> Version {
        self.versions += 1;
        let number = self.versions;
        let from = plugin_folder(guest(name));
        let folder = home.folder(&format!("versions/{number}"));
        let file = |name: &str| format!("{folder}/{name}");
        let manifest = fs::read_to_string(from.join("plugin.toml")).expect("a manifest");
        let manifest = manifest.replacen("0.1.0", &format!("0.{number}.0"), 1);
        let asks = if name == KEEPER {
            "[keyvalue]\nreason = \"r\"\n"
        } else {
            ""
        };
        fs::write(file("plugin.toml"), format!("{manifest}\n{asks}")).expect("written");
        let mut component =
            fs::read(from.join(format!("{}.wasm", guest(name)))).expect("a component");
        if changed {
            // A custom section.
            component.extend([0, 5, 1, b'v']);
            component.extend(u32::try_from(number).expect("it is small").to_le_bytes()[..3].iter());
        }
        fs::write(file(&format!("{}.wasm", guest(name))), component).expect("written");
        Version { number, memory }
    }
}

fn add(home: &Home, name: &str, version: &Version) {
    clear(home, name);
    let arguments = arguments(home, name, version);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    home.run(&arguments).done();
}

fn arguments(home: &Home, name: &str, version: &Version) -> Vec<String> {
    let folder = home.path(&format!("versions/{}", version.number));
    let memory = format!("limits.memory={}MiB", version.memory);
    let mut arguments = vec![
        "add",
        path(&folder),
        "--name",
        name,
        "--prefix",
        name,
        "--grant",
        &memory,
    ];
    if name == KEEPER {
        arguments.extend(["--grant", "keyvalue"]);
    }
    arguments.into_iter().map(str::to_owned).collect()
}

/// What is installed. All of it is served.
#[track_caller]
fn listed(home: &Home) -> BTreeMap<String, Version> {
    let listed = home.run(&["list", "--json"]).json();
    let plugins = listed.as_array().expect("a list").iter();
    let plugins = plugins.filter(|plugin| NAMES.iter().any(|name| plugin["name"] == *name));
    let version = |plugin: &Value| {
        assert_eq!(plugin["problem"], Value::Null, "{plugin}");
        let name = plugin["name"].as_str().expect("a name");
        let first = json!(tool(name));
        let tools = plugin["tools"].as_array().expect("tools");
        assert!(tools.contains(&first), "{plugin}");
        let number = plugin["version"]
            .as_str()
            .and_then(|version| version.split('.').nth(1));
        let granted = plugin["granted"].as_array().into_iter().flatten();
        let granted = granted.filter_map(Value::as_str);
        let memory = granted
            .filter_map(|grant| grant.strip_prefix("limits.memory="))
            .next();
        let memory = memory.and_then(|memory| memory.strip_suffix("MiB"));
        let parsed = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        let version = Version {
            number: parsed(number).expect("a version"),
            memory: parsed(memory).expect("a limit"),
        };
        (name.to_owned(), version)
    };
    plugins.map(version).collect()
}

/// The folder that one was installed from.
fn installed_from(home: &Home, name: &str) -> String {
    let listed = home.run(&["list", "--json"]).json();
    let mut plugins = listed.as_array().expect("a list").iter();
    let plugin = plugins.find(|plugin| plugin["name"] == name);
    let source = &plugin.expect("it is there")["source"];
    source.as_str().expect("a folder").to_owned()
}

/// The guest that a plugin is.
fn guest(name: &str) -> &'static str {
    if name == KEEPER { "probe" } else { "echo" }
}

/// A tool of it.
fn tool(name: &str) -> String {
    let tool = if name == KEEPER { "store_get" } else { "echo" };
    format!("{name}_{tool}")
}

/// Clears away what verbs that were killed have left of a plugin, as `verify`
/// says.
fn clear(home: &Home, name: &str) {
    let found = home.run(&["verify"]).done();
    if found.contains(&format!("portcullis remove {name}")) {
        home.run(&["remove", name]).done();
    }
}
