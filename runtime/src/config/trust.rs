//! `[trust]`: whose signatures plugins have to have.

use std::collections::BTreeSet;

use super::Paths;
use crate::{
    package::{Fields, KeyKind, KeySource, SourcePattern, Trust, TrustedKey, Value},
    policy::{Invalid, check_name},
};

/// Reads `[trust]`; what is wrong is reported.
pub(super) fn read_trust(table: &Fields<'_>, paths: &Paths<'_>) -> Trust {
    let require_signature = table
        .get("require-signature")
        .and_then(|value| value.boolean())
        .unwrap_or_default();
    let mut names = BTreeSet::new();
    let keys = table.tables("key");
    let keys = keys
        .iter()
        .filter_map(|key| read_key(key, paths, &mut names))
        .collect();
    table.finish();
    Trust {
        require_signature,
        keys,
    }
}

fn read_key(
    table: &Fields<'_>,
    paths: &Paths<'_>,
    names: &mut BTreeSet<String>,
) -> Option<TrustedKey> {
    let accepted = "a name such as \"acme\"";
    let name = table.required("name", accepted).and_then(|value| {
        value.parse_with(accepted, |text| {
            check_name(text)?;
            // Messages and the lock file name a key by it.
            match names.insert(text.to_owned()) {
                true => Ok(text.to_owned()),
                false => Err(Invalid::new(
                    format!("`{text}` is the name of another key"),
                    "a name of its own",
                )),
            }
        })
    });
    let source = table
        .required("source", SourcePattern::ACCEPTED)
        .and_then(|value| {
            value.parse_with(SourcePattern::ACCEPTED, |text| {
                SourcePattern::parse(text, |path| paths.resolve(path))
            })
        });
    let key = match (table.get("minisign"), table.get("cosign")) {
        (Some(value), None) => read_public_key(&value, KeyKind::Minisign, paths),
        (None, Some(value)) => read_public_key(&value, KeyKind::Cosign, paths),
        (found, _) => {
            let found = if found.is_some() { "two" } else { "none" };
            table.invalid(&Invalid::new(
                format!("a trusted key is one key, and there is {found}"),
                "minisign = \"RW…\", or cosign = \"-----BEGIN PUBLIC KEY-----…\"",
            ));
            None
        }
    };
    table.finish();
    Some(TrustedKey {
        name: name?,
        source: source?,
        key: key?,
    })
}

fn read_public_key(value: &Value<'_>, kind: KeyKind, paths: &Paths<'_>) -> Option<KeySource> {
    if !value.is_table() {
        return value
            .parse_with(kind.accepted(), |text| kind.parse(text))
            .map(KeySource::Inline);
    }
    let table = value.fields()?;
    let file = table
        .required("file", "file = \"PATH\"")
        .and_then(|file| file.parse_with("a path", |text| paths.resolve(text)));
    table.finish();
    file.map(|path| KeySource::File(kind, path))
}
