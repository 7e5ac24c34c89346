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

/// The lines without the space that stands after each `///`, and without empty
/// lines around them.
fn dedent(lines: &[String]) -> String {
    let lines = lines.iter().flat_map(|line| line.split('\n'));
    let lines: Vec<&str> = lines
        .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
        .collect();
    lines.join("\n").trim_matches('\n').trim_end().to_owned()
}
