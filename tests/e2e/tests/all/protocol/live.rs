//! The admin changes what is installed and granted while clients call: each change
//! is told to whom it is due, and no call is lost.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use super::changes::{PROMPTS, RESOURCES, TOOLS, count, listener, tools};
use crate::client::{Client, result, text_of};
use crate::home::{Home, files, plugin_folder};

/// How often a plugin comes, changes in each way, and goes.
const CYCLES: usize = 9;
/// Changes of a cycle.
const CHANGES: usize = 6;
/// Calls that are begun before each change, and again after it.
const BURST: usize = 10;

/// Two servers on one home, each with a client that listens and calls.
struct World {
    home: Home,
    clients: [Client; 2],
    changes: usize,
    calls: usize,
}

impl World {
    fn new() -> Self {
        let home = Home::with(&["echo"]);
        let clients = [true, false].map(|modern| listener(&home, modern));
        Self {
            home,
            clients,
            changes: 0,
            calls: 0,
        }
    }

    /// Puts a version of the plugin that changes where its source is: another
    /// echo, or what is no echo at all.
    fn release(&self, version: &str, guest: &str) {
        let folder = self.home.plugin("echo", "");
        let manifest = folder.join("plugin.toml");
        let text = fs::read_to_string(&manifest).expect("a manifest");
        fs::write(&manifest, text.replacen("0.1.0", version, 1)).expect("written");
        let component = plugin_folder(guest).join(format!("{guest}.wasm"));
        fs::copy(component, folder.join("echo.wasm")).expect("copied");
    }

    /// Makes a change while calls are on their way, some of them to this tool.
    /// All are answered, and the clients are told what is due.
    fn change(&mut self, arguments: &[&str], slow: &str, due: &[&str]) {
        let burst = |client: &mut Client| -> Vec<(Value, String)> {
            let texts = (0..BURST).map(|number| format!("call {number}"));
            let started = texts.map(|text| {
                let id = client.start_call("echo", json!({ "text": text }));
                (id, text)
            });
            started.collect()
        };
        let steps = json!({ "steps": 10, "pause": 20 });
        let mut begun = Vec::new();
        for client in &mut self.clients {
            let params = json!({
                "name": slow, "arguments": steps, "_meta": { "progressToken": self.changes },
            });
            let call = client.send("tools/call", params);
            // It has begun.
            client.told("notifications/progress");
            let mut calls = burst(client);
            calls.push((call, "10 steps".to_owned()));
            begun.push(calls);
        }
        self.home.run(arguments).done();
        for (client, mut calls) in self.clients.iter_mut().zip(begun) {
            calls.extend(burst(client));
            self.calls += calls.len();
            for (id, text) in calls {
                let answer = result(client.answer(&id));
                assert_eq!(text_of(&answer), text, "{arguments:?}");
            }
            for method in due {
                client.told(method);
            }
        }
        self.changes += 1;
    }

    /// Waits until this many MiB can be had, or cannot. Nobody is told, since
    /// the same is offered.
    fn await_memory(&mut self, tool: &str, mebibytes: usize, granted: bool) {
        for client in &mut self.clients {
            let so = (0..1000).any(|_| {
                self.calls += 1;
                let call = json!({ "name": tool, "arguments": { "mebibytes": mebibytes } });
                let answer = client.request("tools/call", call);
                let failed = answer["result"]["isError"] == true;
                let so = answer.get("error").is_none() && !failed;
                if so != granted {
                    std::thread::sleep(Duration::from_millis(20));
                }
                so == granted
            });
            assert!(so, "granted: {granted}");
        }
    }
}

#[test]
fn no_call_is_lost_while_everything_changes() {
    let all = [TOOLS, PROMPTS, RESOURCES];
    let mut world = World::new();
    let before = world.clients.each_mut().map(tools);
    for _ in 0..CYCLES {
        world.release("0.1.0", "echo");
        let folder = world.home.folder("plugins/echo");
        let add = ["add", &folder, "--name", "subject", "--prefix", "s"];
        world.change(&add, "progress", &[TOOLS]);
        world.await_memory("s_allocate", 16, true);

        world.change(&["limits", "subject", "memory=8MiB"], "s_progress", &[]);
        world.await_memory("s_allocate", 16, false);
        world.change(&["revoke", "subject", "limits"], "s_progress", &[]);
        world.await_memory("s_allocate", 16, true);

        world.release("0.2.0", "offers");
        world.change(&["update", "subject", "--yes"], "s_progress", &all);
        for client in &mut world.clients {
            assert!(tools(client).contains(&"s_locate".to_owned()));
            client.call("s_locate", json!({ "name": "here" }));
        }
        world.change(&["rollback", "subject"], "progress", &all);
        world.change(&["remove", "subject"], "s_progress", &[TOOLS]);
        assert_eq!(world.clients.each_mut().map(tools), before);
    }
    assert_eq!(world.changes, CYCLES * CHANGES);
    assert!(world.changes >= 50, "{}", world.changes);
    assert!(world.calls >= 1_000, "{}", world.calls);
    for client in world.clients {
        // Each was told once.
        let rest = client.close().rest;
        assert_eq!(
            all.map(|method| count(&rest, method)),
            [0, 0, 0],
            "{rest:?}"
        );
    }
}

#[test]
fn a_broken_change_leaves_what_was_served() {
    let home = Home::with(&["echo", "offers"]);
    let [config, lock] =
        [home.config(), home.lock()].map(|file| fs::read_to_string(file).expect("a file"));
    let mut client = Client::legacy(&home);
    let before = tools(&mut client);
    let locked: toml::Table = lock.parse().expect("TOML");
    let digest = |what: &str| {
        let digest = locked["plugins"]["echo"][what].as_str().expect("a digest");
        digest.to_owned()
    };
    let other = format!("blake3:{}", "0".repeat(64));
    let granted = "[plugins.echo.grant]\nhttp = [\"other.example\"]\n";
    for (file, text, words) in [
        (
            home.config(),
            format!("{config}\n{granted}"),
            "other.example",
        ),
        (
            home.lock(),
            lock.replace(&digest("component"), &other),
            "the store has no blake3:000",
        ),
        (
            home.lock(),
            lock.replace(&digest("request"), &other),
            "something else than was agreed to",
        ),
        (
            home.lock(),
            lock.replace("[plugins.echo]", "[plugins.gone]"),
            "not in the lock file",
        ),
    ] {
        let whole = fs::read(&file).expect("a file");
        assert_ne!(whole, text.as_bytes());
        fs::write(&file, text).expect("written");
        client.logged(&["plugin `echo` is served as it was", words]);
        assert_eq!(tools(&mut client), before);
        client.assert_answers();
        // Who starts now serves none of it.
        let mut late = Client::modern(&home);
        let error = late.call_error("echo", json!({ "text": "a" }));
        assert_eq!(error["code"], -32602, "{words}");
        fs::write(&file, whole).expect("written");
    }
    // What is missing in the store, and another change to see that by.
    let manifest = home
        .data()
        .join("store")
        .join(&digest("manifest")["blake3:".len()..]);
    let kept = fs::read(&manifest).expect("a manifest");
    fs::remove_file(&manifest).expect("removed");
    fs::write(home.config(), format!("# again\n{config}")).expect("written");
    client.logged(&["plugin `echo` is served as it was", &digest("manifest")]);
    client.assert_answers();
    assert_eq!(count(&client.news(), TOOLS), 0);

    // Others come and go meanwhile.
    home.run(&["remove", "offers"]).done();
    client.told(TOOLS);
    client.assert_answers();
    fs::write(manifest, kept).expect("written");
    home.run(&["limits", "echo", "memory=32MiB"]).done();
    home.run(&["remove", "echo"]).done();
    client.told(TOOLS);
    assert_eq!(tools(&mut client), [""; 0]);
}

#[test]
fn what_was_missing_in_the_store_is_served_when_it_is_there() {
    for modern in [true, false] {
        let home = Home::with(&["echo"]);
        let mut kept = Vec::new();
        for file in files(&home.data().join("store")) {
            kept.push((file.clone(), fs::read(&file).expect("a file")));
            fs::remove_file(file).expect("removed");
        }
        let mut client = listener(&home, modern);
        assert_eq!(tools(&mut client), [""; 0]);
        for (file, content) in kept {
            fs::write(file, content).expect("written");
        }
        client.told(TOOLS);
        client.assert_answers();
    }
}
