use super::*;

fn value(text: &str) -> f64 {
    evaluate(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn error(text: &str) -> String {
    match evaluate(text) {
        Ok(value) => panic!("{text} is {value}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn values() {
    for (text, expected) in [
        ("1", 1.0),
        (" 1 + 2 * 3 ", 7.0),
        ("(1 + 2) * 3", 9.0),
        ("10 - 2 - 3", 5.0),
        ("16 / 4 / 2", 2.0),
        ("7 % 4", 3.0),
        ("-7 % 4", -3.0),
        ("2^3^2", 512.0),
        ("-2^2", -4.0),
        ("(-2)^2", 4.0),
        ("2^-1", 0.5),
        ("--3", 3.0),
        ("+4", 4.0),
        ("2 - -2", 4.0),
        (".5 + 1.", 1.5),
        ("1e3 + 2E-1", 1000.2),
        ("sqrt(3^2 + 4^2)", 5.0),
        ("abs(-3)", 3.0),
        ("ln(e)", 1.0),
        ("log10(1000)", 3.0),
        ("exp(0)", 1.0),
        ("sin(0) + cos(0) + tan(0)", 1.0),
        ("floor(-1.5)", -2.0),
        ("ceil(1.2)", 2.0),
        ("round(2.5)", 3.0),
        ("min(3, 1, 2)", 1.0),
        ("max(3)", 3.0),
        ("max (1, min(5, 9))", 5.0),
        ("0^0", 1.0),
        ("\t2\n*\n3", 6.0),
        ("e", std::f64::consts::E),
        ("2 * pi", std::f64::consts::TAU),
    ] {
        assert_eq!(value(text), expected, "{text}");
    }
}

#[test]
fn errors_say_what_and_where() {
    for (text, expected) in [
        (
            "",
            "expected a number, a name or `(`, found the end at position 1",
        ),
        (
            "1 +",
            "expected a number, a name or `(`, found the end at position 4",
        ),
        (
            "1 + * 2",
            "expected a number, a name or `(`, found `*` at position 5",
        ),
        (
            "2 ** 3",
            "expected a number, a name or `(`, found `*` at position 4",
        ),
        ("2pi", "expected an operator, found `p` at position 2"),
        ("2e", "expected an operator, found `e` at position 2"),
        ("1 2", "expected an operator, found `2` at position 3"),
        ("1)", "expected an operator, found `)` at position 2"),
        (
            "(1",
            "expected an operator or `)`, found the end at position 3",
        ),
        (
            "min(1; 2)",
            "expected an operator, `,` or `)`, found `;` at position 6",
        ),
        (
            "sqrt 4",
            "expected `(` after `sqrt`, found `4` at position 6",
        ),
        ("1.2.3", "expected an operator, found `.` at position 4"),
        (".", "`.` is not a number at position 1"),
        ("1e999", "`1e999` is too large a number at position 1"),
        ("4 / 0", "division by zero at position 3"),
        ("4 % (1 - 1)", "division by zero at position 3"),
        ("0^-1", "division by zero at position 2"),
        ("(-8)^0.5", "no real number is the result at position 5"),
        ("10^400", "the result is too large a number at position 3"),
        (
            "1e308 * 10",
            "the result is too large a number at position 7",
        ),
        (
            "1 + sqrt(-1)",
            "`sqrt` takes a number that is not negative, not -1, at position 5",
        ),
        (
            "ln(0)",
            "`ln` takes a number above zero, not 0, at position 1",
        ),
        (
            "exp(710)",
            "`exp` takes a number up to 709, not 710, at position 1",
        ),
        ("abs(1, 2)", "`abs` takes 1 argument, not 2, at position 1"),
        ("ü + 1", "unknown name `ü`"),
        ("1 + 日本", "at position 5"),
    ] {
        let message = error(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
    assert!(error("cot(1)").starts_with("unknown name `cot` (known are pi, e, sqrt, abs, ln,"));
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!("{}1{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(value(&nested(MAX_DEPTH - 1)), 1.0);
    for deep in [
        nested(MAX_DEPTH),
        nested(100_000),
        "-".repeat(100_000) + "1",
        "2^".repeat(100_000) + "1",
        "abs(".repeat(100_000),
    ] {
        let message = error(&deep);
        assert!(
            message.starts_with("more than 100 levels of nesting at position"),
            "{message}"
        );
    }
    // Long is not deep.
    assert_eq!(value(&("1+".repeat(100_000) + "1")), 100_001.0);
}
