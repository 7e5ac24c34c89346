//! `weather`, against a server on loopback.

use serde_json::{Value, json};

use super::start;
use crate::client::{Client, text_of};
use crate::home::Home;
use crate::web::{Answer, Web};

#[test]
fn tells_the_weather_and_the_forecast() {
    let (_home, web, mut client) = start();
    let now = client.call("get_weather", json!({ "city": "Berlin" }));
    assert!(text_of(&now).contains("7.5"), "{now}");
    assert_eq!(
        now["structuredContent"]["temperature_celsius"], 7.5,
        "{now}"
    );
    let forecast = client.call("get_forecast", json!({ "city": "Berlin", "days": 2 }));
    let days = forecast["structuredContent"]["days"]
        .as_array()
        .expect("days");
    assert_eq!(days.len(), 2);
    assert_eq!(days[1]["date"], "2026-03-02");
    assert_eq!(days[1]["temperature_max_celsius"], 9.5);
    let asked: Vec<String> = web
        .asked()
        .iter()
        .map(|asked| asked.target.clone())
        .collect();
    assert_eq!(asked.len(), 4, "{asked:?}");
    assert!(
        asked[1].contains("latitude=52.52437") && asked[3].contains("forecast_days=2"),
        "{asked:?}"
    );
}

#[test]
fn refuses_what_it_cannot_tell() {
    let (_home, web, mut client) = start();
    assert!(
        client
            .tool_error("get_weather", json!({ "city": "Atlantis" }))
            .contains("`Atlantis`")
    );
    let before = web.asked().len();
    assert!(
        client
            .tool_error("get_forecast", json!({ "city": "Berlin", "days": 17 }))
            .contains("days")
    );
    assert_eq!(
        web.asked().len(),
        before,
        "the schema is checked before anything is asked"
    );
}

#[test]
fn has_resources() {
    let (_home, _web, mut client) = start();
    let read = client.result("resources/read", json!({ "uri": "weather://cities" }));
    let cities: Value =
        serde_json::from_str(read["contents"][0]["text"].as_str().expect("text")).expect("JSON");
    assert!(
        cities["cities"]
            .as_array()
            .is_some_and(|cities| !cities.is_empty()),
        "{cities}"
    );
    let read = client.result(
        "resources/read",
        json!({ "uri": "weather://Berlin/current" }),
    );
    assert!(
        read["contents"][0]["text"]
            .as_str()
            .is_some_and(|text| text.contains("7.5")),
        "{read}"
    );
    let error = client.error(
        "resources/read",
        json!({ "uri": "weather://Atlantis/current" }),
    );
    assert_eq!(error["code"], -32602);
    let completed = client.result(
        "completion/complete",
        json!({ "ref": { "type": "ref/resource", "uri": "weather://{city}/current" }, "argument": { "name": "city", "value": "Be" } }),
    );
    assert!(
        completed["completion"]["values"]
            .as_array()
            .is_some_and(|values| !values.is_empty()),
        "{completed}"
    );
}

#[test]
fn tells_when_the_service_fails_or_is_not_granted() {
    let home = Home::empty();
    let web = Web::new(|_| Answer::status(503));
    let url = web.url("");
    let flags = [
        format!("settings.geocoding-url={url}"),
        format!("settings.forecast-url={url}"),
    ];
    home.add(
        "weather",
        &[
            "--grant",
            &flags[0],
            "--grant",
            &flags[1],
            "--grant",
            &format!("http={url}"),
        ],
    );
    let mut client = Client::modern(&home);
    assert!(
        client
            .tool_error("get_weather", json!({ "city": "Berlin" }))
            .contains("503")
    );

    let cut_off = Home::empty();
    cut_off.add("weather", &["--grant", &flags[0], "--grant", &flags[1]]);
    let before = web.asked().len();
    let mut client = Client::modern(&cut_off);
    assert!(
        !client
            .tool_error("get_weather", json!({ "city": "Berlin" }))
            .is_empty()
    );
    assert_eq!(web.asked().len(), before);
}
