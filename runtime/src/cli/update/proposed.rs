//! How another version of a plugin differs, for people and as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::cli::inspect::request_rows;
use crate::cli::regrant::words;
use crate::cli::table;
use crate::policy::{GrantFlag, printable};
use crate::registry::{Proposal, Reading, ReadingChange};

/// Everything that differs, in lines. What cannot be seen is escaped.
pub(super) fn rendered(proposal: &Proposal) -> String {
    let mut text = String::new();
    let (installed, package) = (&proposal.installed, &proposal.package);
    let version = package.manifest.version.to_string();
    let _ = writeln!(text, "{} {} -> {version}", proposal.name, installed.version);
    for (what, from, to) in [
        ("component", installed.component, package.component_digest),
        ("manifest", installed.manifest, package.manifest_digest),
    ] {
        if from != to {
            let _ = writeln!(text, "  {what} {from}\n  {:>9} {to}", "->");
        }
    }
    let requests = &proposal.requests;
    for (what, lines) in [
        ("it asks for this anew:", &requests.added),
        ("it does not ask for this any more:", &requests.removed),
    ] {
        if !lines.is_empty() {
            let _ = writeln!(text, "{what}");
            text.push_str(&table::rendered(&request_rows(lines), "  "));
        }
    }
    let mut granted = |what: &str, flags: &[GrantFlag]| {
        if !flags.is_empty() {
            let _ = writeln!(text, "{what}: {}", words(flags));
        }
    };
    granted(
        "granted already, and allows more than before",
        &proposal.widened,
    );
    granted("granted with it", &proposal.added);
    granted(
        "granted no more, since it is not asked for",
        &proposal.not_asked,
    );
    if !proposal.missing.is_empty() {
        let _ = writeln!(text, "not granted: {}", proposal.missing.join(" "));
    }
    match &proposal.readings {
        None => text
            .push_str("what models read of it is known when it has the settings that it needs\n"),
        Some(readings) if readings.is_empty() => {
            text.push_str("models read the same of it as before\n");
        }
        Some(readings) => {
            text.push_str("models read something else of it:\n");
            for reading in readings {
                render(reading, &mut text);
            }
        }
    }
    for hidden in &proposal.hidden {
        let _ = writeln!(text, "warning: {}", printable(&hidden.to_string()));
    }
    text
}

fn render(reading: &Reading, text: &mut String) {
    let is = match reading.change {
        ReadingChange::New => "is new",
        ReadingChange::Changed => "has changed",
        ReadingChange::Gone => "is gone",
    };
    let _ = writeln!(
        text,
        "  {} `{}` {is}",
        reading.what,
        printable(&reading.name)
    );
    for member in &reading.members {
        if reading.change == ReadingChange::New && member.member == "name" {
            continue;
        }
        let _ = writeln!(text, "    {}", printable(&member.member));
        for (sign, value) in [("-", &member.before), ("+", &member.after)] {
            let Some(value) = value else { continue };
            let value = match value {
                Value::String(text) => text.clone(),
                value => value.to_string(),
            };
            for line in value.split('\n') {
                let _ = writeln!(text, "      {sign} {}", printable(line));
            }
        }
    }
}

pub(super) fn as_json(proposal: &Proposal) -> Value {
    let (installed, package) = (&proposal.installed, &proposal.package);
    let texts =
        |flags: &[GrantFlag]| -> Vec<String> { flags.iter().map(ToString::to_string).collect() };
    let hidden = proposal.hidden.iter().map(ToString::to_string);
    json!({
        "plugin": proposal.name,
        "from": installed.version,
        "version": package.manifest.version.to_string(),
        "component": { "from": installed.component, "to": package.component_digest },
        "manifest": { "from": installed.manifest, "to": package.manifest_digest },
        "requests": proposal.requests,
        "widened": texts(&proposal.widened),
        "granted": texts(&proposal.added),
        "revoked": texts(&proposal.not_asked),
        "not_granted": proposal.missing,
        "readings": proposal.readings,
        "hidden_text": hidden.collect::<Vec<_>>(),
    })
}
