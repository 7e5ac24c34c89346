//! Units, and converting between those of one kind.
//!
//! A unit is an exact fraction of its kind's base unit, so that 5 ft are 60 in
//! and not almost. Temperatures alone have different zeros; they go by degrees
//! Celsius.

use portcullis_sdk::{Error, Result, data};

macro_rules! units {
    ($($kind:ident { $($unit:ident $name:literal = $numerator:literal / $denominator:literal,)* })*) => {
        /// A unit.
        #[data]
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Unit {
            $($(#[serde(rename = $name)] $unit,)*)*
        }

        impl Unit {
            const ALL: &[Self] = &[$($(Self::$unit,)*)*];

            fn name(self) -> &'static str {
                match self { $($(Self::$unit => $name,)*)* }
            }

            fn kind(self) -> Kind {
                match self { $($(Self::$unit => Kind::$kind,)*)* }
            }

            /// How many base units it is, as a fraction.
            fn fraction(self) -> (f64, f64) {
                match self { $($(Self::$unit => ($numerator, $denominator),)*)* }
            }
        }
    };
}

units! {
    Length {
        Nanometre "nm" = 1.0 / 1e9,
        Micrometre "um" = 1.0 / 1e6,
        Millimetre "mm" = 1.0 / 1e3,
        Centimetre "cm" = 1.0 / 1e2,
        Metre "m" = 1.0 / 1.0,
        Kilometre "km" = 1e3 / 1.0,
        Inch "in" = 254.0 / 1e4,
        Foot "ft" = 3048.0 / 1e4,
        Yard "yd" = 9144.0 / 1e4,
        Mile "mi" = 1_609_344.0 / 1e3,
        NauticalMile "nmi" = 1852.0 / 1.0,
    }
    Mass {
        Microgram "ug" = 1.0 / 1e6,
        Milligram "mg" = 1.0 / 1e3,
        Gram "g" = 1.0 / 1.0,
        Kilogram "kg" = 1e3 / 1.0,
        Tonne "t" = 1e6 / 1.0,
        Ounce "oz" = 28_349_523_125.0 / 1e9,
        Pound "lb" = 45_359_237.0 / 1e5,
        Stone "st" = 635_029_318.0 / 1e5,
    }
    Temperature {
        Celsius "celsius" = 1.0 / 1.0,
        Fahrenheit "fahrenheit" = 5.0 / 9.0,
        Kelvin "kelvin" = 1.0 / 1.0,
    }
    Time {
        Nanosecond "ns" = 1.0 / 1e9,
        Microsecond "us" = 1.0 / 1e6,
        Millisecond "ms" = 1.0 / 1e3,
        Second "s" = 1.0 / 1.0,
        Minute "min" = 60.0 / 1.0,
        Hour "h" = 3600.0 / 1.0,
        Day "d" = 86_400.0 / 1.0,
        Week "week" = 604_800.0 / 1.0,
    }
    Data {
        Bit "bit" = 1.0 / 1.0,
        Kilobit "kbit" = 1e3 / 1.0,
        Megabit "Mbit" = 1e6 / 1.0,
        Gigabit "Gbit" = 1e9 / 1.0,
        Byte "B" = 8.0 / 1.0,
        Kilobyte "kB" = 8e3 / 1.0,
        Megabyte "MB" = 8e6 / 1.0,
        Gigabyte "GB" = 8e9 / 1.0,
        Terabyte "TB" = 8e12 / 1.0,
        Kibibyte "KiB" = 8192.0 / 1.0,
        Mebibyte "MiB" = 8_388_608.0 / 1.0,
        Gibibyte "GiB" = 8_589_934_592.0 / 1.0,
        Tebibyte "TiB" = 8_796_093_022_208.0 / 1.0,
    }
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Length,
    Mass,
    Temperature,
    Time,
    Data,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Mass => "mass",
            Self::Temperature => "temperature",
            Self::Time => "time",
            Self::Data => "data",
        }
    }
}

/// Converts a quantity.
///
/// Refused are units of different kinds, a temperature below absolute zero, and
/// a result that is not finite.
pub(crate) fn convert(value: f64, from: Unit, to: Unit) -> Result<f64> {
    if from.kind() != to.kind() {
        return Err(different_kinds(from, to));
    }
    let converted = match from.kind() {
        Kind::Temperature => convert_temperature(value, from, to)?,
        _ if from == to => value,
        _ => {
            let ((from_n, from_d), (to_n, to_d)) = (from.fraction(), to.fraction());
            value * ((from_n * to_d) / (from_d * to_n))
        }
    };
    if converted.is_finite() {
        Ok(converted)
    } else {
        Err(Error::new(format_args!(
            "`{value}` {} is too large a number in `{}`",
            from.name(),
            to.name()
        )))
    }
}

fn convert_temperature(value: f64, from: Unit, to: Unit) -> Result<f64> {
    const ABSOLUTE_ZERO: f64 = -273.15;
    let celsius = match from {
        Unit::Fahrenheit => (value - 32.0) * 5.0 / 9.0,
        Unit::Kelvin => value + ABSOLUTE_ZERO,
        _ => value,
    };
    // A billionth of a degree is rounding, not physics.
    if celsius < ABSOLUTE_ZERO - 1e-9 {
        return Err(Error::invalid_arguments(format_args!(
            "`value` is below absolute zero: {value} {} (the least is -273.15 celsius)",
            from.name()
        )));
    }
    Ok(match to {
        _ if from == to => value,
        Unit::Fahrenheit => celsius * 9.0 / 5.0 + 32.0,
        Unit::Kelvin => celsius - ABSOLUTE_ZERO,
        _ => celsius,
    })
}

fn different_kinds(from: Unit, to: Unit) -> Error {
    let of_kind = Unit::ALL.iter().filter(|unit| unit.kind() == from.kind());
    let accepted: Vec<&str> = of_kind.map(|unit| unit.name()).collect();
    Error::invalid_arguments(format_args!(
        "`{}` ({}) cannot be converted to `{}` ({}); `to` may be {}",
        from.name(),
        from.kind().name(),
        to.name(),
        to.kind().name(),
        accepted.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exact_conversions_are_exact() {
        for (value, from, expected, to) in [
            (5.0, Unit::Foot, 60.0, Unit::Inch),
            (1.0, Unit::Mile, 1609.344, Unit::Metre),
            (1.0, Unit::Metre, 1000.0, Unit::Millimetre),
            (16.0, Unit::Ounce, 1.0, Unit::Pound),
            (1.0, Unit::Stone, 14.0, Unit::Pound),
            (2.0, Unit::Tonne, 2000.0, Unit::Kilogram),
            (90.0, Unit::Minute, 1.5, Unit::Hour),
            (1.0, Unit::Week, 604_800_000.0, Unit::Millisecond),
            (1.0, Unit::Gibibyte, 1024.0, Unit::Mebibyte),
            (100.0, Unit::Megabit, 12.5, Unit::Megabyte),
            (100.0, Unit::Celsius, 212.0, Unit::Fahrenheit),
            (-40.0, Unit::Fahrenheit, -40.0, Unit::Celsius),
            (0.0, Unit::Celsius, 273.15, Unit::Kelvin),
            (0.0, Unit::Kelvin, -273.15, Unit::Celsius),
        ] {
            let converted = convert(value, from, to).unwrap();
            assert_eq!(converted, expected, "{value} {from:?} {to:?}");
        }
    }

    #[test]
    fn every_unit_goes_there_and_back() {
        for &from in Unit::ALL {
            for &to in Unit::ALL.iter().filter(|to| to.kind() == from.kind()) {
                let there = convert(300.0, from, to).unwrap();
                let back = convert(there, to, from).unwrap();
                assert!((back - 300.0).abs() < 1e-9, "{from:?} {to:?} {back}");
            }
        }
    }

    #[test]
    fn what_cannot_be_converted_says_what_could() {
        let error = convert(1.0, Unit::Kelvin, Unit::Metre).unwrap_err();
        assert_eq!(
            error.message(),
            "`kelvin` (temperature) cannot be converted to `m` (length); \
             `to` may be celsius, fahrenheit, kelvin"
        );
        let error = convert(-300.0, Unit::Celsius, Unit::Kelvin).unwrap_err();
        assert!(error.message().contains("absolute zero"), "{error}");
        assert!(convert(1e300, Unit::Week, Unit::Nanosecond).is_err());
    }
}
