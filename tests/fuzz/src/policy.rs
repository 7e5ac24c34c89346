//! What is decided of a manifest and a grant.

use std::path::Path;

use portcullis::config::{Config, PluginConfig};
use portcullis::package::Manifest;
use portcullis::policy::{
    ANY_DIRECTORY, Grant, HttpRule, HttpTarget, Instances, LimitField, Limits, Mount, Origin,
    Policy, Request, decide, missing_flags,
};

/// A manifest, a line of `===`, and a configuration: what is decided for a
/// plugin is within what the manifest asks for and within what is granted.
pub fn policy(bytes: &[u8]) {
    let Some((manifest, config)) = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| text.split_once("\n===\n"))
    else {
        return;
    };
    let file = Path::new("/portcullis.toml");
    let config = match Config::parse(config, file, Some(Path::new("/home"))) {
        Ok(config) => config,
        Err(diagnostics) => return crate::files::assert_placed(config, &diagnostics),
    };
    let Ok(manifest) = Manifest::parse(manifest, Path::new("plugin.toml")) else {
        return;
    };
    for PluginConfig { grant, .. } in config.plugins.values() {
        let decided = decide(&manifest.request, grant, &config.limits);
        assert_eq!(decided, decide(&manifest.request, grant, &config.limits));
        if let Ok(policy) = decided {
            assert_within(&policy, &manifest.request, grant, &config.limits);
            // Asking what is missing asks for nothing that is there.
            missing_flags(&manifest.request, grant, &config.limits);
        }
    }
}

fn assert_within(policy: &Policy, request: &Request, grant: &Grant, defaults: &Limits) {
    for rule in policy.http.rules() {
        assert_granted(rule, grant);
        assert_requested(rule, request, policy);
    }
    for mount in &policy.filesystem {
        assert_mount(mount, request, grant);
    }
    assert!(policy.keyvalue.is_none() || grant.keyvalue && request.keyvalue.is_some());
    assert!(
        policy.instances == Instances::Fresh
            || grant.instances == Instances::Reuse && request.instances == Instances::Reuse
    );
    for (name, value) in &policy.settings {
        let asked = request.settings.get(name).expect("it is asked for");
        let given = grant.settings.get(name).or(asked.default.as_ref());
        assert_eq!(given, Some(value));
    }
    for name in policy.secrets.keys() {
        assert!(request.secrets.contains_key(name) && grant.secrets.contains_key(name));
    }
    for field in LimitField::ALL {
        let limit = policy.limits.get(field);
        match grant.limits.get(field) {
            Some(granted) => assert_eq!(limit, granted),
            None => assert!(limit <= defaults.get(field)),
        }
    }
}

/// All of a rule is in one grant, with its methods and addresses.
fn assert_granted(rule: &HttpRule, grant: &Grant) {
    let within = grant.http.iter().any(|granted| {
        let methods = granted.methods.as_ref();
        within(&rule.origin, &granted.origin)
            && methods.is_none_or(|methods| rule.methods.is_subset(methods))
            && rule.addresses == granted.addresses
    });
    assert!(within, "{rule} is not granted");
}

/// Each method of a rule is asked for at its origin.
fn assert_requested(rule: &HttpRule, request: &Request, policy: &Policy) {
    for method in &rule.methods {
        let asked = request.http.iter().any(|asked| {
            let is_there = match &asked.target {
                HttpTarget::Origin(origin) => within(&rule.origin, origin),
                HttpTarget::Any => true,
                HttpTarget::Setting(name) => policy
                    .settings
                    .get(name)
                    .and_then(|url| Origin::of_url(url).ok())
                    .is_some_and(|origin| within(&rule.origin, &origin)),
            };
            is_there && asked.methods.contains(method)
        });
        assert!(asked, "{method} {rule} is not asked for");
    }
}

fn assert_mount(mount: &Mount, request: &Request, grant: &Grant) {
    let granted = grant.filesystem.get(&mount.name).expect("it is granted");
    assert_eq!(granted.path, mount.host_path);
    assert!(granted.access.is_none_or(|access| mount.access <= access));
    let mut asked = request.filesystem.iter();
    let asked = asked.any(|asked| {
        (asked.name == mount.name || asked.name == ANY_DIRECTORY) && mount.access <= asked.access
    });
    assert!(asked, "{mount:?} is not asked for");
    assert_eq!(mount.guest_path, format!("/{}", mount.name));
    assert!(!mount.name.contains(['/', '\\']) && mount.name != "..");
}

fn within(inner: &Origin, outer: &Origin) -> bool {
    inner.scheme == outer.scheme
        && inner.port == outer.port
        && outer.host.covers_pattern(&inner.host)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) const MANIFEST: &str = r#"
[plugin]
name = "a"
version = "0.1.0"
description = "d"
component = "a.wasm"
[[http]]
host = "*.example.com"
methods = ["GET", "POST"]
[[http]]
setting = "url"
[[filesystem]]
name = "docs"
access = "read-write"
[[filesystem]]
name = "*"
[keyvalue]
[settings.url]
default = "http://[::1]:8080/x"
[secrets.key]
http = { host = "api.example.com", header = "authorization", format = "Bearer {}" }
[limits]
memory = "32MiB"
deadline = "10s"
"#;
    const CONFIG: &str = r#"
[defaults.limits]
memory = "48MiB"
[plugins.a]
source = "a"
[plugins.a.grant]
http = ["api.example.com", { host = "*.b.example.com", methods = ["GET"], addresses = ["10.0.0.0/8"] }, "http://[::1]:8080"]
filesystem.docs = "~/docs"
filesystem.more = { path = "more", access = "read" }
keyvalue = true
settings.url = "http://[::1]:8080"
secrets.key = { env = "KEY" }
limits.memory = "128MiB"
"#;

    #[test]
    fn policies() {
        let both = format!("{MANIFEST}\n===\n{CONFIG}");
        let manifest = Manifest::parse(MANIFEST, Path::new("plugin.toml")).expect("a manifest");
        let config = Config::parse(
            CONFIG,
            Path::new("/portcullis.toml"),
            Some(Path::new("/home")),
        );
        let grant = &config.expect("a configuration").plugins["a"].grant;
        let decided = decide(&manifest.request, grant, &Limits::default()).expect("decided");
        assert_eq!(
            (decided.http.rules().len(), decided.filesystem.len()),
            (3, 2)
        );
        policy(both.as_bytes());
        portcullis_seeded::check(5_000, |source| {
            policy(&source.changed(both.as_bytes()));
        });
    }
}
