//! Well-known cities: examples to choose from, not the cities there are.

use portcullis_sdk::data;

/// A city of the list.
#[data]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct City {
    name: String,
    country: String,
    latitude: f64,
    longitude: f64,
}

const CITIES: &[(&str, &str, f64, f64)] = &[
    ("Amsterdam", "Netherlands", 52.37, 4.89),
    ("Athens", "Greece", 37.98, 23.73),
    ("Auckland", "New Zealand", -36.85, 174.76),
    ("Bangkok", "Thailand", 13.75, 100.50),
    ("Barcelona", "Spain", 41.39, 2.16),
    ("Beijing", "China", 39.91, 116.40),
    ("Berlin", "Germany", 52.52, 13.41),
    ("Bogotá", "Colombia", 4.61, -74.08),
    ("Buenos Aires", "Argentina", -34.61, -58.38),
    ("Cairo", "Egypt", 30.06, 31.25),
    ("Cape Town", "South Africa", -33.93, 18.42),
    ("Chicago", "United States", 41.85, -87.65),
    ("Copenhagen", "Denmark", 55.68, 12.57),
    ("Delhi", "India", 28.65, 77.23),
    ("Dubai", "United Arab Emirates", 25.08, 55.31),
    ("Dublin", "Ireland", 53.33, -6.25),
    ("Helsinki", "Finland", 60.17, 24.94),
    ("Hong Kong", "Hong Kong", 22.28, 114.17),
    ("Istanbul", "Türkiye", 41.01, 28.95),
    ("Jakarta", "Indonesia", -6.21, 106.85),
    ("Lagos", "Nigeria", 6.45, 3.39),
    ("Lima", "Peru", -12.04, -77.03),
    ("Lisbon", "Portugal", 38.72, -9.13),
    ("London", "United Kingdom", 51.51, -0.13),
    ("Los Angeles", "United States", 34.05, -118.24),
    ("Madrid", "Spain", 40.42, -3.70),
    ("Melbourne", "Australia", -37.81, 144.96),
    ("Mexico City", "Mexico", 19.43, -99.13),
    ("Montreal", "Canada", 45.51, -73.59),
    ("Mumbai", "India", 19.07, 72.88),
    ("Nairobi", "Kenya", -1.28, 36.82),
    ("New York", "United States", 40.71, -74.01),
    ("Oslo", "Norway", 59.91, 10.75),
    ("Paris", "France", 48.85, 2.35),
    ("Prague", "Czechia", 50.09, 14.42),
    ("Reykjavík", "Iceland", 64.14, -21.90),
    ("Rio de Janeiro", "Brazil", -22.91, -43.18),
    ("Rome", "Italy", 41.89, 12.51),
    ("San Francisco", "United States", 37.77, -122.42),
    ("Santiago", "Chile", -33.46, -70.65),
    ("São Paulo", "Brazil", -23.55, -46.64),
    ("Seoul", "South Korea", 37.57, 126.98),
    ("Shanghai", "China", 31.22, 121.46),
    ("Singapore", "Singapore", 1.29, 103.85),
    ("Stockholm", "Sweden", 59.33, 18.07),
    ("Sydney", "Australia", -33.87, 151.21),
    ("Tokyo", "Japan", 35.69, 139.69),
    ("Toronto", "Canada", 43.71, -79.40),
    ("Vienna", "Austria", 48.21, 16.37),
    ("Warsaw", "Poland", 52.23, 21.01),
    ("Washington, DC", "United States", 38.90, -77.04),
    ("Zurich", "Switzerland", 47.37, 8.55),
];

/// The whole list, by name.
pub(crate) fn all() -> Vec<City> {
    let city = |&(name, country, latitude, longitude): &(&str, &str, f64, f64)| City {
        name: name.to_owned(),
        country: country.to_owned(),
        latitude,
        longitude,
    };
    CITIES.iter().map(city).collect()
}

/// The names that begin with what has been typed, and after them those with a
/// later word that does.
pub(crate) fn suggestions(typed: &str) -> Vec<&'static str> {
    let typed = typed.trim().to_lowercase();
    let names = || CITIES.iter().map(|city| city.0);
    let begins = |name: &&str| name.to_lowercase().starts_with(&typed);
    let later = |name: &&str| name.to_lowercase().contains(&format!(" {typed}"));
    let first = names().filter(begins);
    first
        .chain(names().filter(|name| !begins(name) && later(name)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_counts_first() {
        assert_eq!(suggestions("lo"), ["London", "Los Angeles"]);
        assert_eq!(suggestions("Pa"), ["Paris", "São Paulo"]);
        assert_eq!(suggestions("SÃO"), ["São Paulo"]);
        assert_eq!(suggestions("x"), [""; 0]);
        assert_eq!(suggestions(" ").len(), CITIES.len());
    }

    #[test]
    fn the_list_is_in_order() {
        assert!(CITIES.iter().all(|city| city.2.abs() <= 90.0));
        assert!(CITIES.iter().all(|city| city.3.abs() <= 180.0));
        assert_eq!(all().len(), CITIES.len());
    }
}
