//! The options between an attribute's parentheses: `name = "x", read_only`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{
    Attribute, Error, Expr, ExprLit, ExprUnary, Ident, Lit, LitStr, Meta, Result, Token, UnOp,
};

/// The options of one attribute, taken out one after the other.
pub(crate) struct Options {
    /// The attribute's name, for messages.
    attribute: Ident,
    /// A literal before the options, as in `#[resource("uri")]`.
    first: Option<LitStr>,
    options: Vec<Entry>,
}

struct Entry {
    name: Ident,
    value: Option<Expr>,
}

impl Options {
    pub(crate) fn parse(attribute: &Attribute) -> Result<Self> {
        let name = attribute
            .path()
            .get_ident()
            .cloned()
            .unwrap_or_else(|| Ident::new("attribute", attribute.span()));
        let (first, options) = match &attribute.meta {
            Meta::Path(_) => (None, Vec::new()),
            Meta::List(list) => list.parse_args_with(parse_options)?,
            Meta::NameValue(pair) => {
                return Err(Error::new(
                    pair.eq_token.span(),
                    format!("options go in parentheses: `#[{name}(…)]`"),
                ));
            }
        };
        for (index, entry) in options.iter().enumerate() {
            if options[..index]
                .iter()
                .any(|other| other.name == entry.name)
            {
                return Err(Error::new(
                    entry.name.span(),
                    format!("option `{}` is given twice", entry.name),
                ));
            }
        }
        Ok(Self {
            attribute: name,
            first,
            options,
        })
    }

    /// Where the attribute's name stands.
    pub(crate) fn span(&self) -> Span {
        self.attribute.span()
    }

    /// The literal before the options.
    pub(crate) fn first(&mut self) -> Option<LitStr> {
        self.first.take()
    }

    /// An option whose value must be a string literal.
    pub(crate) fn string(&mut self, name: &str) -> Result<Option<LitStr>> {
        let Some(entry) = self.take(name) else {
            return Ok(None);
        };
        match entry.value {
            Some(Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            })) => Ok(Some(text)),
            other => Err(Error::new(
                other.map_or(entry.name.span(), |value| value.span()),
                format!("`{name}` takes a string literal: `{name} = \"…\"`"),
            )),
        }
    }

    /// An option whose value is an expression that gives text, such as a
    /// literal or `include_str!("…")`.
    pub(crate) fn text(&mut self, name: &str) -> Result<Option<Expr>> {
        let Some(entry) = self.take(name) else {
            return Ok(None);
        };
        let wrong = |span| {
            Err(Error::new(
                span,
                format!("`{name}` takes JSON text: `{name} = r#\"…\"#` or `include_str!(…)`"),
            ))
        };
        match entry.value {
            None => wrong(entry.name.span()),
            Some(Expr::Lit(ExprLit { lit, .. })) if !matches!(lit, Lit::Str(_)) => {
                wrong(lit.span())
            }
            value => Ok(value),
        }
    }

    /// An option that is on by being there, or `= true` or `= false`.
    pub(crate) fn flag(&mut self, name: &str) -> Result<Option<bool>> {
        let Some(entry) = self.take(name) else {
            return Ok(None);
        };
        match entry.value {
            None => Ok(Some(true)),
            Some(Expr::Lit(ExprLit {
                lit: Lit::Bool(value),
                ..
            })) => Ok(Some(value.value)),
            Some(other) => Err(Error::new(
                other.span(),
                format!("`{name}` takes `true` or `false`"),
            )),
        }
    }

    /// An option that is on by being there, or has one of these values.
    /// Returns the text of its value; empty if it has none.
    pub(crate) fn word(&mut self, name: &str, words: &[&str]) -> Result<Option<String>> {
        let Some(entry) = self.take(name) else {
            return Ok(None);
        };
        match &entry.value {
            None => return Ok(Some(String::new())),
            Some(Expr::Lit(ExprLit {
                lit: Lit::Str(text),
                ..
            })) if words.contains(&text.value().as_str()) => return Ok(Some(text.value())),
            Some(_) => {}
        }
        Err(Error::new(
            entry.value.map_or(entry.name.span(), |value| value.span()),
            format!(
                "`{name}` stands alone, or is one of `\"{}\"`",
                words.join("\"`, `\"")
            ),
        ))
    }

    /// Refuses what was not taken. `accepted` says what would have been.
    pub(crate) fn finish(self, accepted: &str) -> Result<()> {
        if let Some(entry) = self.options.first() {
            return Err(Error::new(
                entry.name.span(),
                format!(
                    "`#[{}]` has no option `{}`; it takes {accepted}",
                    self.attribute, entry.name
                ),
            ));
        }
        match self.first {
            None => Ok(()),
            Some(text) => Err(Error::new(
                text.span(),
                format!("`#[{}]` takes {accepted}", self.attribute),
            )),
        }
    }

    fn take(&mut self, name: &str) -> Option<Entry> {
        let index = self.options.iter().position(|entry| entry.name == name)?;
        Some(self.options.remove(index))
    }
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        let value = if input.parse::<Option<Token![=]>>()?.is_some() {
            Some(input.parse()?)
        } else {
            None
        };
        Ok(Self { name, value })
    }
}

fn parse_options(input: ParseStream<'_>) -> Result<(Option<LitStr>, Vec<Entry>)> {
    let first = if input.peek(Lit) {
        let literal = match input.parse()? {
            Lit::Str(text) => text,
            other => return Err(Error::new(other.span(), "expected a string literal")),
        };
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
        Some(literal)
    } else {
        None
    };
    let options = Punctuated::<Entry, Token![,]>::parse_terminated(input)?;
    Ok((first, options.into_iter().collect()))
}

/// The schema keywords of `#[schema("x-y" = 1, minimum = 0)]`.
pub(crate) fn keywords(attribute: &Attribute) -> Result<Vec<Keyword>> {
    let pairs = attribute.parse_args_with(Punctuated::<Keyword, Token![,]>::parse_terminated)?;
    Ok(pairs.into_iter().collect())
}

/// One keyword of a schema.
pub(crate) struct Keyword {
    pub(crate) name: LitStr,
    pub(crate) value: Expr,
}

impl Keyword {
    /// The JSON text of its value.
    pub(crate) fn json(&self) -> Result<String> {
        json(&self.value)
    }
}

impl Parse for Keyword {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = if input.peek(LitStr) {
            input.parse::<LitStr>()?
        } else {
            let name = input.call(Ident::parse_any)?;
            LitStr::new(&name.unraw().to_string(), name.span())
        };
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        Ok(Self { name, value })
    }
}

/// The JSON text of a literal, or of a list of literals.
fn json(value: &Expr) -> Result<String> {
    match value {
        Expr::Lit(ExprLit { lit, .. }) => match lit {
            Lit::Str(text) => Ok(quoted(&text.value())),
            Lit::Bool(value) => Ok(value.value.to_string()),
            Lit::Int(number) => Ok(number.base10_digits().to_owned()),
            Lit::Float(number) if number.suffix().is_empty() => {
                // `1.` is a Rust number and no JSON.
                let digits = number.base10_digits();
                Ok(if digits.ends_with('.') {
                    format!("{digits}0")
                } else {
                    digits.to_owned()
                })
            }
            other => Err(not_json(other)),
        },
        Expr::Unary(ExprUnary {
            op: UnOp::Neg(_),
            expr,
            ..
        }) => match &**expr {
            Expr::Lit(ExprLit {
                lit: Lit::Int(_) | Lit::Float(_),
                ..
            }) => Ok(format!("-{}", json(expr)?)),
            other => Err(not_json(other)),
        },
        Expr::Array(list) => {
            let items: Vec<String> = list.elems.iter().map(json).collect::<Result<_>>()?;
            Ok(format!("[{}]", items.join(",")))
        }
        other => Err(not_json(other)),
    }
}

fn not_json(tokens: &impl ToTokens) -> Error {
    Error::new_spanned(
        tokens,
        "expected a literal: a string, a number, `true`, `false`, or a list of these",
    )
}

fn quoted(text: &str) -> String {
    let mut json = String::from('"');
    for char in text.chars() {
        match char {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            control if control < ' ' => {
                json.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => json.push(other),
        }
    }
    json.push('"');
    json
}

/// `Some(value)` or `None`, written out.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote::quote!(::core::option::Option::Some(#value)),
        None => quote::quote!(::core::option::Option::None),
    }
}

/// A check, made while the plugin is compiled, that an option's text is what
/// it should be; an error at the text if not.
pub(crate) fn checked(text: Option<&Expr>, check: &str) -> TokenStream {
    let Some(text) = text else {
        return TokenStream::new();
    };
    let check = Ident::new(check, text.span());
    quote_spanned! {text.span()=>
        const _: () = ::portcullis_sdk::__internal::#check(#text);
    }
}
