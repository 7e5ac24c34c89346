use portcullis_sdk::{
    Value,
    http::{Request, Response},
    json, testing,
};

use super::weather;

/// Settings as in the manifest, and a server that answers each path with a
/// status and a body.
fn serve(answers: &'static [(&'static str, u16, &'static str)]) {
    testing::set_setting("geocoding-url", "https://geo.example/");
    testing::set_setting("forecast-url", "https://meteo.example");
    testing::answer_http(move |request: &Request| {
        let url = request.url();
        let (_, status, body) = answers
            .iter()
            .find(|answer| url.starts_with(answer.0))
            .unwrap_or_else(|| panic!("unexpected request to {url}"));
        Ok(Response::new(*status).with_body(*body))
    });
}

const BERLIN: (&str, u16, &str) = (
    "https://geo.example/v1/search?name=Berlin&count=1&",
    200,
    r#"{"results":[{"id":2950159,"name":"Berlin","latitude":52.52437,"longitude":13.41053,
        "elevation":74.0,"feature_code":"PPLC","country_code":"DE","timezone":"Europe/Berlin",
        "population":3426354,"country":"Germany","admin1":"Berlin"}],"generationtime_ms":0.6}"#,
);
const CURRENT: (&str, u16, &str) = (
    "https://meteo.example/v1/forecast?latitude=52.52437&longitude=13.41053&timezone=auto\
     &current=temperature_2m%2Crelative_humidity_2m%2Cwind_speed_10m%2Cweather_code",
    200,
    r#"{"latitude":52.52,"longitude":13.419998,"generationtime_ms":0.06,
        "utc_offset_seconds":3600,"timezone":"Europe/Berlin","timezone_abbreviation":"GMT+1",
        "elevation":38.0,"current_units":{"time":"iso8601","temperature_2m":"°C"},
        "current":{"time":"2026-03-01T14:15","interval":900,"temperature_2m":8.4,
        "relative_humidity_2m":61,"wind_speed_10m":12.3,"weather_code":61}}"#,
);
const DAILY: (&str, u16, &str) = (
    "https://meteo.example/v1/forecast?",
    200,
    r#"{"timezone":"Europe/Berlin","daily":{"time":["2026-03-01","2026-03-02"],
        "weather_code":[3,null],"temperature_2m_max":[9.1,null],"temperature_2m_min":[-1.0,2.5],
        "precipitation_sum":[0.0,null]}}"#,
);

fn failure(tool: &str, arguments: Value) -> String {
    match weather::plugin().call_tool(tool, arguments) {
        Ok(output) => panic!("{tool} answered {}", output.to_text()),
        Err(error) => error.message(),
    }
}

#[test]
fn the_weather_now() {
    serve(&[BERLIN, CURRENT]);
    let output = weather::plugin()
        .call_tool("get_weather", json!({ "city": "Berlin" }))
        .unwrap();
    assert_eq!(
        output.to_text(),
        "Berlin, Germany: 8.4 °C, light rain, humidity 61 %, wind 12.3 km/h \
         (2026-03-01T14:15, Europe/Berlin)"
    );
    let value = output.structured_value().unwrap();
    assert_eq!(value["temperature_celsius"], 8.4);
    assert_eq!(value["conditions"], "light rain");
    assert_eq!(value["place"]["country_code"], "DE");
    assert_eq!(value["place"]["region"], "Berlin");
}

#[test]
fn the_coming_days() {
    serve(&[BERLIN, DAILY]);
    let output = weather::plugin()
        .call_tool("get_forecast", json!({ "city": "Berlin", "days": 2 }))
        .unwrap();
    assert_eq!(
        output.to_text(),
        "Berlin, Germany (Europe/Berlin)\n\
         2026-03-01: -1 to 9.1 °C, overcast, precipitation 0 mm\n\
         2026-03-02: 2.5 to ? °C, unknown conditions, precipitation ? mm"
    );
    let value = output.structured_value().unwrap();
    assert_eq!(value["days"][1]["temperature_max_celsius"], Value::Null);
    assert_eq!(value["days"][0]["weather_code"], 3);
}

#[test]
fn three_days_unless_said_otherwise() {
    serve(&[BERLIN, DAILY]);
    testing::answer_http(|request| {
        let days = request.url().contains("forecast_days=3");
        let is_search = request.url().contains("/v1/search");
        assert!(days || is_search, "{}", request.url());
        Ok(Response::new(200).with_body(if is_search { BERLIN.2 } else { DAILY.2 }))
    });
    let output = weather::plugin().call_tool("get_forecast", json!({ "city": "Berlin" }));
    assert!(output.is_ok());
    let message = failure("get_forecast", json!({ "city": "Berlin", "days": 17 }));
    assert_eq!(message, "`days` must be 1 to 16, not 17");
}

#[test]
fn an_area_chooses_among_cities_of_one_name() {
    serve(&[
        (
            "https://geo.example/v1/search?name=Paris&count=20&",
            200,
            r#"{"results":[
                {"name":"Paris","latitude":48.85,"longitude":2.35,"country":"France",
                 "country_code":"FR","admin1":"Île-de-France"},
                {"name":"Paris","latitude":33.66,"longitude":-95.56,"country":"United States",
                 "country_code":"US","admin1":"Texas"}]}"#,
        ),
        (
            "https://meteo.example/v1/forecast?latitude=33.66&longitude=-95.56&",
            200,
            CURRENT.2,
        ),
    ]);
    for city in ["Paris, Texas", "Paris, texas, US"] {
        let output = weather::plugin().call_tool("get_weather", json!({ "city": city }));
        let text = output.unwrap().to_text();
        assert!(text.starts_with("Paris, Texas, United States: "), "{text}");
    }
    assert_eq!(
        failure("get_weather", json!({ "city": "Paris, Atlantis" })),
        "no city `Paris` was found in `Atlantis`; there is Paris, Île-de-France, France; \
         Paris, Texas, United States"
    );
}

#[test]
fn failures_say_what_to_do() {
    serve(&[("https://geo.example/", 200, r#"{"generationtime_ms":0.1}"#)]);
    let message = failure("get_weather", json!({ "city": "Xyzzy" }));
    assert!(
        message.starts_with("no city `Xyzzy` was found; "),
        "{message}"
    );
    let message = failure("get_weather", json!({ "city": " " }));
    assert!(message.starts_with("`city` is empty"), "{message}");

    serve(&[
        BERLIN,
        (
            "https://meteo.example/",
            400,
            r#"{"error":true,"reason":"Latitude must be in range of -90 to 90°."}"#,
        ),
    ]);
    assert_eq!(
        failure("get_weather", json!({ "city": "Berlin" })),
        "Open-Meteo refused the request (status 400): Latitude must be in range of -90 to 90°."
    );

    serve(&[BERLIN, ("https://meteo.example/", 502, "bad gateway")]);
    let message = failure("get_weather", json!({ "city": "Berlin" }));
    assert!(
        message.ends_with("answered with status 502: bad gateway"),
        "{message}"
    );

    serve(&[BERLIN, ("https://meteo.example/", 304, "")]);
    let message = failure("get_weather", json!({ "city": "Berlin" }));
    assert!(
        message.starts_with("Open-Meteo answered with status 304"),
        "{message}"
    );

    serve(&[("https://geo.example/", 200, "<html>")]);
    let message = failure("get_weather", json!({ "city": "Berlin" }));
    assert!(message.contains("is unusable"), "{message}");
}

#[test]
fn a_request_that_is_not_granted_says_who_can_grant_it() {
    serve(&[]);
    testing::answer_http(|_| {
        Err(portcullis_sdk::http::Error::Refused {
            host: "geo.example".to_owned(),
        })
    });
    assert_eq!(
        failure("get_weather", json!({ "city": "Berlin" })),
        "this server does not let the weather plugin reach `geo.example`; its administrator can \
         grant it `http=geo.example`"
    );
}

#[test]
fn resources() {
    serve(&[
        BERLIN,
        CURRENT,
        ("https://geo.example/v1/search?name=Xyzzy&", 200, "{}"),
    ]);
    let plugin = weather::plugin();
    let cities = plugin.read_resource("weather://cities").unwrap();
    let text = cities[0].as_text().unwrap();
    assert!(
        text.contains(r#"{"name":"Tokyo","country":"Japan","#),
        "{text}"
    );
    assert_eq!(cities[0].media_type(), Some("application/json"));

    let current = plugin.read_resource("weather://Berlin/current").unwrap();
    let value: Value = current[0].as_text().unwrap().parse().unwrap();
    assert_eq!(value["wind_speed_kmh"], 12.3);
    let missing = plugin.read_resource("weather://Xyzzy/current");
    assert!(missing.unwrap_err().is_not_found());

    let names = plugin
        .complete_resource("weather://{city}/current", "city", "ber", &[])
        .unwrap();
    assert_eq!(names, ["Berlin"]);
}

#[test]
fn tools_are_described() {
    for tool in weather::plugin().tools() {
        assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
        let place = &tool["outputSchema"]["properties"]["place"]["properties"];
        assert!(place["region"].is_object(), "{tool}");
        assert!(place["admin1"].is_null(), "{tool}");
    }
    let days = &weather::plugin().tools()[1]["inputSchema"]["properties"]["days"];
    assert_eq!(days["default"], 3);
    assert_eq!(days["maximum"], 16);
}
