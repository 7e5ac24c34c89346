//! Where text goes into a JSON object, and which text goes out of it, so that all
//! other bytes stay.
//!
//! What is put in and taken out again gives what was there before, where the object
//! had other members.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp};

use super::entry::{Json, Layout, quoted};

/// A piece of text in the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) at: Range<usize>,
    pub(super) text: String,
}

impl Splice {
    pub(super) fn new(at: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
        }
    }
}

/// The text with all splices, which are in order and do not overlap.
pub(super) fn spliced(text: &str, splices: &[Splice]) -> String {
    let mut result = String::new();
    let mut from = 0;
    for splice in splices {
        result.push_str(&text[from..splice.at.start]);
        result.push_str(&splice.text);
        from = splice.at.end;
    }
    result + &text[from..]
}

/// How the lines of a document are laid out.
pub(super) fn layout<'t>(text: &'t str, root: &Object<'_>) -> Layout<'t> {
    let newline = match text.find('\n') {
        Some(at) if text[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let first = root.properties.first();
    let step = first
        .and_then(|first| own_line(text, first.range.start))
        .and_then(|indent| indent.strip_prefix(indentation(text, root.range.start)))
        .filter(|step| !step.is_empty())
        .unwrap_or("  ");
    Layout { newline, step }
}

/// Adds a member at an object's end: on lines of its own where the others are.
pub(super) fn add_member(
    text: &str,
    object: &Object<'_>,
    layout: Layout<'_>,
    name: &str,
    value: &Json,
) -> Vec<Splice> {
    let inside = object.range.start + 1..object.range.end - 1;
    let base = indentation(text, object.range.start);
    let on_lines = |indent: &str| {
        let value = value.pretty(indent, layout);
        format!("{}{indent}{}: {value}", layout.newline, quoted(name))
    };
    let Some(last) = object.properties.last() else {
        let at = inside.start + text[inside.clone()].trim_end().len();
        let mut added = on_lines(&format!("{base}{}", layout.step));
        if !text[at..inside.end].contains('\n') {
            added.push_str(layout.newline);
            added.push_str(base);
        }
        return vec![Splice::new(at..at, added)];
    };
    let after = After::of(text, last.range.end..inside.end);
    let many_lines = text[inside.start..last.range.start].contains('\n');
    let mut added = if many_lines {
        match own_line(text, last.range.start) {
            Some(indent) => on_lines(indent),
            None => on_lines(&format!("{base}{}", layout.step)),
        }
    } else {
        format!(" {}: {}", quoted(name), value.compact())
    };
    if after.comma.is_some() {
        added.push(',');
        return vec![Splice::new(after.end..after.end, added)];
    }
    let comma = last.range.end;
    if after.end == comma {
        return vec![Splice::new(comma..comma, format!(",{added}"))];
    }
    vec![
        Splice::new(comma..comma, ","),
        Splice::new(after.end..after.end, added),
    ]
}

/// Takes a member out, with its line and its comma.
pub(super) fn remove_member(text: &str, object: &Object<'_>, index: usize) -> Vec<Splice> {
    let members = &object.properties;
    let member = &members[index];
    let inside = object.range.start + 1..object.range.end - 1;
    let next = members
        .get(index + 1)
        .map_or(inside.end, |next| next.range.start);
    let after = After::of(text, member.range.end..next);
    let start = line_start(text, member.range.start);
    let end = after.comma.map_or(member.range.end, |comma| comma + 1);
    let is_blank = |range: Range<usize>| text[range].trim().is_empty();
    if members.len() == 1 && is_blank(inside.start..start) && is_blank(end..inside.end) {
        return vec![Splice::new(inside, "")];
    }
    let mut splices = Vec::new();
    if after.comma.is_none()
        && let Some(previous) = index.checked_sub(1).map(|before| &members[before])
        && let Some(comma) = After::of(text, previous.range.end..start).comma
    {
        splices.push(Splice::new(comma..comma + 1, ""));
    }
    splices.push(Splice::new(start..end, ""));
    splices
}

/// Gives a member of an object this value, where it is or at the end.
pub(super) fn set_member(
    text: &str,
    object: &Object<'_>,
    layout: Layout<'_>,
    name: &str,
    value: &Json,
) -> Vec<Splice> {
    match position(object, name) {
        Some(index) => {
            let at = value_range(&object.properties[index]);
            vec![Splice::new(at, value.compact())]
        }
        None => add_member(text, object, layout, name, value),
    }
}

/// The member of this name that counts: of several the last.
pub(super) fn position(object: &Object<'_>, name: &str) -> Option<usize> {
    object
        .properties
        .iter()
        .rposition(|member| member.name.as_str() == name)
}

pub(super) fn value_range(member: &ObjectProp<'_>) -> Range<usize> {
    let range = jsonc_parser::common::Ranged::range(&member.value);
    range.start..range.end
}

/// What stands between a member and what comes next.
struct After {
    /// The comma, if there is one.
    comma: Option<usize>,
    /// Where the member's line ends, with its comma and the comments behind it.
    end: usize,
}

impl After {
    /// Of blanks, comments and at most one comma.
    fn of(text: &str, range: Range<usize>) -> After {
        let mut after = After {
            comma: None,
            end: range.start,
        };
        let mut same_line = true;
        let mut at = range.start;
        while at < range.end {
            let rest = &text[at..range.end];
            let length = if rest.starts_with("//") {
                rest.find(['\r', '\n']).unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                rest.find("*/").map_or(rest.len(), |end| end + 2)
            } else {
                rest.chars().next().map_or(1, char::len_utf8)
            };
            let piece = &rest[..length];
            same_line &= !piece.contains('\n');
            if piece == "," {
                after.comma = Some(at);
            }
            at += length;
            if piece == "," || (same_line && !piece.trim().is_empty()) {
                after.end = at;
            }
        }
        after
    }
}

/// The blanks that the line of this place begins with.
fn indentation(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[start..at];
    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
    &line[..blanks]
}

/// The blanks before this place, if nothing else of its line is before it.
fn own_line(text: &str, at: usize) -> Option<&str> {
    let indent = indentation(text, at);
    text[..at - indent.len()].ends_with('\n').then_some(indent)
}

/// Where the line break before this place is, if only blanks are in between;
/// else where the blanks begin.
fn line_start(text: &str, at: usize) -> usize {
    let before = text[..at].trim_end_matches([' ', '\t']);
    let before = before
        .strip_suffix("\r\n")
        .or(before.strip_suffix('\n'))
        .unwrap_or(before);
    before.len()
}
