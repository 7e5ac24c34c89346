//! `#[prompt]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Ident, ItemFn, LitStr, Result, Type};

use crate::attributes::{Options, checked, option};
use crate::docs;
use crate::parameter::{self, Parameter};
use crate::tool::{call, cfgs, finish, name, output_type};

/// One prompt.
pub(crate) struct Prompt {
    /// The prompt's name, at the token that gives it.
    pub(crate) name: LitStr,
    ident: Ident,
    is_async: bool,
    title: Option<LitStr>,
    docs: TokenStream,
    extra: Option<Expr>,
    parameters: Vec<Parameter>,
    output: Type,
    cfgs: Vec<Attribute>,
}

impl Prompt {
    pub(crate) fn parse(attribute: &Attribute, function: &mut ItemFn) -> Result<Self> {
        let parameters = parameter::take(function, "a prompt")?;
        let mut options = Options::parse(attribute)?;
        let name = name(&mut options, &function.sig.ident, "a prompt's name")?;
        let title = options.string("title")?;
        let extra = options.text("extra")?;
        options.finish("`name`, `title` and `extra`")?;
        for parameter in &parameters {
            parameter.refuse_keywords("a prompt's argument is text, and")?;
            if parameter.is_context() {
                parameter.refuse_default("a context")?;
            } else {
                parameter.check_owned()?;
            }
        }
        Ok(Self {
            name,
            ident: function.sig.ident.clone(),
            is_async: function.sig.asyncness.is_some(),
            title,
            docs: docs::text(&function.attrs).unwrap_or_else(|| quote!("")),
            extra,
            parameters,
            output: output_type(&function.sig.output),
            cfgs: cfgs(&function.attrs),
        })
    }

    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|p| !p.is_context())
    }

    /// The statement that adds the prompt to `__list`.
    pub(crate) fn list(&self) -> TokenStream {
        let (name, docs, cfgs) = (&self.name, &self.docs, &self.cfgs);
        let title = option(self.title.as_ref());
        let extra = option(self.extra.as_ref());
        let arguments = self.arguments().map(|parameter| {
            let name = parameter.name();
            let docs = parameter.docs.clone().unwrap_or_else(|| quote!(""));
            let required = !parameter.is_optional();
            quote!((#name, #docs, #required))
        });
        let check = checked(self.extra.as_ref(), "assert_object");
        quote! {
            #check
            #(#cfgs)*
            __list.push(::portcullis_sdk::__internal::PromptDescription {
                name: #name,
                title: #title,
                description: #docs,
                arguments: &[#(#arguments),*],
                extra: #extra,
            }.prompt());
        }
    }

    /// The arm that fills the prompt in.
    pub(crate) fn arm(&self) -> TokenStream {
        let (name, cfgs) = (&self.name, &self.cfgs);
        let values = self
            .parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| {
                let local = format_ident!("__{index}");
                let value = value(parameter);
                quote!(let #local = #value;)
            });
        let locals = (0..self.parameters.len()).map(|index| format_ident!("__{index}"));
        let call = call(&self.ident, self.is_async, quote!(#(#locals),*));
        let finish = finish(&self.output, quote!(get_output));
        quote! {
            #(#cfgs)*
            #name => {
                #(#values)*
                #finish(#call)
            }
        }
    }
}

fn value(parameter: &Parameter) -> TokenStream {
    if parameter.is_context() {
        return parameter.context(&quote!(__context));
    }
    let name = parameter.name();
    let ty = &parameter.ty;
    if parameter.is_option() {
        // The target's type tells what is read: `Option<T>` from `Option<T>`.
        return quote_spanned! {ty.span()=> {
            let value: #ty = __arguments.optional(#name)?;
            value
        }};
    }
    match parameter.default_value() {
        None => quote_spanned!(ty.span()=> __arguments.required::<#ty>(#name)?),
        Some(default) => {
            let optional = quote_spanned!(ty.span()=> __arguments.optional::<#ty>(#name)?);
            quote! {
                match #optional {
                    ::core::option::Option::Some(value) => value,
                    ::core::option::Option::None => #default,
                }
            }
        }
    }
}
