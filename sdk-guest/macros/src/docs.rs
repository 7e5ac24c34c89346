//! Doc comments, which the model reads.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, ExprLit, Lit, Meta};

/// The text of an item's doc comment as an expression of type `&'static str`;
/// none if there is no doc comment, or it is empty.
pub(crate) fn text(attributes: &[Attribute]) -> Option<TokenStream> {
    let mut lines = Vec::new();
    let mut computed = Vec::new();
    for attribute in attributes {
        if !is_doc(attribute) {
            continue;
        }
        let Meta::NameValue(doc) = &attribute.meta else {
            continue;
        };
        match &doc.value {
            Expr::Lit(ExprLit {
                lit: Lit::Str(line),
                ..
            }) => lines.push(line.value()),
            other => computed.push(other.clone()),
        }
    }
    if !computed.is_empty() {
        let literal = dedent(&lines);
        let literal = (!literal.is_empty()).then(|| quote!(#literal, "\n",));
        return Some(quote!(::core::concat!(#literal #(#computed),*)));
    }
    let text = dedent(&lines);
    (!text.is_empty()).then(|| quote!(#text))
}

/// Whether it is a line of a doc comment.
pub(crate) fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc") && matches!(attribute.meta, Meta::NameValue(_))
}

/// The text as its readers want it: without the space that stands after each
/// `///` and without empty lines around it. Where a line of a paragraph ends is
/// the source's affair, so those lines are joined; lists, tables, headings,
/// indented lines and fenced code keep theirs.
fn dedent(lines: &[String]) -> String {
    let lines = lines.iter().flat_map(|line| line.split('\n'));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end());
    let mut text = String::new();
    let mut in_fence = false;
    let mut in_paragraph = false;
    for line in lines {
        let fence = line.trim_start().starts_with("```");
        let joins = in_paragraph && !in_fence && !fence && !line.is_empty() && !starts_anew(line);
        if !text.is_empty() {
            text.push(if joins { ' ' } else { '\n' });
        }
        text.push_str(line);
        in_fence ^= fence;
        in_paragraph = !in_fence && !fence && !line.is_empty() && !line.starts_with(['#', '|']);
    }
    text.trim_matches('\n').trim_end().to_owned()
}

/// Whether a line begins something of its own: a list's entry, a heading, a
/// quotation, a table's row, or code by its indent.
fn starts_anew(line: &str) -> bool {
    let marker = line.split_once(' ').map_or(line, |(marker, _)| marker);
    let number = marker.trim_end_matches(['.', ')']);
    let numbered = number.len() < marker.len() && number.bytes().all(|b| b.is_ascii_digit());
    line.starts_with(['#', '|', '>', ' ', '\t']) || matches!(marker, "-" | "*" | "+") || numbered
}

#[cfg(test)]
mod tests {
    use super::dedent;

    fn joined(text: &str) -> String {
        let lines: Vec<String> = text.lines().map(|line| format!(" {line}")).collect();
        dedent(&lines)
    }

    #[test]
    fn the_lines_of_a_paragraph_are_one() {
        assert_eq!(
            joined("One line\nand more.\n\nAnother\none."),
            "One line and more.\n\nAnother one."
        );
    }

    #[test]
    fn what_has_lines_keeps_them() {
        let list = "Kinds:\n- a\n- b\n  more of b\n1. c";
        assert_eq!(joined(list), list);
        let code = "So:\n```\na\nb\n```\nand on";
        assert_eq!(joined(code), code);
        let table = "| a |\n|---|\n| b |";
        assert_eq!(joined(table), table);
    }
}
