//! Which values of a URI template's variables give a URI.
//!
//! Two forms of RFC 6570 are known, which the macro has checked: `{name}`, one
//! or more characters other than `/`, `?` and `#`, and `{+name}`, one or more
//! characters of any kind. Values are percent-decoded. Where a URI can be read
//! in several ways, the earlier variable is the shorter.

use std::str::FromStr;

/// A type that a template's variable may have: anything that can be read from
/// text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a variable of a URI template",
    label = "cannot be read from text",
    note = "`String`, a number, or any type that implements `FromStr`"
)]
pub trait Variable: Sized {
    /// Reads it; none if the text is none of its values.
    fn read(text: &str) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr> Variable for T {
    fn read(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Reads one variable.
pub fn variable<T: Variable>(text: &str) -> Option<T> {
    T::read(text)
}

/// The variables' values in the order of the template, or none if the URI is
/// not one of its. A value whose percent-encoding is broken or is not UTF-8 is
/// no match.
pub fn matches(template: &str, uri: &str) -> Option<Vec<String>> {
    let mut values = Vec::new();
    capture(template, uri, &mut values).then_some(())?;
    values.into_iter().map(percent_decode).collect()
}

/// Matches all of `uri`, pushing the raw values of the variables.
fn capture<'u>(template: &str, uri: &'u str, values: &mut Vec<&'u str>) -> bool {
    let Some((literal, rest)) = template.split_once('{') else {
        return template == uri;
    };
    let Some(uri) = uri.strip_prefix(literal) else {
        return false;
    };
    let Some((variable, rest)) = rest.split_once('}') else {
        return false;
    };
    let longest = if variable.starts_with('+') {
        uri.len()
    } else {
        uri.find(['/', '?', '#']).unwrap_or(uri.len())
    };
    let ends = uri
        .char_indices()
        .map(|(start, char)| start + char.len_utf8());
    for end in ends.take_while(|end| *end <= longest) {
        let (value, tail) = uri.split_at(end);
        let depth = values.len();
        values.push(value);
        if capture(rest, tail, values) {
            return true;
        }
        values.truncate(depth);
    }
    false
}

/// The text that a percent-encoded text stands for.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            _ => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(template: &str, uri: &str) -> Option<Vec<String>> {
        matches(template, uri)
    }

    #[test]
    fn a_variable_stops_at_a_slash() {
        assert_eq!(
            values("weather://{city}/today", "weather://S%C3%A3o%20Paulo/today"),
            Some(vec!["São Paulo".to_owned()])
        );
        assert_eq!(
            values("weather://{city}/today", "weather://a/b/today"),
            None
        );
        assert_eq!(values("weather://{city}/today", "weather:///today"), None);
        assert_eq!(values("weather://{city}", "weather://x/today"), None);
    }

    #[test]
    fn a_reserved_variable_takes_slashes() {
        assert_eq!(
            values("notes:///{+path}.md", "notes:///a/b.md.md"),
            Some(vec!["a/b.md".to_owned()])
        );
    }

    #[test]
    fn the_earlier_variable_is_the_shorter() {
        assert_eq!(
            values("x://{a}-{b}", "x://1-2-3"),
            Some(vec!["1".to_owned(), "2-3".to_owned()])
        );
    }

    #[test]
    fn broken_encoding_is_no_match() {
        assert_eq!(values("x://{a}", "x://%zz"), None);
        assert_eq!(values("x://{a}", "x://%F"), None);
        assert_eq!(values("x://{a}", "x://%FF"), None);
    }
}
