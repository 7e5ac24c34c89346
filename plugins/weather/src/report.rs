//! What the tools answer: figures for programs, and the same in words.

use portcullis_sdk::{Data, IntoOutput, Output, Result, data, json};

use crate::{
    conditions,
    open_meteo::{CurrentResponse, DailyResponse, Place},
};

/// A value with what it says in words: text for the model, and the structured
/// value beside it.
#[derive(Debug)]
pub(crate) struct Told<T> {
    pub(crate) value: T,
    pub(crate) text: String,
}

impl<T: Data> IntoOutput for Told<T> {
    fn into_output(self) -> Result<Output> {
        Ok(Output::text(self.text).structured(json!(self.value)))
    }

    fn output_schema() -> Option<String> {
        T::output_schema()
    }
}

/// The weather in a city now.
#[data]
#[derive(Debug, PartialEq)]
pub(crate) struct CurrentWeather {
    place: Place,
    /// When it was like this, in the time zone of the place
    time: String,
    timezone: String,
    temperature_celsius: f64,
    relative_humidity_percent: f64,
    wind_speed_kmh: f64,
    /// The WMO code of the conditions
    weather_code: u16,
    /// The conditions in words
    conditions: String,
}

/// The weather in a city on the coming days.
#[data]
#[derive(Debug, PartialEq)]
pub(crate) struct Forecast {
    place: Place,
    timezone: String,
    days: Vec<Day>,
}

/// One day of a forecast. A figure that is not known is null.
#[data]
#[derive(Debug, PartialEq)]
struct Day {
    /// Such as 2026-03-01
    date: String,
    temperature_min_celsius: Option<f64>,
    temperature_max_celsius: Option<f64>,
    precipitation_mm: Option<f64>,
    /// The WMO code of the conditions
    weather_code: Option<u16>,
    /// The conditions in words
    conditions: String,
}

impl CurrentWeather {
    pub(crate) fn new(place: Place, response: CurrentResponse) -> Self {
        let current = response.current;
        Self {
            place,
            time: current.time,
            timezone: response.timezone,
            temperature_celsius: current.temperature_2m,
            relative_humidity_percent: current.relative_humidity_2m,
            wind_speed_kmh: current.wind_speed_10m,
            weather_code: current.weather_code,
            conditions: conditions::describe(current.weather_code).to_owned(),
        }
    }

    pub(crate) fn told(self) -> Told<Self> {
        let text = format!(
            "{}: {} °C, {}, humidity {} %, wind {} km/h ({}, {})",
            self.place.full_name(),
            self.temperature_celsius,
            self.conditions,
            self.relative_humidity_percent,
            self.wind_speed_kmh,
            self.time,
            self.timezone,
        );
        Told { value: self, text }
    }
}

impl Forecast {
    pub(crate) fn new(place: Place, response: DailyResponse) -> Self {
        let daily = response.daily;
        let figure = |list: &[Option<f64>], index: usize| list.get(index).copied().flatten();
        let day = |(index, date)| {
            let weather_code = daily.weather_code.get(index).copied().flatten();
            let conditions = weather_code.map_or("unknown conditions", conditions::describe);
            Day {
                date,
                temperature_min_celsius: figure(&daily.temperature_2m_min, index),
                temperature_max_celsius: figure(&daily.temperature_2m_max, index),
                precipitation_mm: figure(&daily.precipitation_sum, index),
                weather_code,
                conditions: conditions.to_owned(),
            }
        };
        Self {
            place,
            timezone: response.timezone,
            days: daily.time.into_iter().enumerate().map(day).collect(),
        }
    }

    pub(crate) fn told(self) -> Told<Self> {
        let lines = self.days.iter().map(|day| {
            format!(
                "\n{}: {} to {} °C, {}, precipitation {} mm",
                day.date,
                known(day.temperature_min_celsius),
                known(day.temperature_max_celsius),
                day.conditions,
                known(day.precipitation_mm),
            )
        });
        let head = format!("{} ({})", self.place.full_name(), self.timezone);
        let text = head + &lines.collect::<String>();
        Told { value: self, text }
    }
}

fn known(figure: Option<f64>) -> String {
    figure.map_or("?".to_owned(), |figure| figure.to_string())
}
