//! Arithmetic expressions.
//!
//! ```text
//! sum      = product (("+" | "-") product)*
//! product  = unary (("*" | "/" | "%") unary)*
//! unary    = ("+" | "-") unary | power
//! power    = atom ("^" unary)?
//! atom     = number | constant | function "(" sum ("," sum)* ")" | "(" sum ")"
//! ```
//!
//! Evaluated while it is read. Positions count characters from 1. Refused are
//! more than [`MAX_DEPTH`] levels of nesting, and every step that has no finite
//! real result.

use std::fmt;

use function::Function;

mod function;

/// How deeply parentheses, signs and powers may be nested. Far below what the
/// stack of a guest bears.
const MAX_DEPTH: usize = 100;

/// Why an expression has no value, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ExpressionError {
    message: String,
    /// Counted in characters from 1.
    position: usize,
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at position {}", self.message, self.position)
    }
}

/// The value of an expression.
pub(crate) fn evaluate(text: &str) -> Result<f64, ExpressionError> {
    let mut parser = Parser {
        text,
        offset: 0,
        depth: 0,
    };
    let value = parser.sum()?;
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.expected("an operator")),
    }
}

struct Parser<'t> {
    text: &'t str,
    /// In bytes; the next character to read.
    offset: usize,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn sum(&mut self) -> Result<f64, ExpressionError> {
        let mut value = self.product()?;
        while let Some((operator, at)) = self.take_one_of(&['+', '-']) {
            let right = self.product()?;
            let result = match operator {
                '+' => value + right,
                _ => value - right,
            };
            value = self.finite(result, at)?;
        }
        Ok(value)
    }

    fn product(&mut self) -> Result<f64, ExpressionError> {
        let mut value = self.unary()?;
        while let Some((operator, at)) = self.take_one_of(&['*', '/', '%']) {
            let right = self.unary()?;
            let result = match operator {
                '*' => value * right,
                _ if right == 0.0 => return Err(self.error("division by zero", at)),
                '/' => value / right,
                _ => value % right,
            };
            value = self.finite(result, at)?;
        }
        Ok(value)
    }

    /// Every level of nesting comes through here.
    fn unary(&mut self) -> Result<f64, ExpressionError> {
        self.skip_blanks();
        if self.depth == MAX_DEPTH {
            let message = format!("more than {MAX_DEPTH} levels of nesting");
            return Err(self.error(message, self.offset));
        }
        self.depth += 1;
        let value = match self.take_one_of(&['+', '-']) {
            Some(('-', _)) => self.unary().map(|value| -value),
            Some(_) => self.unary(),
            None => self.power(),
        };
        self.depth -= 1;
        value
    }

    fn power(&mut self) -> Result<f64, ExpressionError> {
        let base = self.atom()?;
        let Some((_, at)) = self.take_one_of(&['^']) else {
            return Ok(base);
        };
        let exponent = self.unary()?;
        if base == 0.0 && exponent < 0.0 {
            return Err(self.error("division by zero", at));
        }
        self.finite(base.powf(exponent), at)
    }

    fn atom(&mut self) -> Result<f64, ExpressionError> {
        match self.peek() {
            Some('(') => {
                self.offset += 1;
                let value = self.sum()?;
                self.close("an operator or `)`")?;
                Ok(value)
            }
            Some(char) if char.is_ascii_digit() || char == '.' => self.number(),
            Some(char) if char.is_alphabetic() => self.name(),
            _ => Err(self.expected("a number, a name or `(`")),
        }
    }

    fn number(&mut self) -> Result<f64, ExpressionError> {
        let start = self.offset;
        self.skip_digits();
        if self.rest().starts_with('.') {
            self.offset += 1;
            self.skip_digits();
        }
        if self.rest().starts_with(['e', 'E']) {
            let mantissa = self.offset;
            self.offset += 1;
            if self.rest().starts_with(['+', '-']) {
                self.offset += 1;
            }
            if !self.rest().starts_with(|char: char| char.is_ascii_digit()) {
                // `2e` is the number 2 and then a name where none may stand.
                self.offset = mantissa;
            }
            self.skip_digits();
        }
        let number = &self.text[start..self.offset];
        match number.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok(value),
            Ok(_) => Err(self.error(format!("`{number}` is too large a number"), start)),
            Err(_) => Err(self.error(format!("`{number}` is not a number"), start)),
        }
    }

    fn name(&mut self) -> Result<f64, ExpressionError> {
        let start = self.offset;
        let rest = self.rest();
        let length = rest.find(|char: char| !char.is_alphanumeric() && char != '_');
        self.offset += length.unwrap_or(rest.len());
        let name = &self.text[start..self.offset];
        match name {
            "pi" => return Ok(std::f64::consts::PI),
            "e" => return Ok(std::f64::consts::E),
            _ => {}
        }
        let Some(function) = Function::named(name) else {
            let known = Function::names();
            let message = format!("unknown name `{name}` (known are pi, e, {known})");
            return Err(self.error(message, start));
        };
        if self.peek() != Some('(') {
            return Err(self.expected(&format!("`(` after `{name}`")));
        }
        self.offset += 1;
        let arguments = self.arguments()?;
        match function.apply(&arguments) {
            Ok(value) => Ok(value),
            Err(message) => Err(self.error(message, start)),
        }
    }

    fn arguments(&mut self) -> Result<Vec<f64>, ExpressionError> {
        let mut arguments = vec![self.sum()?];
        while self.take_one_of(&[',']).is_some() {
            arguments.push(self.sum()?);
        }
        self.close("an operator, `,` or `)`")?;
        Ok(arguments)
    }

    fn close(&mut self, expected: &str) -> Result<(), ExpressionError> {
        match self.take_one_of(&[')']) {
            Some(_) => Ok(()),
            None => Err(self.expected(expected)),
        }
    }

    /// The next character that is not blank, if it is one of these, and where
    /// it stands.
    fn take_one_of(&mut self, operators: &[char]) -> Option<(char, usize)> {
        let char = self.peek().filter(|char| operators.contains(char))?;
        let at = self.offset;
        self.offset += char.len_utf8();
        Some((char, at))
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_blanks();
        self.rest().chars().next()
    }

    fn skip_blanks(&mut self) {
        self.offset = self.text.len() - self.rest().trim_start().len();
    }

    fn skip_digits(&mut self) {
        let after = self
            .rest()
            .trim_start_matches(|char: char| char.is_ascii_digit());
        self.offset = self.text.len() - after.len();
    }

    fn rest(&self) -> &'t str {
        &self.text[self.offset..]
    }

    fn finite(&self, value: f64, at: usize) -> Result<f64, ExpressionError> {
        if value.is_nan() {
            return Err(self.error("no real number is the result", at));
        }
        if value.is_infinite() {
            return Err(self.error("the result is too large a number", at));
        }
        Ok(value)
    }

    fn expected(&mut self, what: &str) -> ExpressionError {
        let found = match self.peek() {
            Some(char) => format!("`{char}`"),
            None => "the end".to_owned(),
        };
        self.error(format!("expected {what}, found {found}"), self.offset)
    }

    fn error(&self, message: impl Into<String>, offset: usize) -> ExpressionError {
        ExpressionError {
            message: message.into(),
            position: self.text[..offset].chars().count() + 1,
        }
    }
}

#[cfg(test)]
mod tests;
