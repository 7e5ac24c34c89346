//! `#[complete(prompt = "…", argument = "…")]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Error, Ident, ItemFn, LitStr, Result, Type};

use crate::attributes::Options;
use crate::parameter::{self, Parameter};
use crate::prompt::Prompt;
use crate::resource::Resource;
use crate::tool::{call, cfgs, finish, output_type};

/// One completer.
pub(crate) struct Completer {
    target: Target,
    pub(crate) argument: LitStr,
    ident: Ident,
    is_async: bool,
    parameters: Vec<Parameter>,
    output: Type,
    cfgs: Vec<Attribute>,
}

enum Target {
    Prompt(LitStr),
    Resource(LitStr),
}

impl Completer {
    pub(crate) fn parse(attribute: &Attribute, function: &mut ItemFn) -> Result<Self> {
        let parameters = parameter::take(function, "a completer")?;
        let mut options = Options::parse(attribute)?;
        let span = options.span();
        let target = match (options.string("prompt")?, options.string("resource")?) {
            (Some(prompt), None) => Target::Prompt(prompt),
            (None, Some(template)) => Target::Resource(template),
            (Some(_), Some(both)) => {
                return Err(Error::new(
                    both.span(),
                    "a completer is for a prompt or for a resource, not for both",
                ));
            }
            (None, None) => {
                return Err(Error::new(
                    span,
                    "a completer needs `prompt = \"name\"` or `resource = \"template\"`",
                ));
            }
        };
        let argument = options
            .string("argument")?
            .ok_or_else(|| Error::new(span, "a completer needs `argument = \"name\"`"))?;
        options.finish("`prompt` or `resource`, and `argument`")?;
        let completer = Self {
            target,
            argument,
            ident: function.sig.ident.clone(),
            is_async: function.sig.asyncness.is_some(),
            parameters,
            output: output_type(&function.sig.output),
            cfgs: cfgs(&function.attrs),
        };
        completer.check()?;
        Ok(completer)
    }

    fn check(&self) -> Result<()> {
        for parameter in &self.parameters {
            parameter.refuse_default("a completer's parameter")?;
            parameter.refuse_keywords("a completer's parameter")?;
        }
        let mut values = self.parameters.iter().filter(|p| is_value(p));
        match (values.next(), values.next()) {
            (Some(_), None) => Ok(()),
            (None, _) => Err(Error::new(
                self.ident.span(),
                "a completer takes what has been typed so far: `value: &str`",
            )),
            (_, Some(second)) => Err(Error::new(
                second.ident.span(),
                "a completer takes one value, and beside it `&Resolved` and `&Context`",
            )),
        }
    }

    /// Checks that what it completes is there.
    pub(crate) fn check_target(&self, prompts: &[Prompt], resources: &[Resource]) -> Result<()> {
        let argument = self.argument.value();
        let (known, owner): (Vec<String>, String) = match &self.target {
            Target::Prompt(name) => match prompts.iter().find(|p| p.name.value() == name.value()) {
                None => return Err(missing(name, "prompt")),
                Some(prompt) => (
                    prompt.arguments().map(Parameter::name).collect(),
                    format!("prompt `{}`", name.value()),
                ),
            },
            Target::Resource(uri) => {
                match resources.iter().find(|r| r.uri.value() == uri.value()) {
                    None => return Err(missing(uri, "resource template")),
                    Some(resource) => (
                        resource.variables.clone(),
                        format!("resource `{}`", uri.value()),
                    ),
                }
            }
        };
        if known.contains(&argument) {
            return Ok(());
        }
        Err(Error::new(
            self.argument.span(),
            format!("{owner} has no argument `{argument}`"),
        ))
    }

    /// What makes two completers the same one.
    pub(crate) fn key(&self) -> String {
        let (kind, target) = match &self.target {
            Target::Prompt(name) => ("prompt", name),
            Target::Resource(template) => ("resource", template),
        };
        format!("{kind} {} {}", target.value(), self.argument.value())
    }

    /// The statement that answers if this completer is asked for.
    pub(crate) fn complete(&self) -> TokenStream {
        let (argument, cfgs) = (&self.argument, &self.cfgs);
        let (kind, target) = match &self.target {
            Target::Prompt(name) => (quote!(Prompt), name),
            Target::Resource(template) => (quote!(ResourceTemplate), template),
        };
        let arguments = self.parameters.iter().map(|parameter| {
            let local = if parameter.is_context() {
                quote!(__context)
            } else if parameter.is_named("Resolved") {
                quote!(__resolved)
            } else {
                quote!(__value)
            };
            if parameter.is_reference() {
                quote!(&#local)
            } else {
                local
            }
        });
        let call = call(&self.ident, self.is_async, quote!(#(#arguments),*));
        let finish = finish(&self.output, quote!(suggestions));
        quote! {
            #(#cfgs)*
            if __argument == #argument
                && ::core::matches!(
                    __reference,
                    ::portcullis_sdk::__internal::Reference::#kind(name) if name == #target
                )
            {
                return #finish(#call);
            }
        }
    }
}

fn is_value(parameter: &Parameter) -> bool {
    !parameter.is_context() && !parameter.is_named("Resolved")
}

fn missing(target: &LitStr, what: &str) -> Error {
    Error::new(
        target.span(),
        format!("this plugin has no {what} `{}`", target.value()),
    )
}
