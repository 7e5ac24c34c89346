//! `#[tool]`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Error, Expr, Ident, ItemFn, LitStr, Result, ReturnType, Type, parse_quote};

use crate::attributes::{Options, checked, option};
use crate::docs;
use crate::parameter::{self, Parameter};

const OPTIONS: &str = "`name`, `title`, `read_only`, `destructive`, `idempotent`, `open_world`, \
                       `task`, `input_schema`, `output_schema` and `extra`";

/// One tool.
pub(crate) struct Tool {
    /// The tool's name, at the token that gives it.
    pub(crate) name: LitStr,
    ident: Ident,
    is_async: bool,
    title: Option<LitStr>,
    docs: TokenStream,
    hints: Vec<(&'static str, bool)>,
    task: Option<&'static str>,
    input_schema: Option<Expr>,
    output_schema: Option<Expr>,
    extra: Option<Expr>,
    parameters: Vec<Parameter>,
    output: Type,
    cfgs: Vec<Attribute>,
}

impl Tool {
    pub(crate) fn parse(attribute: &Attribute, function: &mut ItemFn) -> Result<Self> {
        let parameters = parameter::take(function, "a tool")?;
        let mut options = Options::parse(attribute)?;
        let name = name(&mut options, &function.sig.ident, "a tool's name")?;
        let title = options.string("title")?;
        let mut hints = Vec::new();
        for (flag, hint) in [
            ("read_only", "readOnlyHint"),
            ("destructive", "destructiveHint"),
            ("idempotent", "idempotentHint"),
            ("open_world", "openWorldHint"),
        ] {
            if let Some(value) = options.flag(flag)? {
                hints.push((hint, value));
            }
        }
        let task = match options.word("task", &["optional", "required"])?.as_deref() {
            None => None,
            Some("required") => Some("required"),
            Some(_) => Some("optional"),
        };
        let input_schema = options.text("input_schema")?;
        let output_schema = options.text("output_schema")?;
        let extra = options.text("extra")?;
        options.finish(OPTIONS)?;
        let docs = docs::text(&function.attrs).ok_or_else(|| {
            Error::new(
                function.sig.ident.span(),
                "a tool needs a doc comment: the model reads it to know what the tool does and \
                 when to use it",
            )
        })?;
        let tool = Self {
            name,
            ident: function.sig.ident.clone(),
            is_async: function.sig.asyncness.is_some(),
            title,
            docs,
            hints,
            task,
            input_schema,
            output_schema,
            extra,
            parameters,
            output: output_type(&function.sig.output),
            cfgs: cfgs(&function.attrs),
        };
        tool.check()?;
        Ok(tool)
    }

    fn check(&self) -> Result<()> {
        for parameter in self.parameters.iter().filter(|p| p.is_context()) {
            parameter.refuse_default("a context")?;
            parameter.refuse_keywords("a context")?;
        }
        for parameter in self.arguments() {
            parameter.check_owned()?;
        }
        if self.input_schema.is_some() {
            let arguments: Vec<&Parameter> = self.arguments().collect();
            if let Some(second) = arguments.get(1) {
                return Err(Error::new(
                    second.ident.span(),
                    "with `input_schema` a tool takes its arguments whole, in one parameter such \
                     as `arguments: Json`",
                ));
            }
            for parameter in arguments {
                parameter.refuse_default("arguments taken whole")?;
                parameter.refuse_keywords("a parameter beside `input_schema`")?;
            }
        }
        Ok(())
    }

    fn arguments(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(|p| !p.is_context())
    }

    /// The statement that adds the tool to `__list`.
    pub(crate) fn list(&self) -> TokenStream {
        let (name, docs, cfgs) = (&self.name, &self.docs, &self.cfgs);
        let title = option(self.title.as_ref());
        let extra = option(self.extra.as_ref());
        let task = option(self.task);
        let hints = self
            .hints
            .iter()
            .map(|(hint, value)| quote!((#hint, #value)));
        let input_schema = match &self.input_schema {
            Some(schema) => quote!(::std::string::String::from(#schema)),
            None => self.derived_schema(),
        };
        let output = &self.output;
        let output_schema = match (&self.output_schema, output) {
            (Some(schema), _) => option(Some(quote!(::std::string::String::from(#schema)))),
            // A type without a name cannot be asked for its schema.
            (None, Type::ImplTrait(_)) => option(None::<TokenStream>),
            (None, _) => {
                quote_spanned!(output.span()=> ::portcullis_sdk::__internal::output_schema::<#output>())
            }
        };
        let checks = [
            checked(self.input_schema.as_ref(), "assert_input_schema"),
            checked(self.output_schema.as_ref(), "assert_object"),
            checked(self.extra.as_ref(), "assert_object"),
        ];
        quote! {
            #(#checks)*
            #(#cfgs)*
            __list.push(::portcullis_sdk::__internal::ToolDescription {
                name: #name,
                title: #title,
                description: #docs,
                input_schema: #input_schema,
                output_schema: #output_schema,
                hints: &[#(#hints),*],
                task: #task,
                extra: #extra,
            }.tool()?);
        }
    }

    fn derived_schema(&self) -> TokenStream {
        let properties = self.arguments().map(|parameter| {
            let name = parameter.name();
            let ty = &parameter.ty;
            let docs = parameter.docs.clone().unwrap_or_else(|| quote!(""));
            let required = !parameter.is_optional();
            let default = match parameter.default_value() {
                None => option(None::<TokenStream>),
                Some(value) => quote!(::portcullis_sdk::__internal::default::<#ty>(#value)),
            };
            let keywords = parameter
                .keywords
                .iter()
                .map(|(keyword, json)| quote!((#keyword, #json)));
            let property = quote_spanned!(ty.span()=> __schema.property::<#ty>);
            quote! {
                #property(::portcullis_sdk::__internal::Property {
                    name: #name,
                    description: #docs,
                    required: #required,
                    default: #default,
                    keywords: &[#(#keywords),*],
                });
            }
        });
        quote! {{
            #[allow(unused_mut)]
            let mut __schema = ::portcullis_sdk::__internal::InputSchema::new();
            #(#properties)*
            __schema.finish()
        }}
    }

    /// The arm that calls the tool.
    pub(crate) fn arm(&self) -> TokenStream {
        let (name, cfgs) = (&self.name, &self.cfgs);
        let parse = (self.input_schema.is_none() && self.arguments().next().is_some()).then(|| {
            quote!(let __arguments = ::portcullis_sdk::__internal::Arguments::parse(__arguments)?;)
        });
        let values = self
            .parameters
            .iter()
            .enumerate()
            .map(|(index, parameter)| {
                let local = format_ident!("__{index}");
                let value = self.value(parameter);
                quote!(let #local = #value;)
            });
        let locals = (0..self.parameters.len()).map(|index| format_ident!("__{index}"));
        let call = call(&self.ident, self.is_async, quote!(#(#locals),*));
        let finish = finish(&self.output, quote!(call_output));
        quote! {
            #(#cfgs)*
            #name => {
                #parse
                #(#values)*
                #finish(#call)
            }
        }
    }

    fn value(&self, parameter: &Parameter) -> TokenStream {
        if parameter.is_context() {
            return parameter.context(&quote!(__context));
        }
        let name = parameter.name();
        let ty = &parameter.ty;
        if self.input_schema.is_some() {
            return quote_spanned!(ty.span()=> ::portcullis_sdk::__internal::whole::<#ty>(__arguments)?);
        }
        if parameter.is_option() {
            let optional = quote_spanned!(ty.span()=> __arguments.optional::<#ty>);
            return quote!(#optional(#name)?.unwrap_or_default());
        }
        match parameter.default_value() {
            None => {
                let required = quote_spanned!(ty.span()=> __arguments.required::<#ty>);
                quote!(#required(#name)?)
            }
            Some(default) => {
                let optional = quote_spanned!(ty.span()=> __arguments.optional::<#ty>);
                quote! {
                    match #optional(#name)? {
                        ::core::option::Option::Some(value) => value,
                        ::core::option::Option::None => #default,
                    }
                }
            }
        }
    }
}

/// The name that the options or else the function give, checked.
pub(crate) fn name(options: &mut Options, ident: &Ident, what: &str) -> Result<LitStr> {
    let name = match options.string("name")? {
        Some(name) => name,
        None => LitStr::new(&ident.unraw().to_string(), ident.span()),
    };
    let text = name.value();
    let allowed = |char: char| char.is_ascii_alphanumeric() || "_.-".contains(char);
    if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) {
        return Err(Error::new(
            name.span(),
            format!("{what} is 1 to 64 of `A-Z a-z 0-9 _ . -`, not `{text}`"),
        ));
    }
    Ok(name)
}

/// The type that a function returns.
pub(crate) fn output_type(output: &ReturnType) -> Type {
    match output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, ty) => (**ty).clone(),
    }
}

/// The attributes under which a function exists.
pub(crate) fn cfgs(attributes: &[Attribute]) -> Vec<Attribute> {
    let cfgs = attributes.iter().filter(|a| a.path().is_ident("cfg"));
    cfgs.cloned().collect()
}

/// A call of the author's function.
pub(crate) fn call(ident: &Ident, is_async: bool, arguments: TokenStream) -> TokenStream {
    if is_async {
        quote!(::portcullis_sdk::__internal::block_on(#ident(#arguments)))
    } else {
        quote!(#ident(#arguments))
    }
}

/// The library's function that turns what the author's returned into the
/// answer; one that does not fit is an error at the return type.
pub(crate) fn finish(output: &Type, function: TokenStream) -> TokenStream {
    let generic = match output {
        // It has no name to be called by.
        Type::ImplTrait(_) => TokenStream::new(),
        named => quote_spanned!(output.span()=> ::<#named>),
    };
    quote_spanned!(output.span()=> ::portcullis_sdk::__internal::#function #generic)
}
