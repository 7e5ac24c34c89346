//! `#[form]`.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Error, Field, Fields, Item, ItemStruct, Result, parse_quote};

use crate::attributes::{self, Keyword};
use crate::parameter::{self, Parameter};
use crate::{data, docs};

/// The keywords that a schema in a form may have.
const KEYWORDS: [&str; 9] = [
    "title",
    "description",
    "minLength",
    "maxLength",
    "format",
    "minimum",
    "maximum",
    "minItems",
    "maxItems",
];
const FORMATS: [&str; 4] = ["email", "uri", "date", "date-time"];

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut form = match parse(options, item.clone()) {
        Ok(form) => form,
        // The item stays, so that its name is not reported as missing.
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let ident = form.ident.clone();
    let mut defaults = Vec::new();
    let mut choices = Vec::new();
    let mut errors: Option<Error> = None;
    for field in &mut form.fields {
        choices.push(offered(field));
        match complete(field, &ident) {
            Ok(default) => defaults.extend(default),
            Err(error) => match &mut errors {
                None => errors = Some(error),
                Some(errors) => errors.combine(error),
            },
        }
    }
    let errors = errors.map(Error::into_compile_error);
    let form = data::derived(&Item::Struct(form), &ident, &syn::Generics::default());
    quote! {
        #form

        impl ::portcullis_sdk::input::Form for #ident {
            fn choices() -> ::std::vec::Vec<::std::vec::Vec<::std::string::String>> {
                ::std::vec![#(#choices),*]
            }
        }

        impl #ident {
            #(#defaults)*
        }

        #errors
    }
}

fn parse(options: TokenStream, item: TokenStream) -> Result<ItemStruct> {
    if !options.is_empty() {
        return Err(Error::new_spanned(
            options,
            "`#[form]` takes no options; its fields take `#[default(…)]` and `#[schema(…)]`",
        ));
    }
    let form = match syn::parse2(item)? {
        Item::Struct(form) => form,
        Item::Enum(choices) => {
            return Err(Error::new(
                choices.ident.span(),
                "a form is a struct; an enum that offers choices takes `#[data]`",
            ));
        }
        other => return Err(Error::new_spanned(other, "`#[form]` goes on a struct")),
    };
    if !form.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &form.generics,
            "a form is owned and has no generics",
        ));
    }
    match &form.fields {
        Fields::Named(_) => Ok(form),
        Fields::Unnamed(_) | Fields::Unit => Err(Error::new(
            form.ident.span(),
            "a form's fields have names: `struct Name { field: Type }`",
        )),
    }
}

/// What a field offers to choose from, which is also the check that a form can
/// have a field of its type.
fn offered(field: &Field) -> TokenStream {
    let ty = &field.ty;
    quote_spanned!(ty.span()=> ::portcullis_sdk::__internal::choices::<#ty>())
}

/// Turns the SDK's attributes of a field into what the derives understand.
/// Returns the function that gives its default, if it has one.
fn complete(field: &mut Field, form: &syn::Ident) -> Result<Option<TokenStream>> {
    let Some(ident) = field.ident.clone() else {
        return Ok(None);
    };
    let mut taken = parameter::take_attributes(&mut field.attrs);
    let parameter = Parameter::parse(ident.clone(), field.ty.clone(), &taken)?;
    let mut keywords = Vec::new();
    for attribute in taken.iter().filter(|a| a.path().is_ident("schema")) {
        for keyword in attributes::keywords(attribute)? {
            refuse(&keyword)?;
            keywords.push((keyword.name.value(), keyword.value.into_token_stream()));
        }
    }
    if let Some(docs) = parameter.docs.clone()
        && !keywords.iter().any(|(name, _)| name == "description")
    {
        keywords.push(("description".to_owned(), docs));
    }
    // The doc comment stays where it was, for readers of the documentation.
    taken.retain(docs::is_doc);
    field.attrs.extend(taken);
    if !keywords.is_empty() {
        let pairs = keywords.iter().map(|(name, value)| quote!(#name = #value));
        let extend: Attribute = parse_quote!(#[schemars(extend(#(#pairs),*))]);
        field.attrs.push(extend);
    }
    let Some(value) = parameter.default_value() else {
        return Ok(None);
    };
    let function = format_ident!("__default_{}", parameter.name());
    let path = format!("{form}::{function}");
    field.attrs.push(parse_quote!(#[serde(default = #path)]));
    let ty = &field.ty;
    Ok(Some(quote! {
        fn #function() -> #ty {
            #value
        }
    }))
}

/// Refuses a keyword that no field of a form has, and a value that is none of
/// JSON's.
fn refuse(keyword: &Keyword) -> Result<()> {
    let name = keyword.name.value();
    let text = keyword.json()?;
    if !KEYWORDS.contains(&name.as_str()) {
        return Err(Error::new(
            keyword.name.span(),
            format!(
                "a form's fields cannot have `{name}`; they take `{}`",
                KEYWORDS.join("`, `")
            ),
        ));
    }
    let known = || FORMATS.iter().any(|format| text == format!("\"{format}\""));
    if name == "format" && !known() {
        return Err(Error::new(
            keyword.value.span(),
            format!("a format in a form is one of `{}`", FORMATS.join("`, `")),
        ));
    }
    Ok(())
}
