//! `portcullis list`

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;

use super::home::Home;
use super::{Global, block_on, table};
use crate::wasm::Services;

/// List the installed plugins and what they offer.
#[derive(Args)]
pub(super) struct List {}

#[derive(Serialize)]
struct Listed {
    name: String,
    version: Option<String>,
    source: String,
    prefix: Option<String>,
    enabled: bool,
    /// Why it is not served, if it is not.
    problem: Option<String>,
    tools: Vec<String>,
    resources: Vec<String>,
    resource_templates: Vec<String>,
    prompts: Vec<String>,
    granted: Vec<String>,
}

impl List {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        let (snapshot, unserved) = block_on(async {
            let engine = home.engine(1)?;
            anyhow::Ok(home.snapshot(&engine, Services::default()).await)
        })?;
        let mut problems: BTreeMap<String, String> = unserved
            .into_iter()
            .map(|unserved| (unserved.plugin, unserved.cause))
            .collect();
        let catalog = &snapshot.catalog;
        let listed: Vec<Listed> = home
            .read
            .config
            .plugins
            .iter()
            .map(|(name, plugin)| Listed {
                name: name.clone(),
                version: home
                    .read
                    .lock
                    .plugins
                    .get(name)
                    .map(|locked| locked.version.clone()),
                source: plugin.source.to_string(),
                prefix: plugin.prefix.clone(),
                enabled: plugin.enabled,
                problem: problems.remove(name),
                tools: catalog
                    .tools()
                    .iter()
                    .filter(|entry| entry.plugin.name == *name)
                    .map(|entry| entry.tool.name.clone())
                    .collect(),
                resources: catalog
                    .resources()
                    .iter()
                    .filter(|entry| entry.plugin.name == *name)
                    .map(|entry| entry.resource.uri.clone())
                    .collect(),
                resource_templates: catalog
                    .templates()
                    .iter()
                    .filter(|entry| entry.plugin.name == *name)
                    .map(|entry| entry.template.uri_template.clone())
                    .collect(),
                prompts: catalog
                    .prompts()
                    .iter()
                    .filter(|entry| entry.plugin.name == *name)
                    .map(|entry| entry.prompt.name.clone())
                    .collect(),
                granted: super::granted(&plugin.grant),
            })
            .collect();
        if global.json {
            super::print_json(&listed)?;
            return Ok(ExitCode::SUCCESS);
        }
        if listed.is_empty() {
            println!("no plugins are installed; `portcullis add FOLDER` installs one");
            return Ok(ExitCode::SUCCESS);
        }
        let mut rows = vec![
            [
                "NAME",
                "VERSION",
                "TOOLS",
                "RESOURCES",
                "PROMPTS",
                "GRANTED",
            ]
            .map(str::to_owned)
            .to_vec(),
        ];
        for plugin in &listed {
            rows.push(vec![
                plugin.name.clone(),
                plugin.version.clone().unwrap_or_else(|| "-".to_owned()),
                plugin.tools.len().to_string(),
                (plugin.resources.len() + plugin.resource_templates.len()).to_string(),
                plugin.prompts.len().to_string(),
                match plugin.granted.as_slice() {
                    [] => "nothing".to_owned(),
                    granted => granted.join(" "),
                },
            ]);
        }
        table::print(&rows);
        for plugin in &listed {
            if let Some(problem) = &plugin.problem {
                super::warn(format_args!(
                    "plugin `{}` is not served: {problem}",
                    plugin.name
                ));
            } else if !plugin.enabled {
                eprintln!("note: plugin `{}` is not enabled", plugin.name);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
