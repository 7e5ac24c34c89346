//! Figures of several subjects in several rounds, and their medians as a table.

use std::fmt;
use std::time::Duration;

/// A row for each thing that is measured, a column for each subject.
pub(crate) struct Sheet {
    title: String,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// What was measured of one thing: for each column, a figure of each round.
struct Row {
    what: String,
    cells: Vec<Vec<f64>>,
}

impl Sheet {
    /// An empty one. The first two columns are those that are compared.
    pub(crate) fn new<'a>(title: &str, columns: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            title: title.to_owned(),
            columns: columns.into_iter().map(str::to_owned).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds the figure of a round.
    pub(crate) fn record(&mut self, column: &str, what: &str, figure: f64) {
        let columns = self.columns.iter();
        let Some(column) = columns.clone().position(|known| known == column) else {
            unreachable!("no column `{column}`");
        };
        let row = match self.rows.iter().position(|row| row.what == what) {
            Some(row) => row,
            None => {
                self.rows.push(Row {
                    what: what.to_owned(),
                    cells: vec![Vec::new(); columns.len()],
                });
                self.rows.len() - 1
            }
        };
        self.rows[row].cells[column].push(figure);
    }

    /// The median of a figure; none where it was not measured.
    pub(crate) fn median(&self, column: &str, what: &str) -> Option<f64> {
        let column = self.columns.iter().position(|known| known == column)?;
        let row = self.rows.iter().find(|row| row.what == what)?;
        median(&row.cells[column])
    }

    /// How many times the other's median the one's is.
    pub(crate) fn ratio(&self, what: &str, one: &str, other: &str) -> Option<f64> {
        Some(self.median(one, what)? / self.median(other, what)?)
    }
}

impl fmt::Display for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<36}", self.title)?;
        for column in &self.columns {
            write!(f, "{column:>12}")?;
        }
        let compared = self.columns.len() > 1;
        writeln!(f, "{}", if compared { "    ratio" } else { "" })?;
        for row in &self.rows {
            let medians: Vec<_> = row.cells.iter().map(|cell| median(cell)).collect();
            write!(f, "{:<36}", row.what)?;
            for median in &medians {
                write!(f, "{:>12}", median.map_or("-".to_owned(), shown))?;
            }
            if let [Some(one), Some(other), ..] = medians.as_slice() {
                write!(f, "{:>9.2}", one / other)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// A figure with some three digits that mean anything.
pub(crate) fn shown(figure: f64) -> String {
    let decimals = match figure.abs() {
        large if large >= 100.0 => 0,
        middle if middle >= 10.0 => 1,
        small if small >= 0.1 => 2,
        _ => 3,
    };
    format!("{figure:.decimals$}")
}

/// Percentiles 50, 90 and 99, in microseconds.
pub(crate) fn percentiles(mut taken: Vec<Duration>) -> [f64; 3] {
    taken.sort();
    [50, 90, 99].map(|percent| taken[(taken.len() - 1) * percent / 100].as_secs_f64() * 1e6)
}

/// The median of the figures that are numbers.
pub(crate) fn median(figures: &[f64]) -> Option<f64> {
    let numbers = figures.iter().copied().filter(|figure| !figure.is_nan());
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        odd if odd % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, f64::NAN, 2.0, 3.0]), Some(2.5));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn percentiles_are_of_the_sorted() {
        let taken = (1..=101).rev().map(Duration::from_micros).collect();
        assert_eq!(percentiles(taken).map(f64::round), [51.0, 91.0, 100.0]);
    }

    #[test]
    fn each_figure_has_its_own_median() {
        let mut sheet = Sheet::new("over stdio", ["ours", "native", "late"]);
        for (one, other) in [(1.0, 8.0), (3.0, 2.0), (2.0, 4.0)] {
            sheet.record("ours", "calls", one);
            sheet.record("native", "calls", other);
        }
        sheet.record("ours", "memory", 1234.5);
        assert_eq!(sheet.median("ours", "calls"), Some(2.0));
        assert_eq!(sheet.ratio("calls", "ours", "native"), Some(0.5));
        assert_eq!(sheet.ratio("memory", "ours", "native"), None);
        assert_eq!(sheet.median("late", "calls"), None);
        let lines = [
            "over stdio                                  ours      native        late    ratio\n",
            "calls                                       2.00        4.00           -     0.50\n",
            "memory                                      1234           -           -\n",
        ];
        assert_eq!(sheet.to_string(), lines.concat());
    }
}
