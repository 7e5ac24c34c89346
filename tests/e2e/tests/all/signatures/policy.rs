//! `[trust]` in the config: where keys are, and what is wrong with it.

use std::fs;

use super::{Author, home, refused};
use crate::home::{Home, path};

#[test]
fn a_key_may_be_in_a_file() {
    let author = Author::new();
    let (home, folder) = home(&author);
    let config = fs::read_to_string(home.config()).expect("a config");
    let key = format!("\"{}\"", author.public());
    fs::write(
        home.config(),
        config.replace(&key, "{ file = \"acme.pub\" }"),
    )
    .expect("written");
    refused(
        &home,
        &[path(&folder)],
        &["the key `acme` of [trust] cannot be read", "acme.pub"],
    );
    let file = author.keys.pk.to_box().expect("a box").into_string();
    fs::write(home.path("acme.pub"), file).expect("written");
    home.run(&["add", path(&folder)]).done();
    fs::write(home.path("acme.pub"), "hello").expect("written");
    let ran = home.run(&["verify"]);
    assert!(
        ran.stdout
            .contains("`hello` is not a public key of minisign"),
        "{}",
        ran.stdout
    );
}

#[test]
fn mistakes_in_the_trust_policy_have_their_place() {
    let home = Home::empty();
    let key = Author::new().public();
    for (lines, parts) in [
        (
            "[trust]\nrequire-signatures = true",
            &["portcullis.toml:2:1", "did you mean `require-signature`?"][..],
        ),
        (
            "[[trust.key]]\nsource = \"*\"\nminisign = \"KEY\"",
            &["missing field `name`"],
        ),
        (
            "[[trust.key]]\nname = \"a\"\nminisign = \"KEY\"",
            &[
                "missing field `source`",
                "oci://registry.example.com/acme/*",
            ],
        ),
        (
            "[[trust.key]]\nname = \"a\"\nsource = \"oci://registry.example.com/ac*\"\nminisign = \"KEY\"",
            &[
                "portcullis.toml:3:10",
                "`oci://registry.example.com/ac*` is not a source",
            ],
        ),
        (
            "[[trust.key]]\nname = \"a\"\nsource = \"*\"",
            &["a trusted key is one key, and there is none"],
        ),
        (
            "[[trust.key]]\nname = \"a\"\nsource = \"*\"\nminisign = \"KEY\"\ncosign = \"x\"",
            &["there is two"],
        ),
        (
            "[[trust.key]]\nname = \"a\"\nsource = \"*\"\nminisign = \"RWx\"",
            &[
                "portcullis.toml:4:12",
                "`RWx` is not a public key of minisign",
            ],
        ),
        (
            "[[trust.key]]\nname = \"a\"\nsource = \"*\"\ncosign = \"KEY\"",
            &["is not a public key of cosign", "ECDSA P-256"],
        ),
        (
            "[[trust.key]]\nname = \"a\"\nsource = \"*\"\nminisign = \"KEY\"\n[[trust.key]]\nname = \"a\"\nsource = \"/x\"\nminisign = \"KEY\"",
            &["portcullis.toml:6:8", "`a` is the name of another key"],
        ),
    ] {
        fs::write(home.config(), lines.replace("KEY", &key)).expect("written");
        let stderr = home.run(&["list"]).failed(1);
        for part in parts {
            assert!(stderr.contains(part), "`{part}`: {stderr}");
        }
    }
}
