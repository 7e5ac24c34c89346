//! The four plugins of `plugins/`, installed as their READMEs say and called
//! over stdio.

mod calculator;
mod filesystem;
mod review;
mod weather;

use serde_json::json;

use crate::client::Client;
use crate::home::{Home, path, plugin_folder};
use crate::open_meteo;
use crate::web::Web;

fn start() -> (Home, Web, Client) {
    let home = Home::empty();
    let web = open_meteo::start();
    open_meteo::add_plugins(&home, &web);
    let client = Client::modern(&home);
    (home, web, client)
}

#[test]
fn all_four_serve_together() {
    let (_home, _web, mut client) = start();
    let listed = client.result("tools/list", json!({}));
    let names: Vec<&str> = listed["tools"]
        .as_array()
        .expect("tools")
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect();
    for name in ["calculate", "read_file", "get_weather", "get_forecast"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    for tool in listed["tools"].as_array().expect("tools") {
        assert!(
            tool["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty()),
            "{tool}"
        );
    }
    let listed = client.result("resources/list", json!({}));
    let uris: Vec<&str> = listed["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .filter_map(|found| found["uri"].as_str())
        .collect();
    for uri in ["weather://cities", "fs://allowed-directories"] {
        assert!(uris.contains(&uri), "{uris:?}");
    }
    let listed = client.result("prompts/list", json!({}));
    let names: Vec<&str> = listed["prompts"]
        .as_array()
        .expect("prompts")
        .iter()
        .filter_map(|prompt| prompt["name"].as_str())
        .collect();
    assert_eq!(names, ["code_review", "debug_error"]);
}

#[test]
fn each_tells_exactly_what_it_asks_for() {
    let home = Home::empty();
    for (plugin, flags) in [
        (
            "weather",
            vec![
                "--grant http=geocoding-api.open-meteo.com",
                "--grant http=api.open-meteo.com",
            ],
        ),
        ("filesystem", vec!["--grant filesystem.NAME=PATH"]),
    ] {
        let folder = plugin_folder(plugin);
        let stderr = home.run(&["add", path(&folder)]).failed(1);
        for flag in flags {
            assert!(stderr.contains(flag), "{stderr}");
        }
    }
    for plugin in ["calculator", "review"] {
        home.run(&["add", path(&plugin_folder(plugin))]).done();
    }
}
