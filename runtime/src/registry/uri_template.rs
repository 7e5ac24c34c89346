//! Which URIs a template covers.
//!
//! `{name}` stands for anything without a slash, `{+name}`, `{name*}` and
//! `{/name}` for anything, and a query (`{?a,b}`) for any query or none. That
//! is enough to find the plugin that reads a URI; the plugin takes it apart.
//! Source: RFC 6570.

/// Whether `uri` is one of the template's.
///
/// Takes time in proportion to the length of both: the template is a plugin's,
/// and the URI a client's.
pub(super) fn covers(template: &str, uri: &str) -> bool {
    let bytes = uri.as_bytes();
    // Where in the URI one may stand after the parts of the template so far.
    let mut reached = vec![false; bytes.len() + 1];
    reached[0] = true;
    let mut rest = template;
    loop {
        let literal = rest.find('{').unwrap_or(rest.len());
        reached = after_literal(&reached, bytes, &rest.as_bytes()[..literal]);
        rest = &rest[literal..];
        if rest.is_empty() {
            return reached[bytes.len()];
        }
        let Some(length) = rest.find('}') else {
            return false;
        };
        let expression = &rest[1..length];
        rest = &rest[length + 1..];
        reached = match expression.as_bytes().first() {
            Some(b'?' | b'&') => after_query(reached, bytes),
            Some(b'+' | b'#' | b'/') => after_text(&reached, bytes, true, true),
            _ => after_text(&reached, bytes, expression.ends_with('*'), false),
        };
    }
}

fn after_literal(reached: &[bool], uri: &[u8], literal: &[u8]) -> Vec<bool> {
    let mut after = vec![false; reached.len()];
    for (at, _) in reached.iter().enumerate().filter(|(_, here)| **here) {
        if uri[at..].starts_with(literal) {
            after[at + literal.len()] = true;
        }
    }
    after
}

/// After a variable: text with or without slashes.
fn after_text(
    reached: &[bool],
    uri: &[u8],
    crosses_slashes: bool,
    may_be_empty: bool,
) -> Vec<bool> {
    let mut after = vec![false; reached.len()];
    let mut within = false;
    for at in 0..reached.len() {
        after[at] = within || may_be_empty && reached[at];
        within |= reached[at];
        if !crosses_slashes && uri.get(at) == Some(&b'/') {
            within = false;
        }
    }
    after
}

/// After a query: all that is left, if it begins like one, or nothing.
fn after_query(mut reached: Vec<bool>, uri: &[u8]) -> Vec<bool> {
    let begins = |at: usize| matches!(uri.get(at), Some(b'?' | b'&'));
    if reached
        .iter()
        .enumerate()
        .any(|(at, here)| *here && begins(at))
    {
        reached[uri.len()] = true;
    }
    reached
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use super::covers;

    #[test]
    fn a_variable_stays_within_its_segment() {
        assert!(covers(
            "test://template/{id}/data",
            "test://template/123/data"
        ));
        assert!(!covers(
            "test://template/{id}/data",
            "test://template//data"
        ));
        assert!(!covers(
            "test://template/{id}/data",
            "test://template/1/2/data"
        ));
        assert!(covers("fs://{+path}", "fs://a/b/c.txt"));
        assert!(!covers("weather://cities", "weather://cities/rome"));
    }

    #[test]
    fn a_query_may_be_left_out() {
        assert!(covers("log://lines{?from,to}", "log://lines"));
        assert!(covers("log://lines{?from,to}", "log://lines?from=1"));
        assert!(!covers("log://lines{?from,to}", "log://linesfrom"));
    }
}
