//! A plugin's manifest and the lock file.

use std::path::Path;

use portcullis::package::{Diagnostics, Lockfile, Manifest};
use portcullis::policy::{Grant, Limits, decide, grant_all, missing_flags, parse_flag};

/// A manifest: it is refused at a place in it, or what it asks for can be
/// granted, and nothing is missing then.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let manifest = match Manifest::parse(text, Path::new("plugin.toml")) {
        Ok(manifest) => manifest,
        Err(diagnostics) => return assert_placed(text, &diagnostics),
    };
    let again = Manifest::parse(text, Path::new("another"));
    let again = again.expect("it was read once").request_digest();
    assert_eq!(manifest.request_digest(), again);
    let (request, limits) = (&manifest.request, Limits::default());
    // Every flag that people are told can be given, once its value is put in.
    let (mut grant, _) = grant_all(request, &limits);
    let things = [
        request.http.len(),
        request.filesystem.len(),
        request.settings.len(),
        request.secrets.len(),
    ];
    for _ in 0..=things.iter().sum() {
        let missing = missing_flags(request, &grant, &limits);
        let Some(flag) = missing.iter().find(|flag| !flag.contains("HOST")) else {
            break;
        };
        let flag = flag.trim_start_matches("--grant ").trim_matches('\'');
        let flag = flag
            .replace("=VALUE", "=https://a.example")
            .replace("filesystem.NAME", "filesystem.any");
        let flag = parse_flag(&flag);
        flag.unwrap_or_else(|invalid| panic!("{invalid}"))
            .apply(&mut grant);
    }
    if let Err(errors) = decide(request, &grant, &limits) {
        // Its own default may be no URL where one is needed.
        let errors = errors.to_string();
        assert!(errors.contains("URL"), "{errors}");
    }
    let nothing = decide(request, &Grant::default(), &limits);
    if let Ok(policy) = nothing {
        assert!(policy.http.is_empty() && policy.filesystem.is_empty());
        assert!(policy.keyvalue.is_none() && policy.secrets.is_empty());
    }
}

/// A lock file: it is refused at a place in it, or written and read again it
/// says the same.
pub fn lock(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let origin = Path::new("portcullis.lock");
    match Lockfile::parse(text, origin) {
        Err(diagnostics) => assert_placed(text, &diagnostics),
        Ok(lock) => {
            let written = lock.to_toml();
            let again = Lockfile::parse(&written, origin);
            assert_eq!(again.as_ref(), Ok(&lock), "{written}");
            // Of a plugin, of what it is about to become, and of the one before each.
            assert!(lock.contents().len() <= 8 * lock.plugins.len());
        }
    }
}

/// What is wrong is somewhere in the text.
pub(crate) fn assert_placed(text: &str, diagnostics: &Diagnostics) {
    assert!(!diagnostics.items.is_empty());
    let lines = text.split('\n').count();
    for item in &diagnostics.items {
        assert!((1..=lines).contains(&item.line), "{diagnostics}");
        let line = text.split('\n').nth(item.line - 1).unwrap_or_default();
        assert!(
            (1..=line.chars().count() + 1).contains(&item.column),
            "{diagnostics}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::tests::MANIFEST;

    #[test]
    fn manifests() {
        manifest(MANIFEST.as_bytes());
        assert!(Manifest::parse(MANIFEST, Path::new("plugin.toml")).is_ok());
        portcullis_seeded::check(5_000, |source| {
            manifest(&source.changed(MANIFEST.as_bytes()));
            manifest(source.text(30).as_bytes());
        });
    }

    #[test]
    fn locks() {
        let digest = format!("blake3:{}", "0a".repeat(32));
        let plugin = |name: &str| {
            format!(
                "[plugins.{name}]\nversion = \"0.1.0\"\ncomponent = \"{digest}\"\n\
                 manifest = \"{digest}\"\nrequest = \"{digest}\"\n\
                 origin = \"https://a.example/{name}.wasm\"\n"
            )
        };
        let text = format!(
            "version = 1\n{}{}{}{}grant = \"{digest}\"\n{}grant = \"http = ['a.example']\"\n",
            plugin("a"),
            plugin("b-2"),
            plugin("b-2.previous"),
            plugin("b-2.next"),
            plugin("b-2.next.previous")
        );
        assert!(Lockfile::parse(&text, Path::new("portcullis.lock")).is_ok());
        portcullis_seeded::check(5_000, |source| {
            lock(&source.changed(text.as_bytes()));
            lock(source.text(30).as_bytes());
        });
    }
}
