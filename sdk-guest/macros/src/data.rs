//! `#[data]`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Error, Fields, GenericParam, Generics, Ident, Item, Result, Variant};

use crate::tool::cfgs;

pub(crate) fn expand(options: TokenStream, item: TokenStream) -> TokenStream {
    match derive(options, item.clone()) {
        Ok(expansion) => expansion,
        // The item stays, so that its name is not reported as missing.
        Err(error) => {
            let error = error.into_compile_error();
            quote!(#item #error)
        }
    }
}

fn derive(options: TokenStream, item: TokenStream) -> Result<TokenStream> {
    if !options.is_empty() {
        return Err(Error::new_spanned(
            options,
            "`#[data]` takes no options; use `#[serde(…)]` and `#[schemars(…)]`",
        ));
    }
    let item: Item = syn::parse2(item)?;
    let (ident, generics) = match &item {
        Item::Struct(item) => (&item.ident, &item.generics),
        Item::Enum(item) => (&item.ident, &item.generics),
        other => {
            return Err(Error::new_spanned(
                other,
                "`#[data]` goes on a struct or an enum",
            ));
        }
    };
    for parameter in &generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            return Err(Error::new_spanned(
                lifetime,
                "data is owned: use `String` and `Vec` instead of references",
            ));
        }
    }
    let choices = choices(&item);
    let derived = derived(&item, ident, generics);
    Ok(quote!(#derived #choices))
}

/// What makes an enum of plain variants one that a form can offer; none for
/// any other type.
fn choices(item: &Item) -> Option<TokenStream> {
    let Item::Enum(item) = item else {
        return None;
    };
    let plain = |variant: &Variant| matches!(variant.fields, Fields::Unit);
    if !item.generics.params.is_empty() || !item.variants.iter().all(plain) {
        return None;
    }
    let ident = &item.ident;
    let variants = item.variants.iter().map(|variant| {
        let (cfgs, name) = (cfgs(&variant.attrs), &variant.ident);
        quote!(#(#cfgs)* all.push(Self::#name);)
    });
    (!item.variants.is_empty()).then(|| {
        quote! {
            impl ::portcullis_sdk::input::Choice for #ident {
                fn all() -> ::std::vec::Vec<Self> {
                    let mut all = ::std::vec::Vec::new();
                    #(#variants)*
                    all
                }
            }
        }
    })
}

/// The item with its derives, and the implementation of `Data`.
pub(crate) fn derived(item: &Item, ident: &Ident, generics: &Generics) -> TokenStream {
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let bounds = where_clause.map(|clause| &clause.predicates);
    // Without generics there is nothing to demand, and what is missing is said
    // by the derives.
    let demand = (!generics.params.is_empty()).then(|| {
        quote! {
            Self: ::portcullis_sdk::__internal::serde::Serialize
                + ::portcullis_sdk::__internal::serde::de::DeserializeOwned
                + ::portcullis_sdk::__internal::schemars::JsonSchema,
        }
    });
    quote! {
        #[derive(
            ::portcullis_sdk::__internal::serde::Serialize,
            ::portcullis_sdk::__internal::serde::Deserialize,
            ::portcullis_sdk::__internal::schemars::JsonSchema,
        )]
        #[serde(crate = "::portcullis_sdk::__internal::serde")]
        #[schemars(crate = "::portcullis_sdk::__internal::schemars")]
        #item

        impl #impl_generics ::portcullis_sdk::Data for #ident #type_generics
        where
            #demand
            #bounds
        {
        }
    }
}
