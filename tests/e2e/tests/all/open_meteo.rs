//! The two APIs of Open-Meteo that `weather` asks, on loopback.

use serde_json::json;

use crate::home::Home;
use crate::web::{Answer, Web};

/// A server that knows Berlin and nothing else.
pub(crate) fn start() -> Web {
    Web::new(|asked| {
        let (path, query) = asked.target.split_once('?').unwrap_or((&asked.target, ""));
        let value = |name: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .into_iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| value.to_owned())
        };
        match path {
            "/v1/search" if value("name").as_deref() == Some("Berlin") => Answer::json(&json!({
                "results": [{
                    "id": 2950159, "name": "Berlin", "latitude": 52.52437, "longitude": 13.41053,
                    "country_code": "DE", "country": "Germany", "timezone": "Europe/Berlin",
                }],
            })),
            "/v1/search" => Answer::json(&json!({ "generationtime_ms": 0.5 })),
            "/v1/forecast" if value("current").is_some() => Answer::json(&json!({
                "latitude": 52.52, "longitude": 13.41, "timezone": "Europe/Berlin",
                "current": {
                    "time": "2026-03-01T12:00", "interval": 900, "temperature_2m": 7.5,
                    "relative_humidity_2m": 64, "wind_speed_10m": 11.2, "weather_code": 3,
                },
            })),
            "/v1/forecast" => {
                let days = value("forecast_days")
                    .and_then(|days| days.parse().ok())
                    .unwrap_or(7);
                let each = |value: f64| vec![value; days];
                let dates: Vec<_> = (1..=days).map(|day| format!("2026-03-{day:02}")).collect();
                Answer::json(&json!({
                    "latitude": 52.52, "longitude": 13.41, "timezone": "Europe/Berlin",
                    "daily": {
                        "time": dates, "weather_code": vec![61; days],
                        "temperature_2m_max": each(9.5), "temperature_2m_min": each(2.5),
                        "precipitation_sum": each(1.25),
                    },
                }))
            }
            _ => Answer::status(404),
        }
    })
}

/// The flags that let `weather` ask this server, and no other.
pub(crate) fn grants(web: &Web) -> [String; 3] {
    let url = web.url("");
    [
        format!("settings.geocoding-url={url}"),
        format!("settings.forecast-url={url}"),
        format!("http={url}"),
    ]
}

/// Installs the four plugins: `weather` with this server, `filesystem` with
/// the home's folder `notes`, in which there is `todo.md`.
pub(crate) fn add_plugins(home: &Home, web: &Web) {
    let notes = home.folder("notes");
    std::fs::write(home.path("notes/todo.md"), "- water the plants\n").expect("written");
    std::fs::write(home.path("secret.txt"), "secret").expect("written");
    let grants = grants(web);
    let flags: Vec<&str> = grants
        .iter()
        .flat_map(|grant| ["--grant", grant.as_str()])
        .collect();
    home.add("weather", &flags);
    home.add(
        "filesystem",
        &["--grant", &format!("filesystem.notes={notes}")],
    );
    home.add("calculator", &["--grant-all"]);
    home.add("review", &["--grant-all"]);
}
