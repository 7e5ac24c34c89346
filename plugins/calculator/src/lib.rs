//! A plugin that computes: arithmetic, statistics and unit conversion.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

mod expression;
mod statistics;
mod units;

#[plugin]
mod calculator {
    use portcullis_sdk::{Error, Result};

    use crate::{
        expression,
        statistics::{self, Statistics},
        units::{self, Unit},
    };

    /// The value of an expression.
    #[data]
    #[derive(Debug, PartialEq)]
    pub(crate) struct Calculation {
        /// The expression that was evaluated
        expression: String,
        /// Its value
        value: f64,
    }

    /// A quantity in another unit.
    #[data]
    #[derive(Debug, PartialEq)]
    pub(crate) struct Conversion {
        /// The quantity in the unit it was converted to
        value: f64,
        /// The unit it was converted to
        unit: Unit,
    }

    /// Evaluate an arithmetic expression, for an exact result instead of an
    /// estimate.
    ///
    /// Operators: + - * / % (remainder) ^ (power), and parentheses. Functions:
    /// sqrt, abs, ln, log10, exp, sin, cos, tan (radians), floor, ceil, round,
    /// and min, max with any number of arguments. Constants: pi, e.
    /// Multiplication is always written out: `2 * pi`, not `2pi`.
    #[tool(
        title = "Calculate",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn calculate(
        /// The expression, such as `(1 + 2) * sqrt(16) / 3^2`
        #[schema(minLength = 1, maxLength = 10000)]
        expression: String,
    ) -> Result<Calculation> {
        let value = expression::evaluate(&expression).map_err(Error::new)?;
        Ok(Calculation { expression, value })
    }

    /// Describe a list of numbers: count, sum, mean, median, minimum, maximum
    /// and standard deviation.
    #[tool(
        title = "Statistics",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn statistics(
        /// The numbers, at least one
        #[schema(minItems = 1)]
        numbers: Vec<f64>,
    ) -> Result<Statistics> {
        statistics::describe(numbers)
    }

    /// Convert a quantity from one unit to another of the same kind: length,
    /// mass, temperature, time or data.
    ///
    /// Data units tell 1000 from 1024 (`MB`, `MiB`) and bytes from bits (`MB`,
    /// `Mbit`).
    #[tool(
        title = "Convert units",
        read_only,
        destructive = false,
        idempotent,
        open_world = false
    )]
    pub(crate) fn convert(
        /// The quantity
        value: f64,
        /// The unit it is in
        from: Unit,
        /// The unit to convert it to
        to: Unit,
    ) -> Result<Conversion> {
        let value = units::convert(value, from, to)?;
        Ok(Conversion { value, unit: to })
    }
}

#[cfg(test)]
mod tests {
    use super::calculator;
    use portcullis_sdk::json;

    #[test]
    fn every_tool_is_described() {
        let tools = calculator::plugin().tools();
        assert_eq!(tools.len(), 3);
        for tool in tools {
            assert_eq!(tool["annotations"]["readOnlyHint"], true, "{tool}");
            assert_eq!(tool["annotations"]["idempotentHint"], true, "{tool}");
            assert_eq!(tool["annotations"]["openWorldHint"], false, "{tool}");
            assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
            assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        }
    }

    #[test]
    fn a_calculation_has_text_and_a_structured_value() {
        let output = calculator::plugin()
            .call_tool("calculate", json!({ "expression": "2 + 2 * 2" }))
            .unwrap();
        assert_eq!(
            output.structured_value(),
            Some(json!({ "expression": "2 + 2 * 2", "value": 6.0 }))
        );
        assert_eq!(
            output.to_text(),
            r#"{"expression":"2 + 2 * 2","value":6.0}"#
        );
    }

    #[test]
    fn a_bad_expression_is_an_error_of_the_tool() {
        let error = calculator::plugin()
            .call_tool("calculate", json!({ "expression": "1 / 0" }))
            .unwrap_err();
        assert_eq!(error.message(), "division by zero at position 3");
        assert!(!error.is_invalid_arguments());
    }

    #[test]
    fn units_are_an_enumeration_of_the_schema() {
        let tools = calculator::plugin().tools();
        let schema = &tools[2]["inputSchema"]["properties"]["from"];
        let units = schema["enum"].as_array().unwrap();
        assert!(units.contains(&json!("km")), "{schema}");
        assert!(units.contains(&json!("celsius")), "{schema}");
        let output = calculator::plugin()
            .call_tool("convert", json!({ "value": 5, "from": "km", "to": "m" }))
            .unwrap();
        assert_eq!(
            output.structured_value(),
            Some(json!({ "value": 5000.0, "unit": "m" }))
        );
    }

    #[test]
    fn statistics_of_a_list() {
        let output = calculator::plugin()
            .call_tool("statistics", json!({ "numbers": [4, 1, 3, 2] }))
            .unwrap();
        let value = output.structured_value().unwrap();
        assert_eq!(value["median"], 2.5);
        assert_eq!(value["count"], 4);
    }
}
