//! `#[resource("uri")]` and `#[list_resources]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Ident, ItemFn, LitStr, Result, Type};

use crate::attributes::{Options, checked, option};
use crate::parameter::{self, Parameter};
use crate::tool::{call, cfgs, finish, output_type};
use crate::{docs, uri_template};

/// One fixed resource, or one template.
pub(crate) struct Resource {
    /// The URI or the template, at the token that gives it.
    pub(crate) uri: LitStr,
    pub(crate) variables: Vec<String>,
    ident: Ident,
    is_async: bool,
    name: LitStr,
    title: Option<LitStr>,
    docs: TokenStream,
    mime_type: Option<LitStr>,
    extra: Option<Expr>,
    parameters: Vec<Parameter>,
    output: Type,
    cfgs: Vec<Attribute>,
}

impl Resource {
    pub(crate) fn parse(attribute: &Attribute, function: &mut ItemFn) -> Result<Self> {
        let parameters = parameter::take(function, "a resource")?;
        let mut options = Options::parse(attribute)?;
        let ident = function.sig.ident.clone();
        let uri = options.first().ok_or_else(|| {
            Error::new(
                options.span(),
                "a resource needs its URI: `#[resource(\"notes://all\")]`",
            )
        })?;
        let variables = uri_template::variables(&uri)?;
        let name = match options.string("name")? {
            Some(name) => name,
            None => LitStr::new(&ident.unraw().to_string(), ident.span()),
        };
        let title = options.string("title")?;
        let mime_type = options.string("mime_type")?;
        let extra = options.text("extra")?;
        options.finish("a URI, `name`, `title`, `mime_type` and `extra`")?;
        let resource = Self {
            uri,
            variables,
            ident,
            is_async: function.sig.asyncness.is_some(),
            name,
            title,
            docs: docs::text(&function.attrs).unwrap_or_else(|| quote!("")),
            mime_type,
            extra,
            parameters,
            output: output_type(&function.sig.output),
            cfgs: cfgs(&function.attrs),
        };
        resource.check()?;
        Ok(resource)
    }

    fn check(&self) -> Result<()> {
        for parameter in &self.parameters {
            parameter.refuse_default("a template's variable is always there, and")?;
            parameter.refuse_keywords("a template's variable")?;
            if parameter.is_context() {
                continue;
            }
            parameter.check_owned()?;
            let name = parameter.name();
            if !self.variables.contains(&name) {
                return Err(Error::new(
                    parameter.ident.span(),
                    format!(
                        "the URI has no `{{{name}}}`; {}",
                        match self.variables.as_slice() {
                            [] => "it has no variables at all".to_owned(),
                            all => format!("it has `{{{}}}`", all.join("}`, `{")),
                        }
                    ),
                ));
            }
        }
        for variable in &self.variables {
            if !self.parameters.iter().any(|p| p.name() == *variable) {
                return Err(Error::new(
                    self.uri.span(),
                    format!("`{{{variable}}}` has no parameter `{variable}` in the function"),
                ));
            }
        }
        Ok(())
    }

    pub(crate) fn is_template(&self) -> bool {
        !self.variables.is_empty()
    }

    /// The statement that adds it to `__list`.
    pub(crate) fn list(&self) -> TokenStream {
        let (uri, name, docs, cfgs) = (&self.uri, &self.name, &self.docs, &self.cfgs);
        let title = option(self.title.as_ref());
        let mime_type = option(self.mime_type.as_ref());
        let extra = option(self.extra.as_ref());
        let kind = if self.is_template() {
            quote!(template)
        } else {
            quote!(resource)
        };
        let check = checked(self.extra.as_ref(), "assert_object");
        quote! {
            #check
            #(#cfgs)*
            __list.push(::portcullis_sdk::__internal::ResourceText {
                uri: #uri,
                name: #name,
                title: #title,
                description: #docs,
                mime_type: #mime_type,
                extra: #extra,
            }.#kind());
        }
    }

    /// The statement that reads it if `__uri` is its URI, and goes on if not.
    pub(crate) fn read(&self) -> TokenStream {
        let (uri, cfgs) = (&self.uri, &self.cfgs);
        let mime_type = option(self.mime_type.as_ref());
        let local = |index: usize| format_ident!("__{index}");
        let arguments = self
            .parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| {
                if parameter.is_context() {
                    parameter.context(&quote!(__context))
                } else {
                    let local = local(index);
                    quote!(#local)
                }
            });
        let call = call(&self.ident, self.is_async, quote!(#(#arguments),*));
        let finish = finish(&self.output, quote!(read_output));
        let answer = quote!(return #finish(#call, __uri, #mime_type););
        if !self.is_template() {
            return quote! {
                #(#cfgs)*
                if __uri == #uri {
                    #answer
                }
            };
        }
        let own = self.parameters.iter().enumerate();
        let own = own.filter(|(_, parameter)| !parameter.is_context());
        let (patterns, values): (Vec<_>, Vec<_>) = own
            .map(|(index, parameter)| {
                let local = local(index);
                let ty = &parameter.ty;
                let name = parameter.name();
                let position = self.variables.iter().position(|v| *v == name).unwrap_or(0);
                (
                    quote!(::core::option::Option::Some(#local)),
                    quote_spanned!(ty.span()=>
                        ::portcullis_sdk::__internal::variable::<#ty>(&__values[#position])
                    ),
                )
            })
            .unzip();
        // Nested, since a crate of an earlier edition has no chains of `let`.
        quote! {
            #(#cfgs)*
            if let ::core::option::Option::Some(__values) =
                ::portcullis_sdk::__internal::matches(#uri, __uri)
            {
                if let (#(#patterns,)*) = (#(#values,)*) {
                    #answer
                }
            }
        }
    }
}

/// A function that lists resources which only the running plugin knows.
pub(crate) struct Listing {
    ident: Ident,
    is_async: bool,
    output: Type,
    cfgs: Vec<Attribute>,
}

impl Listing {
    pub(crate) fn parse(attribute: &Attribute, function: &mut ItemFn) -> Result<Self> {
        let parameters = parameter::take(function, "a listing")?;
        Options::parse(attribute)?.finish("no options")?;
        if let Some(parameter) = parameters.first() {
            return Err(Error::new(
                parameter.ident.span(),
                "a listing takes no arguments",
            ));
        }
        Ok(Self {
            ident: function.sig.ident.clone(),
            is_async: function.sig.asyncness.is_some(),
            output: output_type(&function.sig.output),
            cfgs: cfgs(&function.attrs),
        })
    }

    /// The statement that adds what it lists to `__list`.
    pub(crate) fn list(&self) -> TokenStream {
        let cfgs = &self.cfgs;
        let call = call(&self.ident, self.is_async, TokenStream::new());
        let finish = finish(&self.output, quote!(append_listing));
        quote! {
            #(#cfgs)*
            #finish(#call, &mut __list)?;
        }
    }
}
