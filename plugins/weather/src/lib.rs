//! A plugin that tells the weather, from Open-Meteo.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

mod cities;
mod conditions;
mod open_meteo;
mod report;
#[cfg(test)]
mod tests;

#[plugin]
mod weather {
    use portcullis_sdk::{Error, Result, log};

    use crate::{
        cities::{self, City},
        open_meteo::{self, Place},
        report::{CurrentWeather, Forecast, Told},
    };

    /// The cities of `weather://cities`.
    #[data]
    pub(crate) struct Cities {
        cities: Vec<City>,
    }

    /// Get the current weather of a city: temperature, humidity, wind and
    /// conditions. For the coming days use `get_forecast`.
    #[tool(title = "Current weather", read_only, destructive = false)]
    pub(crate) fn get_weather(
        /// The city, such as `Berlin`; a country or a region may follow, as in
        /// `Paris, Texas`
        #[schema(minLength = 2, maxLength = 200)]
        city: String,
    ) -> Result<Told<CurrentWeather>> {
        let place = known_place(&city)?;
        let current = open_meteo::current(&place)?;
        Ok(CurrentWeather::new(place, current).told())
    }

    /// Get the weather forecast of a city for the coming days, today included:
    /// lowest and highest temperature, precipitation and conditions of each
    /// day.
    #[tool(title = "Weather forecast", read_only, destructive = false)]
    pub(crate) fn get_forecast(
        /// The city, such as `Berlin`; a country or a region may follow, as in
        /// `Paris, Texas`
        #[schema(minLength = 2, maxLength = 200)]
        city: String,
        /// How many days, 1 to 16
        #[default(3)]
        #[schema(minimum = 1, maximum = 16)]
        days: u8,
    ) -> Result<Told<Forecast>> {
        if !(1..=16).contains(&days) {
            return Err(Error::invalid_arguments(format_args!(
                "`days` must be 1 to 16, not {days}"
            )));
        }
        let place = known_place(&city)?;
        let daily = open_meteo::daily(&place, days)?;
        Ok(Forecast::new(place, daily).told())
    }

    /// Some well-known cities with their coordinates. Every other city works
    /// just as well.
    #[resource(
        "weather://cities",
        title = "Well-known cities",
        mime_type = "application/json"
    )]
    pub(crate) fn cities() -> Cities {
        Cities {
            cities: cities::all(),
        }
    }

    /// The current weather of a city, as JSON.
    #[resource(
        "weather://{city}/current",
        title = "Current weather",
        mime_type = "application/json"
    )]
    pub(crate) fn current(city: String) -> Result<Option<CurrentWeather>> {
        let Some(place) = open_meteo::find(&city)? else {
            return Ok(None);
        };
        let current = open_meteo::current(&place)?;
        Ok(Some(CurrentWeather::new(place, current)))
    }

    #[complete(resource = "weather://{city}/current", argument = "city")]
    pub(crate) fn city_names(value: &str) -> Vec<&'static str> {
        cities::suggestions(value)
    }

    fn known_place(city: &str) -> Result<Place> {
        if city.trim().is_empty() {
            return Err(Error::invalid_arguments(
                "`city` is empty; give a name such as `Berlin`",
            ));
        }
        let place = open_meteo::find(city)?.ok_or_else(|| {
            Error::new(format_args!(
                "no city `{city}` was found; check the spelling, try its English name, or a \
                 larger city nearby"
            ))
        })?;
        log::debug!("`{city}` is {}", place.full_name());
        Ok(place)
    }
}
