//! Exporting what a module offers: the items that `#[plugin]` adds to it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Item, parse_quote};

use crate::completion::Completer;
use crate::plugin::Offers;
use crate::prompt::Prompt;
use crate::resource::{Listing, Resource};
use crate::tool::Tool;

impl Offers {
    /// The items that make the module a plugin.
    pub(crate) fn exports(&self) -> Vec<Item> {
        let mut tables = Vec::new();
        let mut exports = Vec::new();
        let mut implementations = Vec::new();
        let mut add = |implementation, table, export, bindings| {
            implementations.push(implementation);
            tables.push(quote!(.#table::<__Plugin>()));
            exports.push(quote! {
                ::portcullis_sdk::bindings::#bindings::#export!(
                    __Plugin with_types_in ::portcullis_sdk::bindings::#bindings
                );
            });
        };
        if !self.tools.is_empty() {
            let implementation = self.tools_implementation();
            add(
                implementation,
                quote!(with_tools),
                quote!(export_tools),
                quote!(tools),
            );
        }
        if !self.resources.is_empty() || !self.listings.is_empty() {
            let implementation = self.resources_implementation();
            add(
                implementation,
                quote!(with_resources),
                quote!(export_resources),
                quote!(resources),
            );
        }
        if !self.prompts.is_empty() {
            let implementation = self.prompts_implementation();
            add(
                implementation,
                quote!(with_prompts),
                quote!(export_prompts),
                quote!(prompts),
            );
        }
        if !self.completers.is_empty() {
            let implementation = self.completion_implementation();
            add(
                implementation,
                quote!(with_completion),
                quote!(export_completion),
                quote!(completion),
            );
        }
        vec![
            parse_quote! {
                #[doc(hidden)]
                #[allow(dead_code, reason = "only the component's exports use it")]
                pub enum __Plugin {}
            },
            parse_quote! {
                #[allow(
                    unused_variables,
                    clippy::all,
                    clippy::pedantic,
                    reason = "generated code"
                )]
                const _: () = {
                    #(#implementations)*
                    #[cfg(target_arch = "wasm32")]
                    const _: () = {
                        #(#exports)*
                    };
                };
            },
            parse_quote! {
                /// The plugin as the runtime sees it, for tests.
                #[cfg(not(target_arch = "wasm32"))]
                #[allow(dead_code, reason = "not every plugin is tested through it")]
                pub fn plugin() -> ::portcullis_sdk::testing::Plugin {
                    ::portcullis_sdk::testing::Plugin::default() #(#tables)*
                }
            },
        ]
    }

    fn tools_implementation(&self) -> TokenStream {
        let list = self.tools.iter().map(Tool::list);
        let arms = self.tools.iter().map(Tool::arm);
        quote! {
            impl ::portcullis_sdk::__internal::Tools for __Plugin {
                fn list() -> ::core::result::Result<
                    ::std::vec::Vec<::portcullis_sdk::__internal::WitTool>,
                    ::std::string::String,
                > {
                    let mut __list = ::std::vec::Vec::new();
                    #(#list)*
                    ::core::result::Result::Ok(__list)
                }

                fn call(
                    __name: &str,
                    __arguments: &str,
                    __context: ::portcullis_sdk::__internal::Context,
                ) -> ::core::result::Result<
                    ::portcullis_sdk::__internal::WitOutput,
                    ::portcullis_sdk::__internal::CallError,
                > {
                    match __name {
                        #(#arms)*
                        _ => ::core::result::Result::Err(
                            ::portcullis_sdk::__internal::CallError::UnknownTool,
                        ),
                    }
                }
            }
        }
    }

    fn resources_implementation(&self) -> TokenStream {
        let fixed = self.resources.iter().filter(|r| !r.is_template());
        let templates = self.resources.iter().filter(|r| r.is_template());
        let list = fixed.clone().map(Resource::list);
        let listings = self.listings.iter().map(Listing::list);
        let template_list = templates.clone().map(Resource::list);
        // A fixed URI counts before a template that would cover it too.
        let reads = fixed.chain(templates).map(Resource::read);
        quote! {
            impl ::portcullis_sdk::__internal::Resources for __Plugin {
                fn list() -> ::core::result::Result<
                    ::std::vec::Vec<::portcullis_sdk::__internal::ResourceDescription>,
                    ::std::string::String,
                > {
                    #[allow(unused_mut)]
                    let mut __list = ::std::vec::Vec::new();
                    #(#list)*
                    #(#listings)*
                    ::core::result::Result::Ok(__list)
                }

                fn templates() -> ::std::vec::Vec<::portcullis_sdk::__internal::TemplateDescription> {
                    #[allow(unused_mut)]
                    let mut __list = ::std::vec::Vec::new();
                    #(#template_list)*
                    __list
                }

                fn read(
                    __uri: &str,
                    __context: ::portcullis_sdk::__internal::Context,
                ) -> ::core::result::Result<
                    ::portcullis_sdk::__internal::ReadOutput,
                    ::portcullis_sdk::__internal::ReadError,
                > {
                    #(#reads)*
                    ::core::result::Result::Err(
                        ::portcullis_sdk::__internal::ReadError::NotFound,
                    )
                }
            }
        }
    }

    fn prompts_implementation(&self) -> TokenStream {
        let list = self.prompts.iter().map(Prompt::list);
        let arms = self.prompts.iter().map(Prompt::arm);
        quote! {
            impl ::portcullis_sdk::__internal::Prompts for __Plugin {
                fn list() -> ::std::vec::Vec<::portcullis_sdk::__internal::WitPrompt> {
                    let mut __list = ::std::vec::Vec::new();
                    #(#list)*
                    __list
                }

                fn get(
                    __name: &str,
                    __arguments: &[(::std::string::String, ::std::string::String)],
                    __context: ::portcullis_sdk::__internal::Context,
                ) -> ::core::result::Result<
                    ::portcullis_sdk::__internal::GetOutput,
                    ::portcullis_sdk::__internal::GetError,
                > {
                    let __arguments = ::portcullis_sdk::__internal::PromptArguments(__arguments);
                    match __name {
                        #(#arms)*
                        _ => ::core::result::Result::Err(
                            ::portcullis_sdk::__internal::GetError::UnknownPrompt,
                        ),
                    }
                }
            }
        }
    }

    fn completion_implementation(&self) -> TokenStream {
        let completers = self.completers.iter().map(Completer::complete);
        quote! {
            impl ::portcullis_sdk::__internal::Completion for __Plugin {
                fn complete(
                    __reference: &::portcullis_sdk::__internal::Reference,
                    __argument: &str,
                    __value: ::std::string::String,
                    __resolved: ::portcullis_sdk::Resolved,
                    __context: ::portcullis_sdk::__internal::Context,
                ) -> ::core::result::Result<
                    ::portcullis_sdk::__internal::WitSuggestions,
                    ::std::string::String,
                > {
                    #(#completers)*
                    ::core::result::Result::Ok(::portcullis_sdk::__internal::no_suggestions())
                }
            }
        }
    }
}
