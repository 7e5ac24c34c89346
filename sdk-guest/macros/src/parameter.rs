//! The parameters of a function, and taking their attributes off it.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, ExprLit, FnArg, Ident, ItemFn, Lit, Meta, Pat, Result, Type};

use crate::{attributes, docs};

/// One parameter.
pub(crate) struct Parameter {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The doc comment, as an expression that gives text.
    pub(crate) docs: Option<TokenStream>,
    pub(crate) default: Option<DefaultValue>,
    /// Schema keywords with their JSON text, and where they stand.
    pub(crate) keywords: Vec<(String, String)>,
    pub(crate) keywords_span: Option<Span>,
}

/// `#[default]` or `#[default(expression)]`.
pub(crate) struct DefaultValue {
    pub(crate) span: Span,
    value: Option<Expr>,
}

impl Parameter {
    /// A parameter, or a field, from its attributes.
    pub(crate) fn parse(ident: Ident, ty: Type, attributes: &[Attribute]) -> Result<Self> {
        let mut default = None;
        let mut keywords = Vec::new();
        let mut keywords_span = None;
        for attribute in attributes {
            if attribute.path().is_ident("default") {
                let value = match &attribute.meta {
                    Meta::Path(_) => None,
                    Meta::List(list) => Some(list.parse_args()?),
                    Meta::NameValue(pair) => Some(pair.value.clone()),
                };
                if default.is_some() {
                    return Err(Error::new_spanned(attribute, "there is a default already"));
                }
                default = Some(DefaultValue {
                    span: attribute.path().span(),
                    value,
                });
            } else if attribute.path().is_ident("schema") {
                for keyword in attributes::keywords(attribute)? {
                    keywords.push((keyword.name.value(), keyword.json()?));
                }
                keywords_span = Some(attribute.path().span());
            }
        }
        let parameter = Self {
            ident,
            ty,
            docs: docs::text(attributes),
            default,
            keywords,
            keywords_span,
        };
        if parameter.is_option() {
            parameter.refuse_default("what is optional is `None` when it is left out, and")?;
        }
        Ok(parameter)
    }

    /// The name without `r#`.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }

    pub(crate) fn is_option(&self) -> bool {
        last_segment(&self.ty).is_some_and(|name| name == "Option")
    }

    /// Whether a call may leave it out.
    pub(crate) fn is_optional(&self) -> bool {
        self.is_option() || self.default.is_some()
    }

    pub(crate) fn is_context(&self) -> bool {
        self.is_named("Context")
    }

    /// Whether the type, or what it refers to, has this name.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        let ty = match &self.ty {
            Type::Reference(reference) => &*reference.elem,
            other => other,
        };
        last_segment(ty).is_some_and(|segment| segment == name)
    }

    pub(crate) fn is_reference(&self) -> bool {
        matches!(self.ty, Type::Reference(_))
    }

    /// The default as an expression of the parameter's type.
    pub(crate) fn default_value(&self) -> Option<TokenStream> {
        let ty = &self.ty;
        let default = self.default.as_ref()?;
        Some(match &default.value {
            None => quote_spanned!(ty.span()=> <#ty as ::core::default::Default>::default()),
            Some(
                value @ Expr::Lit(ExprLit {
                    lit: Lit::Str(_), ..
                }),
            ) if !is_primitive(ty) => {
                quote_spanned!(value.span()=> <#ty as ::core::convert::From<&str>>::from(#value))
            }
            Some(value) => quote!(#value),
        })
    }

    /// Refuses types that hold a borrow, since an argument has nothing to
    /// borrow from.
    pub(crate) fn check_owned(&self) -> Result<()> {
        match &self.ty {
            Type::Reference(reference) => {
                let instead = match &*reference.elem {
                    Type::Path(path) if path.path.is_ident("str") => "`String`".to_owned(),
                    Type::Slice(_) => "a `Vec`".to_owned(),
                    other => format!("`{}`", quote!(#other)),
                };
                Err(Error::new_spanned(
                    &self.ty,
                    format!("an argument is owned: take {instead} instead of a reference"),
                ))
            }
            Type::ImplTrait(_) => Err(Error::new_spanned(
                &self.ty,
                "an argument needs a type of its own, not `impl Trait`",
            )),
            _ => Ok(()),
        }
    }

    /// How the parameter is passed where it is a context.
    pub(crate) fn context(&self, context: &TokenStream) -> TokenStream {
        if self.is_reference() {
            quote!(&#context)
        } else {
            quote!(::core::clone::Clone::clone(&#context))
        }
    }

    pub(crate) fn refuse_default(&self, what: &str) -> Result<()> {
        match &self.default {
            None => Ok(()),
            Some(default) => Err(Error::new(
                default.span,
                format!("{what} cannot have a default"),
            )),
        }
    }

    pub(crate) fn refuse_keywords(&self, what: &str) -> Result<()> {
        match self.keywords_span {
            None => Ok(()),
            Some(span) => Err(Error::new(span, format!("{what} has no schema"))),
        }
    }
}

/// Takes doc comments and the SDK's attributes off a function's parameters, and
/// says what they were. `kind` is what the function is, for messages.
pub(crate) fn take(function: &mut ItemFn, kind: &str) -> Result<Vec<Parameter>> {
    let signature = &mut function.sig;
    if let Some(unsafety) = &signature.unsafety {
        return Err(Error::new_spanned(
            unsafety,
            format!("{kind} cannot be unsafe"),
        ));
    }
    if let Some(abi) = &signature.abi {
        return Err(Error::new_spanned(
            abi,
            format!("{kind} is a plain Rust function, without `extern`"),
        ));
    }
    if let Some(variadic) = &signature.variadic {
        return Err(Error::new_spanned(
            variadic,
            format!("{kind} takes a fixed number of arguments"),
        ));
    }
    if !signature.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &signature.generics,
            format!("{kind} cannot be generic: its arguments come as JSON or text"),
        ));
    }
    let mut parameters: Vec<Parameter> = Vec::new();
    for input in &mut signature.inputs {
        let parameter = match input {
            FnArg::Receiver(receiver) => {
                return Err(Error::new_spanned(
                    receiver,
                    format!("{kind} is a function, not a method: it has no `self`"),
                ));
            }
            FnArg::Typed(typed) => typed,
        };
        let taken = take_attributes(&mut parameter.attrs);
        let ident = match &*parameter.pat {
            Pat::Ident(pattern) if pattern.by_ref.is_none() && pattern.subpat.is_none() => {
                pattern.ident.clone()
            }
            other => {
                return Err(Error::new_spanned(
                    other,
                    "a parameter needs a plain name, which is the argument's name",
                ));
            }
        };
        parameters.push(Parameter::parse(ident, (*parameter.ty).clone(), &taken)?);
    }
    Ok(parameters)
}

/// Takes the SDK's attributes out of those of a parameter.
pub(crate) fn take_attributes(attributes: &mut Vec<Attribute>) -> Vec<Attribute> {
    attributes
        .extract_if(.., |attribute| {
            docs::is_doc(attribute)
                || attribute.path().is_ident("default")
                || attribute.path().is_ident("schema")
        })
        .collect()
}

fn last_segment(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| &segment.ident),
        _ => None,
    }
}

/// Whether no text can become this type, so that a text is better refused as
/// what it is.
fn is_primitive(ty: &Type) -> bool {
    const PRIMITIVES: [&str; 16] = [
        "bool", "char", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
        "u128", "usize", "f32", "f64",
    ];
    last_segment(ty).is_some_and(|name| PRIMITIVES.iter().any(|primitive| name == primitive))
}
