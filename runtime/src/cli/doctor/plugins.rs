//! Each plugin: its component, its secrets and, if that is wanted, what it says.

use std::sync::Arc;

use super::finding::{Finding, Status};
use crate::cli::home::Home;
use crate::cli::serve;
use crate::policy::SecretRule;
use crate::registry::{Entry, read_secret};
use crate::wasm::{self, Engine, Services};

pub(super) async fn check(home: &Home, call: bool, findings: &mut Vec<Finding>) {
    let engine = match home.engine(1) {
        Ok(engine) => engine,
        Err(error) => {
            findings.push(Finding::error("sandbox", format!("{error:#}")));
            return;
        }
    };
    findings.push(Finding::ok("sandbox", "starts"));
    let config = &home.read.config;
    let sealing_key = &config.server.sealing_key;
    if let (Some(_), Err(error)) = (sealing_key, serve::seal(sealing_key.as_ref()).await) {
        let fix = "without it `serve` does not start";
        findings.push(Finding::error("secrets", format!("{error:#}")).fix(fix));
    }
    let (snapshot, unserved) = home.snapshot(&engine, Services::default()).await;
    for name in config.plugins.keys() {
        component(home, &engine, name, findings);
        match snapshot.plugin(name) {
            Some(entry) => {
                for (secret, rule) in &entry.policy.secrets {
                    findings.push(secret_of(name, secret, rule).await);
                }
                if call {
                    findings.push(answer(home, entry).await);
                }
            }
            None if !config.plugins[name].enabled => {
                let said = "it is installed and not served, since `enabled` is false";
                findings.push(Finding::ok("plugins", said).of(name));
            }
            // What is wrong with its files was told.
            None if findings.iter().any(|finding| {
                finding.status == Status::Error && finding.plugin.as_deref() == Some(name)
            }) => {}
            None => {
                let why = unserved.iter().find(|unserved| unserved.plugin == *name);
                let said = why.map_or_else(String::new, |unserved| unserved.cause.clone());
                let said = format!("it is not served: {said}");
                findings.push(Finding::error("plugins", said).of(name));
            }
        }
    }
}

/// Whether the component is one that this program can run.
fn component(home: &Home, engine: &Arc<Engine>, name: &str, findings: &mut Vec<Finding>) {
    let Some(locked) = home.read.lock.plugins.get(name) else {
        return;
    };
    // What cannot be read was told with the files.
    let Ok(bytes) = home.store.read(&locked.component) else {
        return;
    };
    findings.push(match wasm::inspect(engine, &bytes) {
        Ok(found) => {
            let exports = found.exports.names().join(", ");
            let said = format!("{} can be run; it exports {exports}", locked.version);
            Finding::ok("plugins", said).of(name)
        }
        Err(cause) => Finding::error("plugins", format!("it cannot be run here: {cause}"))
            .of(name)
            .fix("install a version of the plugin that is built for this portcullis"),
    });
}

/// Whether a secret can be read and sent. It is not shown.
async fn secret_of(plugin: &str, name: &str, rule: &SecretRule) -> Finding {
    let unusable = match read_secret(&rule.source).await {
        Err(why) => Some(why),
        Ok(secret) => {
            let filled = rule.format.fill(secret.trim_end_matches(['\r', '\n']));
            filled.err().map(|why| why.to_string())
        }
    };
    match unusable {
        None => Finding::ok("secrets", format!("`{name}` can be read")),
        Some(why) => Finding::error("secrets", format!("`{name}`: {why}"))
            .fix("the plugin is not started without it; mend its source, or grant another"),
    }
    .of(plugin)
}

/// What the plugin says when it is asked what it offers.
async fn answer(home: &Home, entry: &Entry) -> Finding {
    match home.descriptions.asked(entry).await {
        Ok(offered) => {
            let tools: Vec<&str> = offered
                .tools
                .iter()
                .map(|tool| tool.name.as_str())
                .collect();
            let said = match tools.as_slice() {
                [] => "it answers, and offers no tools".to_owned(),
                tools => format!("it answers with its tools: {}", tools.join(", ")),
            };
            Finding::ok("call", said)
        }
        Err(cause) => Finding::error("call", cause)
            .fix("see what it needs with `portcullis inspect`, or tell its author"),
    }
    .of(&entry.name)
}
