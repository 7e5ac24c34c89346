//! What can be said of a list of numbers.

use portcullis_sdk::{Error, Result, data};

/// A list of numbers in figures.
#[data]
#[derive(Debug, PartialEq)]
pub(crate) struct Statistics {
    /// How many numbers there are
    count: usize,
    sum: f64,
    mean: f64,
    /// The middle number, or the mean of the two in the middle
    median: f64,
    minimum: f64,
    maximum: f64,
    /// The standard deviation if the numbers are all there are (divides by n)
    population_standard_deviation: f64,
    /// The standard deviation if the numbers are a sample (divides by n - 1);
    /// null for a single number
    sample_standard_deviation: Option<f64>,
}

/// Describes the numbers.
///
/// Refused are an empty list, and numbers so large that a figure would not be
/// finite.
pub(crate) fn describe(mut numbers: Vec<f64>) -> Result<Statistics> {
    numbers.sort_by(f64::total_cmp);
    let (Some(&minimum), Some(&maximum)) = (numbers.first(), numbers.last()) else {
        return Err(Error::invalid_arguments(
            "`numbers` is empty; give at least one number",
        ));
    };
    let count = numbers.len();
    let sum = accurate_sum(numbers.iter().copied());
    let mean = sum / count as f64;
    let squares = accurate_sum(numbers.iter().map(|number| (number - mean).powi(2)));
    if !sum.is_finite() || !squares.is_finite() {
        return Err(Error::new(
            "the numbers are too large: their sum or their variance is more than 1.7e308",
        ));
    }
    Ok(Statistics {
        count,
        sum,
        mean,
        median: f64::midpoint(numbers[(count - 1) / 2], numbers[count / 2]),
        minimum,
        maximum,
        population_standard_deviation: (squares / count as f64).sqrt(),
        sample_standard_deviation: (count > 1).then(|| (squares / (count - 1) as f64).sqrt()),
    })
}

/// The sum with the rounding errors of its steps added up beside it, so that
/// large numbers that cancel out leave the small ones whole.
fn accurate_sum(numbers: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for number in numbers {
        let next = sum + number;
        lost += if sum.abs() >= number.abs() {
            (sum - next) + number
        } else {
            (number - next) + sum
        };
        sum = next;
    }
    sum + lost
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_list() {
        let figures = describe(vec![2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        let sample = figures.sample_standard_deviation.unwrap();
        assert!((sample - 2.138_089_935).abs() < 1e-9, "{sample}");
        assert_eq!(
            figures,
            Statistics {
                count: 8,
                sum: 40.0,
                mean: 5.0,
                median: 4.5,
                minimum: 2.0,
                maximum: 9.0,
                population_standard_deviation: 2.0,
                sample_standard_deviation: Some(sample),
            }
        );
    }

    #[test]
    fn one_number_has_no_sample_deviation() {
        let figures = describe(vec![-3.5]).unwrap();
        assert_eq!(figures.median, -3.5);
        assert_eq!(figures.population_standard_deviation, 0.0);
        assert_eq!(figures.sample_standard_deviation, None);
    }

    #[test]
    fn nothing_is_refused_and_so_is_too_much() {
        assert!(describe(Vec::new()).unwrap_err().is_invalid_arguments());
        let error = describe(vec![f64::MAX, f64::MAX]).unwrap_err();
        assert!(error.message().contains("too large"), "{error}");
    }

    #[test]
    fn small_numbers_survive_large_ones() {
        assert_eq!(describe(vec![1e100, 1.0, -1e100]).unwrap().sum, 1.0);
    }
}
