//! Reading the secrets that a policy names, when their plugin is loaded.
//!
//! A secret goes from its source into a header value marked sensitive, and
//! nowhere else. Messages name the source, never the secret.

use std::process::Stdio;

use http::HeaderValue;

use crate::policy::{Policy, SecretSource};
use crate::wasm::Secrets;

/// Reads every secret of a policy.
pub(super) async fn resolve(policy: &Policy) -> Result<Secrets, String> {
    let mut secrets = Secrets::new();
    for (name, rule) in &policy.secrets {
        let secret = read(&rule.source)
            .await
            .map_err(|why| format!("secret `{name}`: {why}"))?;
        let header = rule
            .format
            .fill(secret.trim_end_matches(['\r', '\n']))
            .map_err(|why| format!("secret `{name}`: {why}"))?;
        let mut value = HeaderValue::from_str(&header)
            .map_err(|_| format!("secret `{name}`: it cannot stand in a header"))?;
        value.set_sensitive(true);
        secrets.insert(name.clone(), value);
    }
    Ok(secrets)
}

/// Reads a secret from its source. The error names the source.
pub async fn read(source: &SecretSource) -> Result<String, String> {
    match source {
        SecretSource::Env(variable) => std::env::var(variable)
            .map_err(|_| format!("the environment variable `{variable}` is not set")),
        SecretSource::File(path) => tokio::fs::read_to_string(path)
            .await
            .map_err(|error| format!("cannot read `{}`: {error}", path.display())),
        SecretSource::Command(command) => {
            let [program, arguments @ ..] = command.as_slice() else {
                return Err("the command is empty".to_owned());
            };
            let output = tokio::process::Command::new(program)
                .args(arguments)
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .output()
                .await
                .map_err(|error| format!("cannot run `{program}`: {error}"))?;
            if !output.status.success() {
                return Err(format!("`{program}` ended with {}", output.status));
            }
            String::from_utf8(output.stdout)
                .map_err(|_| format!("`{program}` printed what is not UTF-8"))
        }
    }
}
