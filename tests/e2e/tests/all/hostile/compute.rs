//! Processor time, memory, tables, and ways to end.

use serde_json::{Value, json};

use super::made::{self, Made};
use super::{assert_fails, home};
use crate::client::{Client, message_of};
use crate::home::Home;
use crate::limits::assert_names;
use crate::process::{assert_bounded, peak_memory};

#[test]
fn memory_in_one_step_and_in_small_ones() {
    let home = home("hostile", "", &["limits.memory=32MiB"]);
    let mut client = Client::modern(&home);
    for step in [4, 1 << 10, 1 << 20] {
        let error = client.call_error("hoard", json!({ "step_kib": step }));
        assert_names(&error, "hostile", "memory");
        client.assert_answers();
    }
}

#[test]
fn memory_of_many_calls_comes_back() {
    let home = home("hostile", "", &["limits.memory=16MiB"]);
    let mut client = Client::modern(&home);
    client.assert_answers();
    let before = peak_memory(client.process());
    for _ in 0..100 {
        let error = client.call_error("hoard", json!({ "step_kib": 256 }));
        assert_names(&error, "hostile", "memory");
    }
    assert_bounded(client.process(), before);
}

#[test]
fn memory_that_is_grown_by_hand() {
    let grow = "(loop $again
            (br_if $again (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
        (i32.const 512)";
    let home = Made {
        call: grow,
        ..Made::default()
    }
    .home(&["limits.memory=16MiB"]);
    let mut client = Client::modern(&home);
    let error = client.call_error("attack", json!({}));
    assert_names(&error, "made", "memory");
    client.assert_answers();
}

#[test]
fn memory_that_is_there_from_the_start() {
    let made = Made {
        pages: 4096,
        ..Made::default()
    };
    let stderr = made.refused(&[]);
    assert!(
        stderr.contains("`made`") && stderr.contains("memory limit"),
        "{stderr}"
    );
    made.home(&["limits.memory=512MiB"]);
}

#[test]
fn tables_that_grow() {
    let grow = |table: &str| {
        format!(
            "(loop $again
                (br_if $again (i32.ne
                    (table.grow {table} (ref.null func) (i32.const 1000))
                    (i32.const -1))))"
        )
    };
    let home = Made {
        fields: "(table $one 1 funcref) (table $other 1 funcref)",
        call: &format!("{} {} (i32.const 512)", grow("$one"), grow("$other")),
        ..Made::default()
    }
    .home(&[]);
    let mut client = Client::modern(&home);
    let error = client.call_error("attack", json!({}));
    assert_names(&error, "made", "table-elements");
    client.assert_answers();
}

#[test]
fn tables_that_are_there_from_the_start() {
    let tables = "(table 60000 funcref)".repeat(3);
    let stderr = Made {
        fields: &tables,
        ..Made::default()
    }
    .refused(&[]);
    assert!(
        stderr.contains("`made`") && stderr.contains("table-elements limit"),
        "{stderr}"
    );
    let stderr = Made {
        fields: "(table 4000000000 funcref)",
        ..Made::default()
    }
    .refused(&[]);
    assert!(stderr.contains("`made`"), "{stderr}");
}

#[test]
fn a_start_function_that_never_ends() {
    let start = "(func $start (loop $again (br $again))) (start $start)";
    let made = Made {
        fields: start,
        ..Made::default()
    };
    let stderr = made.refused(&["limits.fuel=20000000"]);
    assert!(
        stderr.contains("`made`") && stderr.contains("fuel limit"),
        "{stderr}"
    );
    let stderr = made.refused(&["limits.fuel=off", "limits.deadline=1s"]);
    assert!(
        stderr.contains("`made`") && stderr.contains("deadline limit"),
        "{stderr}"
    );
}

#[test]
fn recursion_without_a_frame() {
    let home = Made {
        fields: "(func $deeper (result i32) (call $deeper))",
        call: "(call $deeper)",
        ..Made::default()
    }
    .home(&[]);
    let mut client = Client::modern(&home);
    let error = client.call_error("attack", json!({}));
    assert_names(&error, "made", "stack");
    client.assert_answers();
}

#[test]
fn copying_without_end_is_fuel_too() {
    // One instruction that moves a MiB.
    let home = Made {
        pages: 32,
        call: "(loop $again
                (memory.fill (i32.const 65536) (i32.const 1) (i32.const 1048576))
                (br $again))
            (i32.const 512)",
        ..Made::default()
    }
    .home(&["limits.deadline=1s", "limits.fuel=off"]);
    let mut client = Client::modern(&home);
    let id = client.start_call("attack", json!({}));
    client.assert_answers();
    assert_names(&client.answer(&id)["error"], "made", "deadline");
}

#[test]
fn host_calls_without_end() {
    let home = home("hostile", "", &["limits.deadline=1s", "limits.fuel=off"]);
    let mut client = Client::modern(&home);
    let ids: Vec<Value> = ["ask_the_time_forever", "sleep_forever"]
        .map(|tool| client.start_call(tool, json!({})))
        .into();
    client.assert_answers();
    for id in ids {
        assert_names(&client.answer(&id)["error"], "hostile", "deadline");
    }
}

#[test]
fn an_abort_and_a_trap() {
    let home = home("hostile", "", &[]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        assert_fails(
            &mut client,
            "hostile",
            "abort",
            json!({}),
            &["`hostile` crashed", "unreachable"],
        );
    }
    drop(client);
    let home = Made::default().home(&[]);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        made::assert_fails(&mut client, &["`made` crashed", "unreachable"]);
    }
}

#[test]
fn nothing_is_left_for_the_next_call() {
    let home = home("hostile", "", &[]);
    let mut client = Client::modern(&home);
    for text in ["first", "second", "third"] {
        assert_eq!(client.text("leave", json!({ "text": text })), "");
    }
    // Nor in what the pool hands out again: memory that was written and grown.
    let dirty = Made {
        call: "(drop (memory.grow (i32.const 16)))
            (memory.fill (i32.const 65536) (i32.const 0x41) (i32.const 1048576))
            unreachable",
        ..Made::default()
    };
    let looks = Made {
        // A trap where a byte of the memory is not zero.
        call: "(local $at i32)
            (drop (memory.grow (i32.const 16)))
            (local.set $at (i32.const 65536))
            (loop $next
                (if (i32.load8_u (local.get $at)) (then unreachable))
                (local.set $at (i32.add (local.get $at) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $at) (i32.const 1048576))))
            (i32.const 512)",
        ..Made::default()
    };
    let home = dirty.home(&[]);
    let folder = home.path("plugins/looks");
    std::fs::rename(looks_folder(&home, &looks), &folder).expect("moved");
    home.add_folder(&folder, &["--name", "looks", "--prefix", "looks"]);
    let mut client = Client::modern(&home);
    for _ in 0..20 {
        made::assert_fails(&mut client, &["`made` crashed"]);
        client.call("looks_attack", json!({}));
    }
}

fn looks_folder(home: &Home, made: &Made<'_>) -> std::path::PathBuf {
    made.folder(home)
}

#[test]
fn a_gulp_of_randomness() {
    let home = home("hostile", "", &["limits.memory=512MiB"]);
    let mut client = Client::modern(&home);
    assert_eq!(
        client.text("take_random", json!({ "bytes": 65536 })),
        "65536 bytes"
    );
    for bytes in [65537_u64, 1 << 28, u64::MAX] {
        let error = client.call_error("take_random", json!({ "bytes": bytes }));
        assert!(message_of(&error).contains("`hostile`"), "{error}");
        assert_eq!(error["data"]["limit"], "random-bytes", "{error}");
        client.assert_answers();
    }
}
