//! `portcullis add`

use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use super::home::Home;
use super::inspect::request_rows;
use super::progress::{Bar, Working};
use super::{Global, block_on, flags, table};
use crate::package::{MAX_SIGNATURE_BYTES, Package, Signature, Source, Trust, Untrusted};
use crate::policy::{self, Grant, GrantFlag, Limits, Request};
use crate::registry::{Candidate, hidden_text};
use crate::state::{self, KeyValue, State};
use crate::wasm::Description;

/// Install a plugin, and grant it what it asks for.
///
/// From a folder, a component's file, an https URL or a registry. What is fetched
/// goes into the lock file with the digest that it had.
///
/// Shows what the plugin asks for and, on a terminal, asks whether to grant it.
/// Elsewhere the grants are given as flags; without any, nothing is installed
/// and the flags that would grant everything are printed.
#[derive(Args)]
pub(super) struct Add {
    /// The folder with the plugin's `plugin.toml`, a component's file,
    /// https://HOST/FILE.wasm, or oci://REGISTRY/REPOSITORY:TAG.
    source: String,
    /// What to call it; default: the name in its manifest.
    #[arg(long)]
    name: Option<String>,
    /// Put PREFIX_ before the names of its tools and prompts.
    #[arg(long)]
    prefix: Option<String>,
    /// Grant one thing: http=HOST[:PORT], filesystem.NAME=PATH[:ro], keyvalue,
    /// settings.NAME=VALUE, secrets.NAME=env:VAR|file:PATH, limits.FIELD=VALUE,
    /// instances=reuse. With http=ask and filesystem.NAME=ask:PATH the user is asked.
    #[arg(long = "grant", value_name = "KEY=VALUE")]
    grants: Vec<String>,
    /// Grant everything it asks for.
    #[arg(long)]
    grant_all: bool,
    /// Install it with nothing granted; what it tries will be refused.
    #[arg(long, conflicts_with_all = ["grants", "grant_all"])]
    grant_none: bool,
    /// A minisign signature of its packed file, or of its folder's `SHA256SUMS`, that
    /// does not lie beside it.
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    /// Give it what an earlier plugin of its name has kept in its store.
    #[arg(long)]
    keep_values: bool,
}

impl Add {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        let source = absolute(Source::parse(&self.source)?)?;
        let trust = &home.read.config.trust;
        // A signature that is given stands in the place of those that are found.
        let asked = match self.signature {
            Some(_) => &Trust::default(),
            None => trust,
        };
        let mut package = block_on(async { Ok(source.fetch(asked, Bar::on_terminal()).await?) })?;
        let name = self
            .name
            .clone()
            .unwrap_or_else(|| package.manifest.name.clone());
        if package.manifest.request.keyvalue.is_some() && !self.keep_values {
            refuse_values_of_another(&home, &name)?;
        }
        let source = source.to_string();
        let origin = package.origin.clone();
        if let Some(path) = &self.signature {
            use_signature(&mut package, path)?;
        }
        // Before the admin is asked to grant anything; installing checks it again.
        check_signature(trust, &source, &name, &package, self.signature.is_some())?;
        let limits = home.read.config.limits.clone();
        let grant = self.grant(&name, &package.manifest.request, &limits)?;
        let left_out = policy::missing_flags(&package.manifest.request, &grant, &limits);
        let version = package.manifest.version.to_string();
        let granted = super::granted(&grant);
        let candidate = Candidate {
            package,
            name: name.clone(),
            source,
            prefix: self.prefix.clone(),
            grant,
        };
        let installer = home.into_installer()?;
        let working = Working::on_terminal(&format!("compiling {name} and asking what it offers"));
        let (description, signed) = block_on(async { Ok(installer.install(candidate).await?) })?;
        drop(working);
        let comment = signed.as_ref().and_then(|signed| signed.comment.as_deref());
        let signer = signed.as_ref().map(|signed| signed.by.name.as_str());
        let hidden: Vec<String> = hidden_text(&description)
            .iter()
            .map(ToString::to_string)
            .collect();
        if global.json {
            let mut added = serde_json::json!({
                "added": name,
                "version": version,
                "granted": granted,
                "not_granted": left_out,
                "tools": description.tools.len(),
                "resources": description.resources.len(),
                "resource_templates": description.templates.len(),
                "prompts": description.prompts.len(),
                "hidden_text": hidden,
                "left_out": description.left_out,
            });
            if let Some(origin) = origin {
                added["origin"] = origin.into();
            }
            if let Some(signer) = signer {
                added["signed_by"] = signer.into();
                added["signature_comment"] = comment.into();
            }
            super::print_json(&added)?;
        } else {
            println!("added {name} {version}: {}", offered(&description));
            if let Some(origin) = origin {
                println!("from {origin}");
            }
            if let Some(signer) = signer {
                println!("signed by {signer}{}", shown(comment));
            }
            if !left_out.is_empty() {
                println!("not granted: {}", left_out.join(" "));
            }
            hidden.iter().for_each(super::warn);
            description.left_out.iter().for_each(super::warn);
        }
        Ok(ExitCode::SUCCESS)
    }

    /// What the admin grants, by flags or by answering.
    fn grant(&self, name: &str, request: &Request, limits: &Limits) -> anyhow::Result<Grant> {
        let mut grant = Grant::default();
        if self.grant_all {
            grant = policy::grant_all(request, limits).0;
        }
        for flag in flags::read("--grant ", &self.grants)? {
            flag.apply(&mut grant);
        }
        let missing = policy::missing_flags(request, &grant, limits);
        if !missing.is_empty() && !self.grant_none && (self.grants.is_empty() || self.grant_all) {
            if io::stdin().is_terminal() && io::stderr().is_terminal() {
                ask(name, request, limits, &mut grant)?;
            } else {
                bail!("{}", self.refusal(name, request, &missing));
            }
        }
        flags::from_here(&mut grant)?;
        Ok(grant)
    }

    fn refusal(&self, name: &str, request: &Request, missing: &[String]) -> String {
        let given: String = self
            .grants
            .iter()
            .map(|g| format!(" --grant {g}"))
            .collect();
        format!(
            "plugin `{name}` asks for what is not granted:\n{}\
             nothing was installed; this would install it with all of it:\n  \
             portcullis add {}{given} {}\n\
             `--grant-all` grants what needs no value of yours, `--grant-none` nothing",
            table::rendered(&request_rows(&policy::summary(request)), "  "),
            quoted(&self.source),
            missing.join(" "),
        )
    }
}

/// A path as the config keeps it, which is read from elsewhere.
pub(super) fn absolute(source: Source) -> anyhow::Result<Source> {
    let Source::Path(path) = source else {
        return Ok(source);
    };
    Ok(Source::Path(std::path::absolute(path)?))
}

/// Puts the admin's signature in the place of those that were found.
fn use_signature(package: &mut Package, path: &Path) -> anyhow::Result<()> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(MAX_SIGNATURE_BYTES).read_to_string(&mut text))
        .with_context(|| format!("cannot read the signature {}", path.display()))?;
    package.proof.signatures = vec![Signature::Minisign {
        name: path.display().to_string(),
        text,
    }];
    Ok(())
}

/// Refuses what has to be signed and is not.
fn check_signature(
    trust: &Trust,
    source: &str,
    name: &str,
    package: &Package,
    given: bool,
) -> anyhow::Result<()> {
    let refused =
        |untrusted: Untrusted| anyhow::anyhow!("plugin `{name}` was not installed: {untrusted}");
    if given && !trust.covers(source) {
        return Err(refused(Untrusted::Unchecked(source.to_owned())));
    }
    trust.check(source, package).map(|_| ()).map_err(refused)
}

/// What a signer wrote into a signature, fit for a terminal.
fn shown(comment: Option<&str>) -> String {
    match comment.map(str::trim) {
        None | Some("") => String::new(),
        Some(comment) => format!(": {}", policy::printable(comment)),
    }
}

/// A plugin that was taken out of the config by hand, or whose removal was
/// killed, may have left values that the next one of its name must not see.
fn refuse_values_of_another(home: &Home, name: &str) -> anyhow::Result<()> {
    let data = &home.locations.data;
    if home.read.config.plugins.contains_key(name) || !data.join(state::FILE).exists() {
        return Ok(());
    }
    let state = State::new(data);
    let kept: &dyn KeyValue = &state;
    // A state that cannot be read is found out about when the plugin is called.
    match block_on(async { Ok(kept.usage(name).await?) }) {
        Ok(bytes @ 1..) => bail!(
            "an earlier plugin `{name}` has kept {bytes} bytes in its store; \
             `portcullis remove {name}` deletes them, and `--keep-values` gives them to this one"
        ),
        _ => Ok(()),
    }
}

/// Shows what is asked for and, if the admin agrees, grants it: asks for each
/// value that only the admin knows.
fn ask(name: &str, request: &Request, limits: &Limits, grant: &mut Grant) -> anyhow::Result<()> {
    eprintln!("plugin `{name}` asks for:");
    eprint!(
        "{}",
        table::rendered(&request_rows(&policy::summary(request)), "  ")
    );
    if !matches!(answer("grant it? [y/N] ")?.as_str(), "y" | "Y" | "yes") {
        bail!("nothing was granted, and plugin `{name}` was not installed");
    }
    for flag in policy::grant_all(request, limits).0.flags() {
        flag.apply(grant);
    }
    // One value may settle more than one question: a setting that names a host
    // makes a host that can be granted. So the list is made again each time.
    while let Some(flag) = policy::missing_flags(request, grant, limits).first() {
        ask_for(flag)?.apply(grant);
    }
    Ok(())
}

/// Asks for what a flag of [`policy::missing_flags`] leaves to the admin.
pub(super) fn ask_for(flag: &str) -> anyhow::Result<GrantFlag> {
    let flag = flag.trim_start_matches("--grant ").trim_matches('\'');
    let (key, value) = flag.split_once('=').unwrap_or((flag, "VALUE"));
    let needs_admin = matches!(value, "PATH" | "VALUE" | "HOST" | "env:VARIABLE");
    let key = match key.strip_suffix(".NAME") {
        Some(table) => format!("{table}.{}", answer(&format!("{table}, its name: "))?),
        None => key.to_owned(),
    };
    let value = if needs_admin {
        let given = answer(&format!("{key} ({value}): "))?;
        if value == "env:VARIABLE" && !given.contains(':') {
            format!("env:{given}")
        } else {
            given
        }
    } else {
        value.to_owned()
    };
    policy::parse_flag(&format!("{key}={value}"))
        .map_err(|invalid| anyhow::anyhow!("{key}: {invalid}"))
}

pub(super) fn answer(question: &str) -> anyhow::Result<String> {
    eprint!("{question}");
    io::stderr().flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}

fn offered(description: &Description) -> String {
    let count = |count: usize, one: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        n => Some(format!("{n} {one}s")),
    };
    [
        count(description.tools.len(), "tool"),
        count(description.resources.len(), "resource"),
        count(description.templates.len(), "resource template"),
        count(description.prompts.len(), "prompt"),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ")
}

fn quoted(text: &str) -> String {
    if text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "/._-:@".contains(c))
    {
        text.to_owned()
    } else {
        format!("'{text}'")
    }
}
