//! The two APIs of Open-Meteo: a city's coordinates, and the weather there.

use portcullis_sdk::{Error, Result, data, http, settings};

/// The most of a response that is read. Sixteen days are some 2 KiB.
const MAX_RESPONSE: usize = 1024 * 1024;

/// A place as the geocoding API knows it.
#[data]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place {
    pub(crate) name: String,
    /// The state, the province or the like
    #[serde(rename(deserialize = "admin1"), default)]
    pub(crate) region: Option<String>,
    #[serde(default)]
    pub(crate) country: Option<String>,
    /// Two letters, ISO 3166-1
    #[serde(default)]
    pub(crate) country_code: Option<String>,
    pub(crate) latitude: f64,
    pub(crate) longitude: f64,
}

/// What `/v1/search` answers. Without a match there is no `results`.
#[data]
struct Search {
    #[serde(default)]
    results: Vec<Place>,
}

/// What `/v1/forecast` answers with `current`.
#[data]
pub(crate) struct CurrentResponse {
    pub(crate) timezone: String,
    pub(crate) current: Current,
}

/// The weather now.
#[data]
pub(crate) struct Current {
    pub(crate) time: String,
    pub(crate) temperature_2m: f64,
    pub(crate) relative_humidity_2m: f64,
    pub(crate) wind_speed_10m: f64,
    pub(crate) weather_code: u16,
}

/// What `/v1/forecast` answers with `daily`.
#[data]
pub(crate) struct DailyResponse {
    pub(crate) timezone: String,
    pub(crate) daily: Daily,
}

/// One list for each figure, one entry for each day. Far days lack figures.
#[data]
pub(crate) struct Daily {
    pub(crate) time: Vec<String>,
    pub(crate) temperature_2m_max: Vec<Option<f64>>,
    pub(crate) temperature_2m_min: Vec<Option<f64>>,
    pub(crate) precipitation_sum: Vec<Option<f64>>,
    pub(crate) weather_code: Vec<Option<u16>>,
}

/// What an error looks like in both APIs.
#[data]
struct Refusal {
    reason: String,
}

impl Place {
    /// `Paris, Texas, United States`
    pub(crate) fn full_name(&self) -> String {
        let parts = [
            Some(&self.name),
            self.region.as_ref(),
            self.country.as_ref(),
        ];
        let mut parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        // Many a capital is a region of its own.
        parts.dedup();
        parts.join(", ")
    }

    /// Whether a country, a region or a country code is this place's.
    fn lies_in(&self, area: &str) -> bool {
        let area = area.to_lowercase();
        [&self.country, &self.country_code, &self.region]
            .into_iter()
            .flatten()
            .any(|name| name.to_lowercase() == area)
    }
}

/// Finds a city; none if the API knows none of this name.
///
/// After a comma may stand a country, a region or a country code.
pub(crate) fn find(city: &str) -> Result<Option<Place>> {
    let (name, areas) = city.split_once(',').unwrap_or((city, ""));
    let areas: Vec<&str> = areas
        .split(',')
        .map(str::trim)
        .filter(|area| !area.is_empty())
        .collect();
    // With an area to look for, the largest city of that name is not enough.
    let count = if areas.is_empty() { 1 } else { 20 };
    let request = request("geocoding-url", "/v1/search")?
        .query("name", name.trim())
        .query("count", count)
        .query("language", "en")
        .query("format", "json");
    let found: Search = fetch(request)?;
    let fits = |place: &&Place| areas.iter().all(|area| place.lies_in(area));
    if let Some(place) = found.results.iter().find(fits) {
        return Ok(Some(place.clone()));
    }
    if found.results.is_empty() {
        return Ok(None);
    }
    let others: Vec<String> = found.results.iter().take(5).map(Place::full_name).collect();
    Err(Error::new(format_args!(
        "no city `{}` was found in `{}`; there is {}",
        name.trim(),
        areas.join(", "),
        others.join("; ")
    )))
}

/// The weather now.
pub(crate) fn current(place: &Place) -> Result<CurrentResponse> {
    let request = at(place)?.query(
        "current",
        "temperature_2m,relative_humidity_2m,wind_speed_10m,weather_code",
    );
    fetch(request)
}

/// The weather of the coming days, today included.
pub(crate) fn daily(place: &Place, days: u8) -> Result<DailyResponse> {
    let request = at(place)?
        .query(
            "daily",
            "weather_code,temperature_2m_max,temperature_2m_min,precipitation_sum",
        )
        .query("forecast_days", days);
    fetch(request)
}

fn at(place: &Place) -> Result<http::Request> {
    let request = request("forecast-url", "/v1/forecast")?
        .query("latitude", place.latitude)
        .query("longitude", place.longitude)
        .query("timezone", "auto");
    Ok(request)
}

fn request(setting: &str, path: &str) -> Result<http::Request> {
    let base = settings::require(setting)?;
    let url = format!("{}{path}", base.trim_end_matches('/'));
    Ok(http::Request::get(url).max_body(MAX_RESPONSE))
}

fn fetch<T: portcullis_sdk::Data>(request: http::Request) -> Result<T> {
    let response = match request.send() {
        Err(http::Error::Refused { host }) => {
            return Err(Error::new(format_args!(
                "this server does not let the weather plugin reach `{host}`; its administrator \
                 can grant it `http={host}`"
            )));
        }
        other => other?,
    };
    if response.is_success() {
        return Ok(response.json()?);
    }
    if let Ok(Refusal { reason }) = response.json() {
        return Err(Error::new(format_args!(
            "Open-Meteo refused the request (status {}): {reason}",
            response.status()
        )));
    }
    let status = response.status();
    response.error_for_status()?;
    Err(Error::new(format_args!(
        "Open-Meteo answered with status {status}; the settings of the plugin may be wrong"
    )))
}
