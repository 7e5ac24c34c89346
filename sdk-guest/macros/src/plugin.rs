//! `#[plugin]`: finding what a module offers, and checking it as a whole.

use std::collections::HashMap;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Error, FnArg, Item, ItemFn, ItemMod, LitStr, Result, parse_quote};

use crate::completion::Completer;
use crate::parameter;
use crate::prompt::Prompt;
use crate::resource::{Listing, Resource};
use crate::tool::Tool;

/// The attributes that mark a function.
const MARKS: [&str; 5] = ["tool", "resource", "list_resources", "prompt", "complete"];

/// What a module offers, in the order of its source.
#[derive(Default)]
pub(crate) struct Offers {
    pub(crate) tools: Vec<Tool>,
    pub(crate) resources: Vec<Resource>,
    pub(crate) listings: Vec<Listing>,
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) completers: Vec<Completer>,
}

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    let mut module = match parse(options, item) {
        Ok(module) => module,
        Err(error) => return error.into_compile_error(),
    };
    let items = module.content.as_mut().map(|content| &mut content.1);
    let items = items.expect("`parse` lets modules with a body through only");
    let offers = collect(items).and_then(|offers| {
        offers.check(module.ident.span())?;
        Ok(offers)
    });
    items.push(parse_quote! {
        #[allow(unused_imports, reason = "not every plugin has data of its own")]
        use ::portcullis_sdk::__internal::attributes::*;
    });
    let errors = match offers {
        Ok(offers) => {
            items.extend(offers.exports());
            None
        }
        // The module stays, so that its own names are not reported as missing.
        Err(error) => {
            module
                .attrs
                .push(parse_quote!(#[allow(dead_code, reason = "nothing could be exported")]));
            Some(error.into_compile_error())
        }
    };
    quote!(#module #errors)
}

fn parse(options: TokenStream, item: TokenStream) -> Result<ItemMod> {
    if !options.is_empty() {
        return Err(Error::new_spanned(options, "`#[plugin]` takes no options"));
    }
    let wrong = "`#[plugin]` goes on a module with its body: `mod name { … }`";
    let module: ItemMod = match syn::parse2(item)? {
        Item::Mod(module) => module,
        Item::Fn(function) => return Err(Error::new(function.sig.ident.span(), wrong)),
        other => return Err(Error::new_spanned(other, wrong)),
    };
    match &module.content {
        Some(_) => Ok(module),
        None => Err(Error::new_spanned(module, wrong)),
    }
}

/// Takes the SDK's attributes off the items, all of them even if some are
/// wrong, and says what they mark.
fn collect(items: &mut [Item]) -> Result<Offers> {
    let mut offers = Offers::default();
    let mut errors: Option<Error> = None;
    for item in items {
        let result = match item {
            Item::Fn(function) => offers.add(function),
            other => refuse_marks(other),
        };
        if let Err(error) = result {
            match &mut errors {
                None => errors = Some(error),
                Some(errors) => errors.combine(error),
            }
        }
    }
    match errors {
        None => Ok(offers),
        Some(errors) => Err(errors),
    }
}

impl Offers {
    fn add(&mut self, function: &mut ItemFn) -> Result<()> {
        let marks: Vec<Attribute> = function
            .attrs
            .extract_if(.., |a| mark(a).is_some())
            .collect();
        let Some(first) = marks.first() else {
            return Ok(());
        };
        let result = match marks.get(1) {
            Some(second) => Err(Error::new_spanned(
                second,
                "a function is one thing: a tool, a resource, a prompt or a completer",
            )),
            None => self.add_marked(first, function),
        };
        if result.is_err() {
            silence(function);
        }
        result
    }

    fn add_marked(&mut self, attribute: &Attribute, function: &mut ItemFn) -> Result<()> {
        match mark(attribute) {
            Some("tool") => self.tools.push(Tool::parse(attribute, function)?),
            Some("resource") => self.resources.push(Resource::parse(attribute, function)?),
            Some("list_resources") => self.listings.push(Listing::parse(attribute, function)?),
            Some("prompt") => self.prompts.push(Prompt::parse(attribute, function)?),
            _ => self.completers.push(Completer::parse(attribute, function)?),
        }
        Ok(())
    }

    /// Checks what no function can be blamed for by itself.
    fn check(&self, module: Span) -> Result<()> {
        if self.tools.is_empty()
            && self.resources.is_empty()
            && self.listings.is_empty()
            && self.prompts.is_empty()
        {
            return Err(Error::new(
                module,
                "the plugin offers nothing: mark a function with `#[tool]`, `#[resource(\"…\")]` \
                 or `#[prompt]`",
            ));
        }
        unique("tool", self.tools.iter().map(|tool| &tool.name))?;
        unique("prompt", self.prompts.iter().map(|prompt| &prompt.name))?;
        unique(
            "resource",
            self.resources.iter().map(|resource| &resource.uri),
        )?;
        let mut seen = HashMap::new();
        for completer in &self.completers {
            completer.check_target(&self.prompts, &self.resources)?;
            if seen.insert(completer.key(), ()).is_some() {
                return Err(Error::new(
                    completer.argument.span(),
                    "this argument has a completer already",
                ));
            }
        }
        Ok(())
    }
}

/// Takes off a function what the compiler would only report once more.
fn silence(function: &mut ItemFn) {
    let inputs = std::mem::take(&mut function.sig.inputs).into_iter();
    let typed = inputs.filter(|input| matches!(input, FnArg::Typed(_)));
    function.sig.inputs = typed.collect();
    for input in &mut function.sig.inputs {
        if let FnArg::Typed(parameter) = input {
            parameter::take_attributes(&mut parameter.attrs);
        }
    }
}

/// Which of the marks an attribute is.
fn mark(attribute: &Attribute) -> Option<&'static str> {
    let known = MARKS.iter().find(|name| attribute.path().is_ident(name));
    known.copied()
}

fn refuse_marks(item: &mut Item) -> Result<()> {
    let attributes = match item {
        Item::Const(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Static(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Type(item) => &mut item.attrs,
        _ => return Ok(()),
    };
    let marked: Vec<Attribute> = attributes.extract_if(.., |a| mark(a).is_some()).collect();
    match marked.first() {
        None => Ok(()),
        Some(attribute) => Err(Error::new_spanned(
            attribute,
            format!(
                "`#[{}]` goes on a function",
                mark(attribute).unwrap_or_default()
            ),
        )),
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a LitStr>) -> Result<()> {
    let mut seen = HashMap::new();
    for name in names {
        if seen.insert(name.value(), ()).is_some() {
            return Err(Error::new(
                name.span(),
                format!("there is a {what} `{}` already", name.value()),
            ));
        }
    }
    Ok(())
}
