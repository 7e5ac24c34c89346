//! Which URIs a template covers.
//!
//! `{name}` stands for anything without a slash, `{+name}`, `{name*}` and
//! `{/name}` for anything, and a query (`{?a,b}`) for any query or none. That
//! is enough to find the plugin that reads a URI; the plugin takes it apart.
//! Source: RFC 6570.

/// Whether `uri` is one of the template's.
pub(super) fn covers(template: &str, uri: &str) -> bool {
    let Some(open) = template.find('{') else {
        return template == uri;
    };
    let Some(rest) = uri.strip_prefix(&template[..open]) else {
        return false;
    };
    let Some(length) = template[open..].find('}') else {
        return false;
    };
    let expression = &template[open + 1..open + length];
    let after = &template[open + length + 1..];
    let (crosses_slashes, may_be_empty) = match expression.as_bytes().first() {
        Some(b'?' | b'&') => {
            return match rest.as_bytes().first() {
                None => covers(after, rest),
                Some(b'?' | b'&') => after.is_empty(),
                Some(_) => false,
            };
        }
        Some(b'+' | b'#' | b'/') => (true, true),
        _ => (expression.ends_with('*'), false),
    };
    let shortest = usize::from(!may_be_empty);
    let longest = if crosses_slashes {
        rest.len()
    } else {
        rest.find('/').unwrap_or(rest.len())
    };
    (shortest..=longest)
        .rev()
        .any(|end| rest.is_char_boundary(end) && covers(after, &rest[end..]))
}

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
