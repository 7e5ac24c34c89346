//! A small HTTP server on loopback that answers as the Open-Meteo API does,
//! with weather made up from the place asked for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::{Value, json};
use url::Url;

/// Starts the server; it ends with the program.
pub(super) fn start() -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away in the middle harms only itself.
            let _ = answer(&stream);
        }
    });
    Ok(address)
}

fn answer(mut stream: &TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|header| !header.is_empty())
    {}
    let target = request.split(' ').nth(1).unwrap_or("/");
    let url = Url::parse("http://localhost").and_then(|base| base.join(target));
    let (status, body) = match url {
        Ok(url) => respond(&url),
        Err(error) => (
            "400 Bad Request",
            json!({ "error": true, "reason": error.to_string() }),
        ),
    };
    let body = body.to_string();
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn respond(url: &Url) -> (&'static str, Value) {
    let query = |name: &str| {
        url.query_pairs()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    match url.path() {
        "/v1/search" => {
            let name = query("name").unwrap_or_default();
            // Somewhere on land would be nicer; the same name is always the
            // same place, which is all that is needed.
            let seed = name.bytes().map(f64::from).sum::<f64>();
            let place = json!({
                "name": name, "country": "Norway", "timezone": "Europe/Oslo",
                "latitude": 58.0 + seed % 12.0, "longitude": 5.0 + seed % 25.0,
            });
            ("200 OK", json!({ "results": [place] }))
        }
        "/v1/forecast" => {
            let number = |name| query(name).and_then(|text| text.parse::<f64>().ok());
            let (Some(latitude), Some(longitude)) = (number("latitude"), number("longitude"))
            else {
                let reason = "latitude and longitude are needed";
                return (
                    "400 Bad Request",
                    json!({ "error": true, "reason": reason }),
                );
            };
            let days = number("forecast_days").unwrap_or(7.0).clamp(1.0, 16.0) as u32;
            let warmth = 30.0 - latitude / 3.0;
            let daily = |value: &dyn Fn(f64) -> f64| -> Vec<f64> {
                (0..days)
                    .map(|day| (value(f64::from(day)) * 10.0).round() / 10.0)
                    .collect()
            };
            let dates: Vec<String> = (1..=days).map(|day| format!("2026-06-{day:02}")).collect();
            let forecast = json!({
                "latitude": latitude, "longitude": longitude, "timezone": "Europe/Oslo",
                "current": {
                    "time": "2026-06-01T12:00", "temperature_2m": warmth,
                    "relative_humidity_2m": 71, "wind_speed_10m": 18.4, "weather_code": 61,
                },
                "current_units": {
                    "temperature_2m": "°C", "relative_humidity_2m": "%", "wind_speed_10m": "km/h",
                },
                "daily": {
                    "time": dates,
                    "temperature_2m_max": daily(&|day| warmth + 2.0 + day),
                    "temperature_2m_min": daily(&|day| warmth - 5.0 + day / 2.0),
                    "precipitation_sum": daily(&|day| 4.2 / (1.0 + day)),
                    "weather_code": vec![61; days as usize],
                },
                "daily_units": { "temperature_2m_max": "°C", "precipitation_sum": "mm" },
            });
            ("200 OK", forecast)
        }
        _ => (
            "404 Not Found",
            json!({ "error": true, "reason": "no such path" }),
        ),
    }
}
