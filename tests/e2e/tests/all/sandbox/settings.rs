//! Settings.

use serde_json::json;

use super::{assert_denied, assert_ok};
use crate::client::Client;
use crate::home::Home;

#[test]
fn are_what_the_admin_granted_or_the_manifests_default() {
    let home = Home::empty();
    home.add_probe(
        "[settings.owner]\ndescription = \"whose\"\n[settings.depth]\ndescription = \"x\"\ndefault = \"3\"\n\
         [settings.unset]\ndescription = \"x\"\n",
        &["--grant", "settings.owner=acme=1"],
    );
    let mut client = Client::modern(&home);
    assert_ok(&mut client, "setting", json!({ "name": "owner" }), "acme=1");
    assert_ok(&mut client, "setting", json!({ "name": "depth" }), "3");
    assert_denied(&mut client, "setting", json!({ "name": "unset" }));
    assert_denied(&mut client, "setting", json!({ "name": "other" }));
}
