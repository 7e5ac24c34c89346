//! The functions of an expression.

/// A function by name.
pub(super) struct Function {
    name: &'static str,
    body: Body,
}

enum Body {
    /// Of one number; the text says what else it needs of it.
    Unary(fn(f64) -> f64, &'static str),
    /// Of one number or more, taken two by two.
    Fold(fn(f64, f64) -> f64),
}

const ANY: &str = "any number";

const FUNCTIONS: &[Function] = &[
    unary("sqrt", f64::sqrt, "a number that is not negative"),
    unary("abs", f64::abs, ANY),
    unary("ln", f64::ln, "a number above zero"),
    unary("log10", f64::log10, "a number above zero"),
    unary("exp", f64::exp, "a number up to 709"),
    unary("sin", f64::sin, ANY),
    unary("cos", f64::cos, ANY),
    unary("tan", f64::tan, ANY),
    unary("floor", f64::floor, ANY),
    unary("ceil", f64::ceil, ANY),
    unary("round", f64::round, ANY),
    fold("min", f64::min),
    fold("max", f64::max),
];

impl Function {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        FUNCTIONS.iter().find(|function| function.name == name)
    }

    /// All names, for messages.
    pub(super) fn names() -> String {
        let names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
        names.join(", ")
    }

    /// The function's value.
    pub(super) fn apply(&self, arguments: &[f64]) -> Result<f64, String> {
        let name = self.name;
        let (value, takes) = match (&self.body, arguments) {
            (Body::Unary(body, takes), [argument]) => (body(*argument), takes),
            (Body::Fold(body), [first, rest @ ..]) => {
                return Ok(rest.iter().copied().fold(*first, body));
            }
            _ => {
                let count = arguments.len();
                return Err(format!("`{name}` takes 1 argument, not {count},"));
            }
        };
        if value.is_finite() {
            Ok(value)
        } else {
            let argument = arguments[0];
            Err(format!("`{name}` takes {takes}, not {argument},"))
        }
    }
}

const fn unary(name: &'static str, body: fn(f64) -> f64, takes: &'static str) -> Function {
    Function {
        name,
        body: Body::Unary(body, takes),
    }
}

const fn fold(name: &'static str, body: fn(f64, f64) -> f64) -> Function {
    Function {
        name,
        body: Body::Fold(body),
    }
}
