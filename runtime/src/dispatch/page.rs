//! Pages of a list.
//!
//! A cursor is where the next page starts, in a wrapping that tells clients not
//! to read it. Source: MCP 2026-07-28, server utilities, "Pagination".

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::caller::Caller;
use super::result::{self, Caching};
use crate::protocol::content::At;
use crate::protocol::members::Members;
use crate::protocol::{Extra, RpcError};

/// Answers a request for a list: the page it asks for, under the list's name in
/// the result. -32602 for a cursor that was not given out for this list.
pub(super) fn list<E, T>(
    name: &'static str,
    entries: &[E],
    described: impl Fn(&E) -> &T,
    (size, caching): (usize, Caching),
    params: &Members<'_>,
    caller: &Caller<'_>,
) -> Result<Vec<u8>, RpcError>
where
    for<'t> At<'t, T>: Serialize,
{
    let page = page(params, entries.len(), size)?;
    let shown: Vec<_> = entries[page.range]
        .iter()
        .map(|entry| At(described(entry), caller.revision))
        .collect();
    Ok(result::write(
        caller.revision,
        caching,
        &Extra::default(),
        |map| {
            map.serialize_entry(name, &shown)?;
            match &page.next_cursor {
                Some(cursor) => map.serialize_entry("nextCursor", cursor),
                None => Ok(()),
            }
        },
    ))
}

/// The part of a list that a request asks for.
struct Page {
    /// Which entries.
    range: Range<usize>,
    /// What to ask with for the next page; none at the end.
    next_cursor: Option<String>,
}

/// The page that `params.cursor` names, or the first.
fn page(params: &Members<'_>, len: usize, size: usize) -> Result<Page, RpcError> {
    let start = match params.optional_string("cursor")? {
        None => 0,
        Some(cursor) => decode(&cursor)
            .filter(|start| *start < len)
            .ok_or_else(|| {
                RpcError::invalid_params(format!(
                    "`cursor` is `{cursor}`; accepted: the `nextCursor` of the page before"
                ))
            })?,
    };
    let end = len.min(start + size);
    Ok(Page {
        range: start..end,
        next_cursor: (end < len).then(|| BASE64.encode(format!("p{end}"))),
    })
}

fn decode(cursor: &str) -> Option<usize> {
    let bytes = BASE64.decode(cursor).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    text.strip_prefix('p')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(cursor: Option<&str>) -> Result<(Range<usize>, Option<String>), i64> {
        let text = match cursor {
            Some(cursor) => format!(r#"{{"cursor":"{cursor}"}}"#),
            None => "{}".to_owned(),
        };
        let raw = serde_json::from_str(&text).expect("JSON");
        let params = Members::parse("params", Some(raw)).expect("an object");
        page(&params, 5, 2)
            .map(|page| (page.range, page.next_cursor))
            .map_err(|error| error.code)
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let (first, next) = at(None).expect("a page");
        let (second, next) = at(next.as_deref()).map_err(|_| ()).expect("a page");
        let (third, end) = at(next.as_deref()).expect("a page");
        assert_eq!((first, second, third), (0..2, 2..4, 4..5));
        assert_eq!(end, None);
    }

    #[test]
    fn a_cursor_of_ones_own_making_is_refused() {
        for cursor in ["", "x", "cDk5", "LTE"] {
            assert_eq!(at(Some(cursor)).expect_err("refused"), -32602, "{cursor}");
        }
    }

    #[test]
    fn any_cursor_gives_a_page_of_the_list_or_is_refused() {
        portcullis_seeded::check(2000, |source| {
            let text = source.text(4);
            let forged = match source.below(3) {
                0 => text,
                1 => BASE64.encode(text),
                _ => BASE64.encode(format!("p{}", source.number() >> source.below(64))),
            };
            let params = serde_json::json!({ "cursor": forged }).to_string();
            let raw = serde_json::from_str(&params).expect("JSON");
            let params = Members::parse("params", Some(raw)).expect("an object");
            match page(&params, 5, 2) {
                Ok(page) => assert!(!page.range.is_empty() && page.range.end <= 5, "{forged}"),
                Err(error) => assert_eq!(error.code, -32602, "{forged}"),
            }
        });
    }
}
