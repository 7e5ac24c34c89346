//! Killed in the middle of whatever it does, again and again: nothing that was
//! answered is lost, and nothing is torn.

mod calls;
mod plugins;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use portcullis_seeded::Seeded;
use serde_json::Value;

use crate::client::Client;
use crate::home::{Home, files, path, plugin_folder};
use calls::Calls;
use plugins::Plugins;

/// Processes that are killed in all.
const KILLS: usize = 200;
/// Homes that are worked in at the same time, each with its part of the kills.
const HOMES: usize = 4;
/// How long it is between two looks at what a process does.
const LOOK: Duration = Duration::from_micros(50);

/// How many processes were killed, by what they were doing, and what was
/// answered before.
#[derive(Debug, Default)]
struct Tally {
    adds: usize,
    removals: usize,
    updates: usize,
    grants: usize,
    calls: usize,
    /// Values and counts that a plugin was told are kept.
    values: usize,
    /// Tasks whose handle or result was given.
    tasks: usize,
    /// Verbs that had ended before they could be killed.
    done: usize,
}

impl Tally {
    fn kills(&self) -> usize {
        self.adds + self.removals + self.updates + self.grants + self.calls
    }

    fn with(self, other: Self) -> Self {
        Self {
            adds: self.adds + other.adds,
            removals: self.removals + other.removals,
            updates: self.updates + other.updates,
            grants: self.grants + other.grants,
            calls: self.calls + other.calls,
            values: self.values + other.values,
            tasks: self.tasks + other.tasks,
            done: self.done + other.done,
        }
    }
}

/// A home, what has to be in it, and a server that serves it all along.
struct World {
    home: Home,
    source: Seeded,
    plugins: Plugins,
    calls: Calls,
    client: Option<Client>,
    tally: Tally,
}

/// How a verb ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It said that it is done.
    Done,
    /// It was killed before.
    Killed,
}

impl World {
    fn new(seed: u64) -> Self {
        let home = Home::compiling(&[]);
        let plugins = Plugins::new(&home);
        let calls = Calls::new(&home);
        Self {
            client: None,
            source: Seeded::new(seed),
            plugins,
            calls,
            tally: Tally::default(),
            home,
        }
    }

    /// Does one thing, kills who does it, and looks at what is left.
    fn round(&mut self) {
        if self.client.is_none() {
            let mut client = calls::client(&self.home);
            self.calls.assert_kept(&mut client);
            self.client = Some(client);
        }
        let (home, source, tally) = (&self.home, &mut self.source, &mut self.tally);
        let mut count = |end, kills: fn(&mut Tally) -> &mut usize| match end {
            Some(End::Killed) => *kills(tally) += 1,
            Some(End::Done) => tally.done += 1,
            None => {}
        };
        match source.below(10) {
            0..3 => count(self.plugins.add(home, source), |tally| &mut tally.adds),
            3..5 => count(self.plugins.remove(home, source), |tally| {
                &mut tally.removals
            }),
            5 => count(self.plugins.update(home, source), |tally| {
                &mut tally.updates
            }),
            6 => count(self.plugins.refresh(home, source), |tally| {
                &mut tally.updates
            }),
            kind => {
                let client = self.client.take().expect("it serves");
                if kind == 7 {
                    self.plugins.grant(home, source, client);
                    count(Some(End::Killed), |tally| &mut tally.grants);
                } else {
                    self.calls.make(source, client);
                    count(Some(End::Killed), |tally| &mut tally.calls);
                }
            }
        }
        assert_verified(&self.home);
        self.plugins.assert_there(&self.home);
        // Whoever serves meanwhile goes on.
        if let Some(client) = &mut self.client {
            self.calls.assert_answers(client);
        }
    }

    fn end(mut self) -> Tally {
        drop(self.client.take());
        let mut client = calls::client(&self.home);
        self.calls.assert_all_kept(&mut client);
        assert_eq!(client.close().code, Some(0));
        self.plugins.assert_all_callable(&self.home);
        self.tally.values = self.calls.values();
        self.tally.tasks = self.calls.tasks();
        self.tally
    }
}

#[track_caller]
fn assert_verified(home: &Home) {
    let ran = home.run(&["verify", "--json"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

/// Runs a verb and kills it: after a part of the time that it takes, each part
/// as likely; or right after it was seen to change a file, each change as
/// likely, since the time in which it does so is short. `whole` is the time that
/// it takes, and is kept up to date.
fn run_and_kill(home: &Home, source: &mut Seeded, arguments: &[&str], whole: &mut Duration) -> End {
    let changes = source.below(16);
    let part = u32::try_from(source.below(1000)).expect("it is small");
    let by_change = source.once_in(2);
    let mut seen = seen(home);
    let begin = Instant::now();
    let mut child = start(home, arguments);
    if by_change {
        for _ in 0..=changes {
            while seen == self::seen(home) && child.try_wait().expect("it is ours").is_none() {
                thread::sleep(LOOK);
            }
            seen = self::seen(home);
        }
    } else {
        thread::sleep(*whole * part / 1000);
    }
    let runs = child.try_wait().expect("it is ours").is_none();
    if runs {
        // It may end by itself just now.
        let _ = child.kill();
    }
    let end = ended(child, runs);
    if end == End::Done && !by_change {
        *whole = begin.elapsed();
    }
    end
}

/// The files that verbs change, and how long they are.
fn seen(home: &Home) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let folders = ["", "data/store", "data/descriptions", "data/cache"];
    let files = folders.iter().flat_map(|folder| files(&home.path(folder)));
    let described = files.map(|file| {
        // It may be gone by now.
        let metadata = std::fs::metadata(&file).ok();
        let length = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        let modified = metadata.and_then(|metadata| metadata.modified().ok());
        (file, length, modified)
    });
    described.collect()
}

fn start(home: &Home, arguments: &[&str]) -> Child {
    let mut command = home.command(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

/// How a verb ended, which must not have failed.
#[track_caller]
fn ended(child: Child, killed: bool) -> End {
    let output = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return End::Done;
    }
    assert!(killed && !stderr.contains("error"), "{stderr}");
    End::Killed
}

#[test]
fn nothing_is_lost() {
    let begin = std::env::var("PORTCULLIS_SEED").ok();
    let begin: u64 = begin.and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let tally = thread::scope(|scope| {
        let worlds: Vec<_> = (0..HOMES as u64)
            .map(|number| {
                scope.spawn(move || {
                    let mut world = World::new(begin + number);
                    for round in 0.. {
                        assert!(round < 10 * KILLS, "too few are killed: {:?}", world.tally);
                        if world.tally.kills() == KILLS / HOMES {
                            break;
                        }
                        world.round();
                    }
                    world.end()
                })
            })
            .collect();
        let tallies = worlds.into_iter().map(|world| {
            let tally = world.join();
            tally.unwrap_or_else(|_| panic!("PORTCULLIS_SEED={begin} does most of it again"))
        });
        tallies.fold(Tally::default(), Tally::with)
    });
    assert_eq!(tally.kills(), KILLS);
    let told = format!(
        "SUMMARY: {KILLS} kills: {} in add, {} in remove, {} in update, {} as grants changed, {} in \
         calls; {} values and {} tasks answered, {} verbs done; nothing lost\n",
        tally.adds,
        tally.removals,
        tally.updates,
        tally.grants,
        tally.calls,
        tally.values,
        tally.tasks,
        tally.done
    );
    // Past the test harness, which shows what a test prints only if it fails.
    let written = std::io::stdout().write_all(told.as_bytes());
    written.expect("the summary is told");
}

#[test]
fn of_many_changes_at_once_none_is_lost() {
    let home = Home::compiling(&["echo"]);
    let folder = plugin_folder("echo");
    let names: Vec<String> = (0..6).map(|number| format!("echo-{number}")).collect();
    let add = |name: &String| {
        let named = ["--name", name, "--prefix", name];
        start(
            &home,
            &[&["add", path(&folder), "--grant-none"], &named[..]].concat(),
        )
    };
    let (early, late) = names.split_at(3);
    let adding: Vec<Child> = early.iter().map(add).collect();
    let mut there: BTreeMap<&String, bool> = early.iter().zip(done(adding)).collect();
    // Some come while others go.
    let going: Vec<&String> = early.iter().filter(|name| there[name]).collect();
    let removing: Vec<Child> = going
        .iter()
        .map(|name| start(&home, &["remove", name]))
        .collect();
    let adding: Vec<Child> = late.iter().map(add).collect();
    there.extend(
        going
            .into_iter()
            .zip(done(removing).into_iter().map(|gone| !gone)),
    );
    there.extend(late.iter().zip(done(adding)));
    there.retain(|_, there| *there);

    assert_verified(&home);
    let listed = home.run(&["list", "--json"]).json();
    let listed = listed.as_array().expect("a list").iter();
    let found: Vec<&str> = listed
        .map(|plugin| {
            assert_eq!(plugin["problem"], Value::Null, "{plugin}");
            plugin["name"].as_str().expect("a name")
        })
        .collect();
    let mut expected = vec!["echo"];
    expected.extend(there.keys().map(|name| name.as_str()));
    assert_eq!(found, expected);
}

/// Which verbs did what they should; the others waited too long for their turn.
fn done(children: Vec<Child>) -> Vec<bool> {
    let ended = children.into_iter().map(|child| {
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let waited = stderr.contains("another portcullis is changing");
        assert!(output.status.success() || waited, "{stderr}");
        output.status.success()
    });
    ended.collect()
}
