//! What `wit-bindgen` generates from the plugin contract, and nothing else.
//!
//! One world for each exported interface, so that a plugin exports just those
//! it has something for; the interfaces they share are generated once, in
//! [`imports`], and mapped in the others. The macros that export an interface
//! also carry its part of the component's type, so an interface whose macro a
//! plugin does not use leaves no trace in it. An import leaves none either
//! where nothing calls it.
//!
//! The contract is the folder of this repository; a package of this crate needs
//! a copy of it where the path points.

#![allow(
    missing_docs,
    unreachable_pub,
    clippy::allow_attributes_without_reason,
    clippy::undocumented_unsafe_blocks,
    unsafe_op_in_unsafe_fn,
    rustdoc::all,
    reason = "generated code"
)]

pub mod imports {
    wit_bindgen::generate!({
        path: "../wit",
        world: "portcullis:plugin/imports",
        async: false,
        additional_derives: [PartialEq],
        generate_all,
        generate_unused_types: true,
    });
}

pub mod tools {
    wit_bindgen::generate!({
        path: "../wit",
        world: "portcullis:plugin/tools-plugin",
        async: false,
        additional_derives: [PartialEq],
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_tools",
        default_bindings_module: "::portcullis_sdk::bindings::tools",
        with: {
            "portcullis:plugin/changes@0.1.0": crate::bindings::imports::portcullis::plugin::changes,
            "portcullis:plugin/content@0.1.0": crate::bindings::imports::portcullis::plugin::content,
            "portcullis:plugin/input@0.1.0": crate::bindings::imports::portcullis::plugin::input,
            "portcullis:plugin/progress@0.1.0": crate::bindings::imports::portcullis::plugin::progress,
            "portcullis:plugin/tasks@0.1.0": crate::bindings::imports::portcullis::plugin::tasks,
            "wasi:config/store@0.2.0-rc.1": crate::bindings::imports::wasi::config::store,
            "wasi:keyvalue/atomics@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::atomics,
            "wasi:keyvalue/batch@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::batch,
            "wasi:keyvalue/store@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::store,
            "wasi:logging/logging@0.1.0-draft": crate::bindings::imports::wasi::logging::logging,
        },
    });
}

pub mod resources {
    wit_bindgen::generate!({
        path: "../wit",
        world: "portcullis:plugin/resources-plugin",
        async: false,
        additional_derives: [PartialEq],
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_resources",
        default_bindings_module: "::portcullis_sdk::bindings::resources",
        with: {
            "portcullis:plugin/changes@0.1.0": crate::bindings::imports::portcullis::plugin::changes,
            "portcullis:plugin/content@0.1.0": crate::bindings::imports::portcullis::plugin::content,
            "portcullis:plugin/input@0.1.0": crate::bindings::imports::portcullis::plugin::input,
            "portcullis:plugin/progress@0.1.0": crate::bindings::imports::portcullis::plugin::progress,
            "portcullis:plugin/tasks@0.1.0": crate::bindings::imports::portcullis::plugin::tasks,
            "wasi:config/store@0.2.0-rc.1": crate::bindings::imports::wasi::config::store,
            "wasi:keyvalue/atomics@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::atomics,
            "wasi:keyvalue/batch@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::batch,
            "wasi:keyvalue/store@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::store,
            "wasi:logging/logging@0.1.0-draft": crate::bindings::imports::wasi::logging::logging,
        },
    });
}

pub mod prompts {
    wit_bindgen::generate!({
        path: "../wit",
        world: "portcullis:plugin/prompts-plugin",
        async: false,
        additional_derives: [PartialEq],
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_prompts",
        default_bindings_module: "::portcullis_sdk::bindings::prompts",
        with: {
            "portcullis:plugin/changes@0.1.0": crate::bindings::imports::portcullis::plugin::changes,
            "portcullis:plugin/content@0.1.0": crate::bindings::imports::portcullis::plugin::content,
            "portcullis:plugin/input@0.1.0": crate::bindings::imports::portcullis::plugin::input,
            "portcullis:plugin/progress@0.1.0": crate::bindings::imports::portcullis::plugin::progress,
            "portcullis:plugin/tasks@0.1.0": crate::bindings::imports::portcullis::plugin::tasks,
            "wasi:config/store@0.2.0-rc.1": crate::bindings::imports::wasi::config::store,
            "wasi:keyvalue/atomics@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::atomics,
            "wasi:keyvalue/batch@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::batch,
            "wasi:keyvalue/store@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::store,
            "wasi:logging/logging@0.1.0-draft": crate::bindings::imports::wasi::logging::logging,
        },
    });
}

pub mod completion {
    wit_bindgen::generate!({
        path: "../wit",
        world: "portcullis:plugin/completion-plugin",
        async: false,
        additional_derives: [PartialEq],
        generate_all,
        pub_export_macro: true,
        export_macro_name: "export_completion",
        default_bindings_module: "::portcullis_sdk::bindings::completion",
        with: {
            "portcullis:plugin/changes@0.1.0": crate::bindings::imports::portcullis::plugin::changes,
            "portcullis:plugin/content@0.1.0": crate::bindings::imports::portcullis::plugin::content,
            "portcullis:plugin/input@0.1.0": crate::bindings::imports::portcullis::plugin::input,
            "portcullis:plugin/progress@0.1.0": crate::bindings::imports::portcullis::plugin::progress,
            "portcullis:plugin/tasks@0.1.0": crate::bindings::imports::portcullis::plugin::tasks,
            "wasi:config/store@0.2.0-rc.1": crate::bindings::imports::wasi::config::store,
            "wasi:keyvalue/atomics@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::atomics,
            "wasi:keyvalue/batch@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::batch,
            "wasi:keyvalue/store@0.2.0-draft2": crate::bindings::imports::wasi::keyvalue::store,
            "wasi:logging/logging@0.1.0-draft": crate::bindings::imports::wasi::logging::logging,
        },
    });
}
