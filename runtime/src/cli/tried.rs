//! Plugins that are tried and not installed: `--plugin SOURCE --grant …`.

use std::fs;
use std::sync::Arc;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use tempfile::TempDir;

use super::add::absolute;
use super::flags;
use super::home::Home;
use super::progress::Bar;
use crate::audit::Log;
use crate::config::Config;
use crate::locations::Locations;
use crate::package::Source;
use crate::policy::{self, Grant};
use crate::registry::Candidate;

/// The plugins to try, each with what it is granted. Grants belong to the plugin
/// before them.
#[derive(Default)]
pub(super) struct Tried(Vec<One>);

struct One {
    source: String,
    grants: Vec<String>,
}

impl Tried {
    /// A home in which these plugins are installed and no others, with the
    /// admin's limits, server settings and cache of compiled code; it lasts as
    /// long as its folder, the second part of the result. The admin's own home
    /// where there is nothing to try.
    pub(super) async fn install(self, home: Home) -> anyhow::Result<(Home, Option<TempDir>)> {
        if self.0.is_empty() {
            return Ok((home, None));
        }
        let folder = tempfile::Builder::new().prefix("portcullis-").tempdir()?;
        let locations = Locations {
            config: folder.path().join("portcullis.toml"),
            data: folder.path().join("data"),
        };
        fs::write(&locations.config, defaults(&home)?)?;
        let scratch = || -> anyhow::Result<Home> {
            Ok(Home {
                cache: home.cache.clone(),
                ..Home::at(locations.clone())?
            })
        };
        // What is tried is granted for this run, and the calls are recorded.
        let installer = scratch()?.into_installer_recording(Arc::new(Log::none()))?;
        for one in self.0 {
            let source = absolute(Source::parse(&one.source)?)?;
            let trust = &home.read.config.trust;
            let package = source.fetch(trust, Bar::on_terminal()).await?;
            let name = package.manifest.name.clone();
            let source = source.to_string();
            // Before anything of it is run. The home that it is installed in has no
            // keys, so it is not checked again.
            let checked = trust.check(&source, &package);
            checked
                .map_err(|untrusted| anyhow::anyhow!("plugin `{name}` is refused: {untrusted}"))?;
            let mut grant = Grant::default();
            for flag in flags::read("--grant ", &one.grants)? {
                flag.apply(&mut grant);
            }
            let request = &package.manifest.request;
            let missing = policy::missing_flags(request, &grant, &home.read.config.limits);
            if !missing.is_empty() {
                super::warn(format!(
                    "plugin `{name}` is not granted all that it asks for: {}",
                    missing.join(" ")
                ));
            }
            let candidate = Candidate {
                package,
                name,
                source,
                prefix: None,
                grant,
            };
            installer.install(candidate).await?;
        }
        let mut scratch = scratch()?;
        scratch.read.config.server = home.read.config.server;
        Ok((scratch, Some(folder)))
    }
}

/// A config with the limits that the admin gives plugins by default.
fn defaults(home: &Home) -> anyhow::Result<String> {
    let Some(text) = Config::read(&home.locations.config)? else {
        return Ok(String::new());
    };
    let mut config: toml::Table = str::from_utf8(&text)?.parse()?;
    config.retain(|table, _| table == "defaults");
    Ok(config.to_string())
}

impl Args for Tried {
    fn augment_args(command: Command) -> Command {
        let plugin = Arg::new("plugin").long("plugin").value_name("SOURCE");
        let grant = Arg::new("grant").long("grant").value_name("KEY=VALUE");
        command
            .arg(plugin.action(ArgAction::Append).help(
                "A plugin that is not installed: a folder, a component's file, \
                 https://HOST/FILE.wasm, or oci://REGISTRY/REPOSITORY:TAG",
            ))
            .arg(
                grant
                    .action(ArgAction::Append)
                    .requires("plugin")
                    .help("Grant one thing to the plugin before it, as with `add`"),
            )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Tried {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |id: &str| -> Vec<(usize, String)> {
            let values = matches.get_many::<String>(id).into_iter().flatten();
            let indices = matches.indices_of(id).into_iter().flatten();
            indices.zip(values.cloned()).collect()
        };
        let plugins = given("plugin");
        let mut all: Vec<One> = Vec::new();
        let mut grants = given("grant").into_iter().peekable();
        for (index, (_, source)) in plugins.iter().enumerate() {
            let next = plugins.get(index + 1).map_or(usize::MAX, |next| next.0);
            let mut one = One {
                source: source.clone(),
                grants: Vec::new(),
            };
            let start = plugins[index].0;
            while let Some((at, grant)) = grants.next_if(|(at, _)| *at < next) {
                if at < start {
                    return Err(clap::Error::raw(
                        ErrorKind::ArgumentConflict,
                        "a --grant stands before the --plugin that it is for; accepted: after it\n",
                    ));
                }
                one.grants.push(grant);
            }
            all.push(one);
        }
        Ok(Tried(all))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
