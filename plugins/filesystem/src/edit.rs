//! Changing parts of a text file.

use portcullis_sdk::{Error, Result, data};

use crate::{diff, directories::Location, failure::refuse_read_only, read, write};

/// One change.
#[data]
#[derive(Debug)]
pub(crate) struct Edit {
    /// The text to replace, as it is in the file; it must be there exactly
    /// once, so take in as many lines around it as that needs
    #[schemars(length(min = 1))]
    old_text: String,
    /// The text to put in its place; may be empty
    new_text: String,
}

/// Applies the edits, and answers with the diff.
pub(crate) fn edit(location: &Location, edits: &[Edit], dry_run: bool) -> Result<String> {
    if !dry_run {
        refuse_read_only(location, "edited")?;
    }
    if edits.is_empty() {
        return Err(Error::invalid_arguments(
            "`edits` is empty; give at least one",
        ));
    }
    let old = read::text(location)?;
    let new = apply(&old, edits).map_err(|why| Error::new(format_args!("`{location}`: {why}")))?;
    if new == old {
        return Ok(format!("the edits change nothing in `{location}`"));
    }
    if !dry_run {
        write::replace(location, new.as_bytes())?;
    }
    Ok(diff::unified(&location.path, &old, &new))
}

/// The text with every edit applied, or which of them does not fit.
fn apply(text: &str, edits: &[Edit]) -> Result<String, String> {
    let mut text = text.to_owned();
    for (number, edit) in (1..).zip(edits) {
        let which = if edits.len() == 1 {
            "`old_text`".to_owned()
        } else {
            format!("`old_text` of edit {number}")
        };
        if edit.old_text.is_empty() {
            return Err(format!("{which} is empty; give the text to replace"));
        }
        let places: Vec<usize> = places(&text, &edit.old_text);
        match places[..] {
            [place] => text.replace_range(place..place + edit.old_text.len(), &edit.new_text),
            [] => return Err(format!("{which} is not in the file{}", hint(&text, edit))),
            _ => {
                let lines: Vec<String> = places
                    .iter()
                    .take(10)
                    .map(|&place| line_of(&text, place).to_string())
                    .collect();
                return Err(format!(
                    "{which} is there {} times, in lines {}; take in more of the lines around it",
                    places.len(),
                    lines.join(", ")
                ));
            }
        }
    }
    Ok(text)
}

/// Where a text is found, overlapping places included.
fn places(text: &str, wanted: &str) -> Vec<usize> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find(wanted) {
        places.push(from + found);
        let step = wanted.chars().next().map_or(1, char::len_utf8);
        from += found + step;
    }
    places
}

/// What may be the reason that a text is not there.
fn hint(text: &str, edit: &Edit) -> String {
    let spaceless = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.contains("\r\n") && text.replace("\r\n", "\n").contains(&edit.old_text) {
        return ": the file's lines end with \\r\\n, those of `old_text` with \\n".to_owned();
    }
    let wanted = spaceless(&edit.old_text);
    if !wanted.is_empty() && spaceless(text).contains(&wanted) {
        return ": it is there with other white space; read the file and copy the text exactly"
            .to_owned();
    }
    String::new()
}

fn line_of(text: &str, place: usize) -> usize {
    text[..place].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edits: &[(&str, &str)]) -> Result<String, String> {
        let edits: Vec<Edit> = edits
            .iter()
            .map(|(old_text, new_text)| Edit {
                old_text: (*old_text).to_owned(),
                new_text: (*new_text).to_owned(),
            })
            .collect();
        apply(text, &edits)
    }

    #[test]
    fn edits_follow_one_another() {
        assert_eq!(edited("a b c", &[("a", "x"), ("x b", "y")]).unwrap(), "y c");
        assert_eq!(edited("a\nb\n", &[("a\n", "")]).unwrap(), "b\n");
    }

    #[test]
    fn an_edit_that_does_not_fit_is_named() {
        for (text, edits, expected) in [
            ("a", &[("b", "")][..], "`old_text` is not in the file"),
            (
                "a",
                &[("a", "b"), ("a", "c")][..],
                "`old_text` of edit 2 is not in the file",
            ),
            (
                "x\nx\n",
                &[("x", "y")][..],
                "`old_text` is there 2 times, in lines 1, 2; take in more of the lines around it",
            ),
            (
                "aaa",
                &[("aa", "y")][..],
                "`old_text` is there 2 times, in lines 1, 1; take in more of the lines around it",
            ),
            (
                "a",
                &[("", "y")][..],
                "`old_text` is empty; give the text to replace",
            ),
            (
                "a\r\nb",
                &[("a\nb", "y")][..],
                "`old_text` is not in the file: the file's lines end with \\r\\n, those of \
                 `old_text` with \\n",
            ),
            (
                "if  a {\n\tb\n}",
                &[("if a {\n  b\n}", "y")][..],
                "`old_text` is not in the file: it is there with other white space; read the file \
                 and copy the text exactly",
            ),
        ] {
            assert_eq!(edited(text, edits).unwrap_err(), expected);
        }
    }
}
