//! Taking the places of others: calls in flight, and the pool that they run in.

use serde_json::{Value, json};

use super::home;
use super::made::Made;
use crate::client::{Client, LEGACY};
use crate::home::Home;
use crate::limits::assert_names;

#[test]
fn a_plugin_takes_no_more_places_than_are_its_own() {
    let home = home(
        "hostile",
        "",
        &["limits.concurrency=4", "limits.deadline=1s"],
    );
    home.configure("[server]\nmax-in-flight = 8\n");
    let mut client = Client::modern(&home);
    let ids: Vec<Value> = (0..7)
        .map(|_| client.start_call("sleep_forever", json!({})))
        .collect();
    client.assert_answers();
    for id in &ids {
        let answer = client.answer(id);
        let limit = answer["error"]["data"]["limit"]
            .as_str()
            .unwrap_or_default();
        assert_names(&answer["error"], "hostile", limit);
        assert!(matches!(limit, "deadline" | "concurrency"), "{answer}");
    }
    client.assert_answers();
}

#[test]
fn all_of_a_plugins_places_by_default_leave_the_others_theirs() {
    let home = home("hostile", "", &["limits.deadline=2s"]);
    let mut client = Client::modern(&home);
    let ids: Vec<Value> = (0..100)
        .map(|_| client.start_call("sleep_forever", json!({})))
        .collect();
    for _ in 0..10 {
        client.assert_answers();
    }
    for id in &ids {
        assert!(client.answer(id)["error"].is_object());
    }
}

/// A home with `echo`, and a component that spins, with these fields beside.
fn greedy(fields: &str) -> Home {
    let made = Made {
        fields,
        call: "(loop $again (br $again)) unreachable",
        ..Made::default()
    };
    let home = Home::with(&["echo"]);
    // A pool so small that a few of its calls take what it has.
    home.configure("[server]\nmax-in-flight = 16\n");
    let folder = made.folder(&home);
    let grants = [
        "limits.fuel=off",
        "limits.deadline=2s",
        "limits.concurrency=15",
    ];
    let mut arguments = vec!["add", crate::home::path(&folder)];
    arguments.extend(super::flags(&grants));
    // Refusing it is as good.
    home.run(&arguments);
    home
}

#[track_caller]
fn assert_leaves_room(home: &Home) {
    let mut client = Client::at(home, LEGACY);
    for _ in 0..15 {
        client.start_call("attack", json!({}));
    }
    for _ in 0..10 {
        client.assert_answers();
    }
}

#[test]
fn many_memories_in_one_component() {
    assert_leaves_room(&greedy(&"(memory 1)".repeat(3)));
}

#[test]
fn many_tables_in_one_component() {
    assert_leaves_room(&greedy(&"(table 1 funcref)".repeat(7)));
}

#[test]
fn a_component_with_one_memory_leaves_room() {
    assert_leaves_room(&greedy(""));
}
