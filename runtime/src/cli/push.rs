//! `portcullis push`

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::progress::Bar;
use super::{Global, block_on};
use crate::package::{Interfaces, Source, pack};
use crate::wasm;

/// Pack a plugin and put it into a registry, and print its reference with the
/// digest that it has there.
///
/// The artifact has the CNCF's layout for WebAssembly, so other tools for
/// components know it too. Credentials are those of `docker login`. A registry on
/// this machine may be without TLS.
#[derive(Args)]
pub(super) struct Push {
    /// The folder with the plugin's `plugin.toml`, or a packed file.
    plugin: PathBuf,
    /// Where to: oci://REGISTRY/REPOSITORY:TAG.
    reference: String,
}

impl Push {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let target = Source::parse(&self.reference)?;
        let package = pack(&self.plugin)?;
        let name = package.manifest.to_string();
        let (exports, imports) = wasm::interfaces(&package.component)
            .map_err(|cause| anyhow::anyhow!("`{}`: {cause}", self.plugin.display()))?;
        let interfaces = Interfaces { exports, imports };
        let pushing = target.push(package, &interfaces, Bar::on_terminal());
        let reference = block_on(async { Ok(pushing.await?) })?;
        if global.json {
            super::print_json(&serde_json::json!({ "pushed": reference }))?;
        } else {
            eprintln!("pushed {name}");
            println!("{reference}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
