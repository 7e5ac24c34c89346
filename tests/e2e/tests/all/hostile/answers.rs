//! Answers that are none, or more than anybody wants.

use serde_json::json;

use super::made::{self, Made, words};
use super::{assert_fails, home, install};
use crate::client::{Client, message_of};
use crate::home::Home;
use crate::limits::assert_names;
use crate::process::{assert_bounded, peak_memory};

#[test]
fn what_is_no_json() {
    let home = home("liar", "", &["keyvalue"]);
    let mut client = Client::modern(&home);
    for (tool, words) in [
        ("malformed", ["`liar`", "`structured` is not JSON"]),
        ("not_a_number", ["`liar`", "`structured` is not JSON"]),
        ("two_values", ["`liar`", "`structured` is not JSON"]),
        ("deep", ["`structured` nests deeper than", "64"]),
        ("deep_extra", ["`extra` nests deeper than", "64"]),
        ("deep_block", ["`block` nests deeper than", "64"]),
        ("extra_that_is_no_object", ["`liar`", "extra"]),
    ] {
        assert_fails(&mut client, "liar", tool, json!({}), &words);
    }
}

#[test]
fn refusals_of_what_was_offered() {
    let home = home("liar", "", &["keyvalue"]);
    let mut client = Client::modern(&home);
    // A tool that its own plugin does not know, and a refusal of no arguments.
    let error = client.call_error("unknown", json!({}));
    assert!(message_of(&error).contains("unknown"), "{error}");
    let answer = client.request("tools/call", json!({ "name": "invalid", "arguments": {} }));
    assert!(!answer.to_string().contains('\u{1b}'), "{answer}");
    client.assert_answers();
}

#[test]
fn a_million_blocks() {
    // They do not fit into its memory, and where they do, not into an answer.
    let home = home("liar", "", &["keyvalue"]);
    let mut client = Client::modern(&home);
    let error = client.call_error("many_blocks", json!({}));
    assert_names(&error, "liar", "memory");
    client.assert_answers();
    drop(client);

    let home = super::home("liar", "", &["limits.memory=512MiB"]);
    let mut client = Client::modern(&home);
    client.assert_answers();
    let before = peak_memory(client.process());
    let error = client.call_error("many_blocks", json!({}));
    assert_names(&error, "liar", "output");
    client.assert_answers();
    assert_bounded(client.process(), before);
}

#[test]
fn more_text_than_is_allowed() {
    let home = home("liar", "", &["limits.memory=256MiB"]);
    let mut client = Client::modern(&home);
    for tool in ["one_large", "many_large"] {
        let error = client.call_error(tool, json!({}));
        assert_names(&error, "liar", "output");
        client.assert_answers();
    }
}

/// A result with as many blocks of text as there is room for; each is the same
/// text at `at`.
fn same_text(blocks: u32, at: u32, length: u32) -> String {
    let block = |number: u32| {
        let here = 4096 + number * 96;
        format!(
            "(data (i32.const {here}) \"{}\")",
            words(&[0, 0, at, length])
        )
    };
    let blocks_text: String = (0..blocks).map(block).collect();
    format!(
        "(data (i32.const 512) \"{}\") {blocks_text}",
        words(&[0, 4096, blocks])
    )
}

#[test]
fn one_text_in_many_blocks_counts_each_time() {
    // A MiB that 300 blocks point to would be 300 MiB on the host.
    let made = Made {
        pages: 32,
        fields: &same_text(300, 65536, 1 << 20),
        call: "(i32.const 512)",
        ..Made::default()
    };
    let home = made.home(&["limits.memory=32MiB"]);
    let mut client = Client::modern(&home);
    client.assert_answers();
    let before = peak_memory(client.process());
    for _ in 0..3 {
        let error = client.call_error("attack", json!({}));
        assert_names(&error, "made", "output");
        client.assert_answers();
    }
    assert_bounded(client.process(), before);
}

#[test]
fn two_gigabytes_that_are_not_there() {
    for (at, length) in [
        (65536, 0x7fff_ffff),
        (0xffff_0000, 0x0001_0000),
        (0xffff_fff0, 0xffff_ffff),
    ] {
        let home = Made {
            fields: &same_text(1, at, length),
            call: "(i32.const 512)",
            ..Made::default()
        }
        .home(&[]);
        let mut client = Client::modern(&home);
        made::assert_fails(&mut client, &["`made`"]);
    }
}

#[test]
fn a_list_of_blocks_beyond_the_memory() {
    for (at, blocks) in [(4096, 0x7fff_ffff), (0xffff_ff00, 1000), (4097, 1)] {
        let home = Made {
            fields: &format!("(data (i32.const 512) \"{}\")", words(&[0, at, blocks])),
            call: "(i32.const 512)",
            ..Made::default()
        }
        .home(&[]);
        let mut client = Client::modern(&home);
        made::assert_fails(&mut client, &["`made`"]);
    }
}

#[test]
fn text_that_is_no_utf_8() {
    for bytes in ["\\ff\\fe", "\\c0\\80", "\\ed\\a0\\80", "\\f5\\80\\80\\80"] {
        let fields = format!(
            "{} (data (i32.const 65536) \"{bytes}\")",
            same_text(1, 65536, 2)
        );
        let home = Made {
            fields: &fields,
            call: "(i32.const 512)",
            ..Made::default()
        }
        .home(&[]);
        let mut client = Client::modern(&home);
        made::assert_fails(&mut client, &["`made`", "utf-8"]);
    }
}

#[test]
fn results_of_no_kind_that_there_is() {
    for result in [&[7][..], &[1, 9], &[0, 4096, 1, 5]] {
        let fields = format!("(data (i32.const 512) \"{}\")", words(result));
        let home = Made {
            fields: &fields,
            call: "(i32.const 512)",
            ..Made::default()
        }
        .home(&[]);
        let mut client = Client::modern(&home);
        made::assert_fails(&mut client, &["`made`"]);
    }
}

#[test]
fn an_address_where_there_is_nothing() {
    for address in ["0x7fffff00", "-4", "3"] {
        let home = Made {
            call: &format!("(i32.const {address})"),
            ..Made::default()
        }
        .home(&[]);
        let mut client = Client::modern(&home);
        made::assert_fails(&mut client, &["`made`"]);
    }
}

#[test]
fn structured_values_that_break_their_schema() {
    let home = Home::with(&["echo"]);
    install(&home, "hostile", "", &[]);
    let mut client = Client::modern(&home);
    assert_fails(
        &mut client,
        "hostile",
        "break_schema",
        json!({}),
        &["`hostile`", "sum"],
    );
}
