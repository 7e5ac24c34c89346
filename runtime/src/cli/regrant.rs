//! What `grant`, `revoke` and `limits` have in common: how grants are written on
//! the command line, and what is said of a change.

use std::process::ExitCode;

use super::home::Home;
use super::inspect::request_rows;
use super::{Global, block_on, table};
use crate::policy::{self, GrantFlag, LimitField, Limits, printable};
use crate::registry::{GrantChange, Regranted};

/// Grants as `add --grant` takes them: they are written so, or after one word
/// that says what they all are.
pub(super) fn spelled(words: &[String]) -> Vec<String> {
    let separator = match words.first().map(String::as_str) {
        Some("http" | "instances") => "=",
        Some("filesystem" | "settings" | "secrets" | "limits") => ".",
        _ => return words.to_vec(),
    };
    let (first, rest) = (&words[0], &words[1..]);
    if rest.is_empty() {
        return words.to_vec();
    }
    rest.iter()
        .map(|word| format!("{first}{separator}{word}"))
        .collect()
}

/// Changes what a plugin is granted, and says what became different.
pub(super) fn regrant(
    global: &Global,
    name: &str,
    change: GrantChange,
) -> anyhow::Result<ExitCode> {
    let home = Home::open(global)?;
    let defaults = home.read.config.limits.clone();
    let installer = home.into_installer()?;
    let regranted = block_on(async { Ok(installer.regrant(name, &change).await?) })?;
    if global.json {
        super::print_json(&as_json(name, &regranted, &defaults))?;
        return Ok(ExitCode::SUCCESS);
    }
    for (what, flags) in [
        ("granted", &regranted.added),
        ("revoked", &regranted.revoked),
    ] {
        if !flags.is_empty() {
            println!("{what}: {}", words(flags));
        }
    }
    if regranted.added.is_empty() && regranted.revoked.is_empty() {
        println!("nothing changed");
    }
    print_standing(name, &regranted, &defaults);
    Ok(ExitCode::SUCCESS)
}

/// Says what a plugin asks for, and what it is granted.
pub(super) fn show(global: &Global, name: &str) -> anyhow::Result<ExitCode> {
    let (regranted, defaults) = standing(global, name)?;
    if global.json {
        super::print_json(&as_json(name, &regranted, &defaults))?;
        return Ok(ExitCode::SUCCESS);
    }
    println!("{name} asks for:");
    let asks = policy::summary(&regranted.request);
    if asks.is_empty() {
        println!("  nothing");
    }
    print!("{}", table::rendered(&request_rows(&asks), "  "));
    print_standing(name, &regranted, &defaults);
    Ok(ExitCode::SUCCESS)
}

/// Says what the calls of a plugin may use up.
pub(super) fn show_limits(global: &Global, name: &str) -> anyhow::Result<ExitCode> {
    let (regranted, defaults) = standing(global, name)?;
    let (asked, granted) = (&regranted.request.limits, &regranted.grant.limits);
    let limits = defaults.effective(asked, granted);
    if global.json {
        super::print_json(&serde_json::json!({ "plugin": name, "limits": limits }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["LIMIT", "VALUE", ""].map(str::to_owned).to_vec()];
    for field in LimitField::ALL {
        let why = match (granted.get(field), asked.get(field)) {
            (Some(_), _) => "granted".to_owned(),
            (None, Some(ask)) if ask > limits.get(field) => {
                format!("it asks for {}", field.display(ask))
            }
            (None, Some(_)) => "as it asks".to_owned(),
            (None, None) => String::new(),
        };
        rows.push(vec![
            field.to_string(),
            field.display(limits.get(field)),
            why,
        ]);
    }
    table::print(&rows);
    Ok(ExitCode::SUCCESS)
}

/// How a plugin stands, by a change of nothing.
fn standing(global: &Global, name: &str) -> anyhow::Result<(Regranted, Limits)> {
    let home = Home::open(global)?;
    let defaults = home.read.config.limits.clone();
    Ok((home.into_installer()?.grants().standing(name)?, defaults))
}

fn print_standing(name: &str, regranted: &Regranted, defaults: &Limits) {
    let granted = match words(&regranted.grant.flags()) {
        granted if granted.is_empty() => "nothing".to_owned(),
        granted => granted,
    };
    println!("{name} is granted: {granted}");
    let missing = missing(regranted, defaults);
    if !missing.is_empty() {
        println!("not granted: {}", missing.join(" "));
    }
    if regranted.policy.is_none() {
        super::warn(
            "something else that it is granted does not fit; `portcullis verify` says what",
        );
    }
}

fn as_json(name: &str, regranted: &Regranted, defaults: &Limits) -> serde_json::Value {
    let texts =
        |flags: &[GrantFlag]| -> Vec<String> { flags.iter().map(ToString::to_string).collect() };
    serde_json::json!({
        "plugin": name,
        "added": texts(&regranted.added),
        "revoked": texts(&regranted.revoked),
        "requests": policy::summary(&regranted.request),
        "granted": texts(&regranted.grant.flags()),
        "not_granted": missing(regranted, defaults),
    })
}

/// What it asks for and is not granted, as this verb takes it.
fn missing(regranted: &Regranted, defaults: &Limits) -> Vec<String> {
    let flags = policy::missing_flags(&regranted.request, &regranted.grant, defaults);
    let bare = |flag: &String| flag.trim_start_matches("--grant ").to_owned();
    flags.iter().map(bare).collect()
}

/// Grants as they are written, on one line.
pub(super) fn words(flags: &[GrantFlag]) -> String {
    let words: Vec<String> = flags
        .iter()
        .map(|flag| printable(&flag.to_string()).into_owned())
        .collect();
    words.join(" ")
}
