//! Text by strangers that people and models read.
//!
//! Names, descriptions and reasons come from a plugin's author and are shown on
//! terminals and to language models. What cannot be seen there can mislead:
//! escape sequences rewrite the screen, bidirectional controls reorder a line,
//! and invisible characters carry text that only the model reads. Such
//! characters are refused when they come in, and escaped when a message quotes
//! a value that was refused.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::invalid::Invalid;

/// The longest quotation in a message, in characters.
const QUOTED_CHARS: usize = 80;

/// Accepts one line of visible text of at most `max_chars` characters.
///
/// # Errors
/// Refused are: an empty or blank text, control characters (line breaks and
/// tabs too), invisible and bidirectional characters, and a longer text.
pub fn check_text(text: &str, max_chars: usize) -> Result<(), Invalid> {
    let accepted = || format!("one line of visible text, at most {max_chars} characters");
    if text.trim().is_empty() {
        return Err(Invalid::new(
            format!("{} is empty", quoted(text)),
            accepted(),
        ));
    }
    if let Some(hidden) = text.chars().find(|&c| is_hidden(c)) {
        return Err(Invalid::new(
            format!(
                "{} contains the invisible or control character U+{:04X}",
                quoted(text),
                u32::from(hidden)
            ),
            accepted(),
        ));
    }
    let count = text.chars().count();
    if count > max_chars {
        return Err(Invalid::new(
            format!("{} is {count} characters long", quoted(text)),
            accepted(),
        ));
    }
    Ok(())
}

/// The text between back-quotes, fit for a terminal: what cannot be seen is
/// escaped (`\u{202e}`), and what is long is cut.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("`");
    for (index, c) in text.chars().enumerate() {
        if index == QUOTED_CHARS {
            out.push('…');
            break;
        }
        if is_hidden(c) {
            out.extend(c.escape_default())
        } else {
            out.push(c)
        }
    }
    out.push('`');
    out
}

/// The text fit for a terminal or a log: what cannot be seen is escaped
/// (`\u{1b}`), and so are line breaks, by which one line could pass for two.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && c != '\t')
}

/// The text of several lines fit for a terminal: what cannot be seen is escaped,
/// but for line breaks.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| is_hidden(c) && !matches!(c, '\t' | '\n'))
}

/// The characters of a text by a stranger that its reader does not see and that
/// are more than layout: by which a model is told what a person is not.
///
/// A variation selector or a joiner right behind a character that is seen is
/// how emoji are written, and passes.
pub fn hidden(text: &str) -> BTreeSet<char> {
    let mut seen = false;
    let hides = |c: &char| {
        let c = *c;
        let layout = matches!(c, '\t' | '\n' | '\r');
        let emoji = matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{200d}') && seen;
        let hides = is_hidden(c);
        seen = !hides;
        hides && !layout && !emoji
    };
    text.chars().filter(hides).collect()
}

fn escaped(text: &str, hides: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&hides) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if hides(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Whether a character cannot be seen, or changes how its neighbours are seen.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'   // Mongolian variation selectors, vowel separator
            | '\u{200b}'..='\u{200f}'   // zero-width characters and direction marks
            | '\u{2028}'..='\u{202e}'   // line and paragraph separators, embeddings, overrides
            | '\u{2060}'..='\u{206f}'   // word joiner, invisible operators, isolates
            | '\u{2800}'                // blank Braille pattern
            | '\u{3164}'                // Hangul filler
            | '\u{fe00}'..='\u{fe0f}'   // variation selectors
            | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'   // specials, interlinear annotation
            | '\u{1bca0}'..='\u{1bca3}' // shorthand format controls
            | '\u{1d173}'..='\u{1d17a}' // musical format controls
            | '\u{e0000}'..='\u{e0fff}' // tags, variation selectors supplement
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visible_text_in_any_script_is_accepted() {
        for text in [
            "templates for new issues",
            "Grüße",
            "天気",
            "طقس",
            "a – b … “c” 🌦",
        ] {
            assert_eq!(check_text(text, 80), Ok(()), "{text}");
        }
    }

    #[test]
    fn hidden_characters_are_refused_and_named() {
        for (text, named) in [
            ("a\u{1b}[2J", "U+001B"),
            ("two\nlines", "U+000A"),
            ("tab\there", "U+0009"),
            ("right\u{202e}left", "U+202E"),
            ("zero\u{200b}width", "U+200B"),
            ("isolate\u{2066}d", "U+2066"),
            ("tag\u{e0041}", "U+E0041"),
            ("selector\u{fe01}", "U+FE01"),
            ("byte\u{feff}order", "U+FEFF"),
            ("c1\u{9b}", "U+009B"),
        ] {
            let refused = check_text(text, 80).unwrap_err();
            assert!(refused.message.contains(named), "{refused}");
            assert!(!refused.to_string().chars().any(is_hidden), "{refused:?}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        assert_eq!(printable("a\u{1b}[2J\nb\tc"), "a\\u{1b}[2J\\nb\tc");
        assert_eq!(printable_lines("a\u{202e}\nb\r"), "a\\u{202e}\nb\\r");
        assert!(matches!(printable("Grüße 天気"), Cow::Borrowed(_)));
    }

    #[test]
    fn layout_and_emoji_hide_nothing() {
        for text in ["two\n\tlines\r\n", "⚠\u{fe0f}", "👩\u{200d}💻", "طقس"] {
            assert_eq!(hidden(text), BTreeSet::new(), "{text:?}");
        }
        for (text, found) in [
            ("zero\u{200b}width", '\u{200b}'),
            ("\u{200d}first", '\u{200d}'),
            ("⚠\u{fe0f}\u{fe0f}", '\u{fe0f}'),
            ("tag\u{e0041}", '\u{e0041}'),
            ("escape\u{1b}[8m", '\u{1b}'),
        ] {
            assert_eq!(hidden(text), BTreeSet::from([found]), "{text:?}");
        }
    }

    #[test]
    fn blank_and_long_texts_are_refused() {
        assert_eq!(check_text("  ", 80).unwrap_err().message, "`  ` is empty");
        assert_eq!(
            check_text("abcd", 3).unwrap_err().message,
            "`abcd` is 4 characters long"
        );
        assert_eq!(check_text("abc", 3), Ok(()));
    }

    #[test]
    fn a_long_quotation_is_cut() {
        let quotation = quoted(&"x".repeat(1000));
        assert_eq!(quotation.chars().count(), QUOTED_CHARS + 3);
        assert!(quotation.ends_with("x…`"));
    }
}
