//! Grants on the command line.
//!
//! `--grant` takes one of
//! - `http=HOST[:PORT]` or `http=http://HOST[:PORT]`,
//! - `http=ask`, to ask the user about hosts that are requested and not granted, and
//!   `http=!HOST[:PORT]`, never to allow one,
//! - `filesystem.NAME=PATH`, with `:ro` at its end to allow reading only, and
//!   `filesystem.NAME=ask:PATH` to ask the user about it, `filesystem.NAME=never:PATH` never
//!   to,
//! - `keyvalue`, which takes no value,
//! - `settings.NAME=VALUE`,
//! - `secrets.NAME=env:VARIABLE` or `secrets.NAME=file:PATH`,
//! - `limits.FIELD=VALUE`,
//! - `instances=reuse`.
//!
//! Methods and address ranges of HTTP, and commands that print a secret, are
//! granted in the configuration file.

use std::{fmt, path::Path};

use super::{
    grant::{Consent, FilesystemGrant, Grant, HttpGrant, SecretSource},
    instances::Instances,
    invalid::Invalid,
    limit_field::LimitField,
    name::check_name,
    origin::Origin,
    request::Access,
    text::quoted,
};

/// The flags' grammar, for messages.
const ACCEPTED: &str = "http=HOST[:PORT], http=ask, http=!HOST[:PORT], filesystem.NAME=PATH[:ro], \
                        filesystem.NAME=ask:PATH[:ro], keyvalue, \
                        settings.NAME=VALUE, secrets.NAME=env:VARIABLE, \
                        secrets.NAME=file:PATH, limits.FIELD=VALUE, instances=reuse";

/// What stands for asking the user, in the place of what would be granted.
pub(crate) const ASK: &str = "ask";

/// One grant from the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantFlag {
    /// `http=…`
    Http(HttpGrant),
    /// `http=ask`
    AskHttp,
    /// `http=!…`
    NeverHttp(Origin),
    /// `filesystem.NAME=…`; the path is as it was written.
    Filesystem(String, FilesystemGrant),
    /// `keyvalue`
    Keyvalue,
    /// `settings.NAME=…`
    Setting(String, String),
    /// `secrets.NAME=…`; a path is as it was written.
    Secret(String, SecretSource),
    /// `limits.FIELD=…`, in base units.
    Limit(LimitField, u64),
    /// `instances=reuse`
    Reuse,
}

/// Reads the value of a `--grant` flag.
///
/// # Errors
/// Any other text, with what would be accepted.
pub fn parse_flag(text: &str) -> Result<GrantFlag, Invalid> {
    if text == "keyvalue" {
        return Ok(GrantFlag::Keyvalue);
    }
    let Some((key, value)) = text.split_once('=') else {
        return Err(Invalid::new(
            format!("{} is not a grant", quoted(text)),
            ACCEPTED,
        ));
    };
    let (table, name) = key.split_once('.').unwrap_or((key, ""));
    let named = || match check_name(name) {
        Ok(()) => Ok(name.to_owned()),
        Err(invalid) if name.is_empty() => Err(Invalid::new(
            format!("grant {} names no {table}", quoted(key)),
            invalid.accepted,
        )),
        Err(invalid) => Err(invalid),
    };
    match table {
        "http" if key == "http" => parse_http(value),
        "filesystem" => Ok(GrantFlag::Filesystem(named()?, parse_directory(value)?)),
        "keyvalue" if key == "keyvalue" => Err(Invalid::new(
            "grant `keyvalue` takes no value",
            "keyvalue; how much it may hold is limits.keyvalue-bytes=SIZE",
        )),
        "settings" => Ok(GrantFlag::Setting(named()?, value.to_owned())),
        "secrets" => Ok(GrantFlag::Secret(named()?, SecretSource::parse(value)?)),
        "limits" => {
            let field: LimitField = name.parse()?;
            Ok(GrantFlag::Limit(field, field.parse(value)?))
        }
        "instances" if key == "instances" => match value.parse()? {
            Instances::Reuse => Ok(GrantFlag::Reuse),
            Instances::Fresh => Err(Invalid::new(
                "fresh instances need no grant",
                "instances=reuse",
            )),
        },
        _ => Err(Invalid::new(
            format!("{} cannot be granted", quoted(key)),
            ACCEPTED,
        )),
    }
}

impl GrantFlag {
    /// Adds this grant. An earlier one for the same thing is replaced; of an
    /// earlier one for the same HTTP origin the methods and addresses stay.
    pub fn apply(self, grant: &mut Grant) {
        match self {
            Self::Http(http) => {
                grant.never_http.retain(|never| *never != http.origin);
                if !grant.http.iter().any(|other| other.origin == http.origin) {
                    grant.http.push(http);
                }
            }
            Self::AskHttp => grant.ask_http = true,
            Self::NeverHttp(origin) => {
                grant.http.retain(|http| http.origin != origin);
                if !grant.never_http.contains(&origin) {
                    grant.never_http.push(origin);
                }
            }
            Self::Filesystem(name, directory) => {
                grant.filesystem.insert(name, directory);
            }
            Self::Keyvalue => grant.keyvalue = true,
            Self::Setting(name, value) => {
                grant.settings.insert(name, value);
            }
            Self::Secret(name, source) => {
                grant.secrets.insert(name, source);
            }
            Self::Limit(field, value) => grant.limits.insert(field, value),
            Self::Reuse => grant.instances = Instances::Reuse,
        }
    }
}

impl Grant {
    /// Everything in it, one by one, in the order of the files.
    pub fn flags(&self) -> Vec<GrantFlag> {
        let http = self.http.iter().cloned().map(GrantFlag::Http);
        let ask_http = self.ask_http.then_some(GrantFlag::AskHttp);
        let never_http = self.never_http.iter().cloned().map(GrantFlag::NeverHttp);
        let named = |(name, directory): (&String, &FilesystemGrant)| {
            GrantFlag::Filesystem(name.clone(), directory.clone())
        };
        let filesystem = self.filesystem.iter().map(named);
        let keyvalue = self.keyvalue.then_some(GrantFlag::Keyvalue);
        let settings = self
            .settings
            .iter()
            .map(|(name, value)| GrantFlag::Setting(name.clone(), value.clone()));
        let secrets = self
            .secrets
            .iter()
            .map(|(name, source)| GrantFlag::Secret(name.clone(), source.clone()));
        let limits = self
            .limits
            .iter()
            .map(|(field, value)| GrantFlag::Limit(field, value));
        let reuse = (self.instances == Instances::Reuse).then_some(GrantFlag::Reuse);
        http.chain(ask_http)
            .chain(never_http)
            .chain(filesystem)
            .chain(keyvalue)
            .chain(settings)
            .chain(secrets)
            .chain(limits)
            .chain(reuse)
            .collect()
    }
}

impl fmt::Display for GrantFlag {
    /// The flag's value, as [`parse_flag`] reads it. HTTP methods and
    /// addresses and a secret's command have no place in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(http) => write!(f, "http={}", http.origin),
            Self::AskHttp => f.write_str("http=ask"),
            Self::NeverHttp(origin) => write!(f, "http=!{origin}"),
            Self::Filesystem(name, directory) => {
                let read_only = if directory.access == Some(Access::Read) {
                    ":ro"
                } else {
                    ""
                };
                let consent = match directory.consent {
                    Consent::Granted => "",
                    Consent::Ask => "ask:",
                    Consent::Never => "never:",
                };
                write!(
                    f,
                    "filesystem.{name}={consent}{}{read_only}",
                    directory.path.display()
                )
            }
            Self::Keyvalue => f.write_str("keyvalue"),
            Self::Setting(name, value) => write!(f, "settings.{name}={value}"),
            Self::Secret(name, SecretSource::Env(variable)) => {
                write!(f, "secrets.{name}=env:{variable}")
            }
            Self::Secret(name, SecretSource::File(path)) => {
                write!(f, "secrets.{name}=file:{}", path.display())
            }
            Self::Secret(name, SecretSource::Command(_)) => write!(f, "secrets.{name}=command"),
            Self::Limit(field, value) => write!(f, "limits.{field}={}", field.display(*value)),
            Self::Reuse => f.write_str("instances=reuse"),
        }
    }
}

/// Reads what is said of HTTP in one word: a host, `ask`, or a host behind `!`.
/// A host of the name `ask` is `https://ask`.
pub(crate) fn parse_http(text: &str) -> Result<GrantFlag, Invalid> {
    match text.strip_prefix('!') {
        Some(never) => never.parse().map(GrantFlag::NeverHttp),
        None if text == ASK => Ok(GrantFlag::AskHttp),
        None => text.parse().map(GrantFlag::Http),
    }
}

fn parse_directory(text: &str) -> Result<FilesystemGrant, Invalid> {
    let (consent, rest) = match text.split_once(':') {
        Some(("ask", path)) => (Consent::Ask, path),
        Some(("never", path)) => (Consent::Never, path),
        _ => (Consent::Granted, text),
    };
    let (path, access) = match rest.strip_suffix(":ro") {
        Some(path) => (path, Some(Access::Read)),
        None => (rest, None),
    };
    if path.is_empty() {
        return Err(Invalid::new(
            format!("{} is not a directory", quoted(text)),
            "PATH, PATH:ro, ask:PATH or ask:PATH:ro",
        ));
    }
    Ok(FilesystemGrant {
        path: Path::new(path).to_owned(),
        access,
        consent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_read_and_write() {
        for text in [
            "http=api.github.com",
            "http=api.github.com:8443",
            "http=http://localhost:3000",
            "http=*.example.com",
            "filesystem.drafts=/home/me/drafts",
            "filesystem.drafts=~/drafts:ro",
            "filesystem.drafts=ask:~/drafts:ro",
            "filesystem.drafts=never:~/drafts",
            "http=ask",
            "http=!api.github.com:8443",
            r"filesystem.drafts=C:\drafts:ro",
            "keyvalue",
            "settings.owner=acme",
            "settings.query=a=b",
            "settings.empty=",
            "secrets.github-token=env:GITHUB_TOKEN",
            "secrets.github-token=file:/run/secrets/token",
            "limits.memory=128MiB",
            "limits.fuel=off",
            "limits.deadline=2m",
            "limits.http-requests=200",
            "limits.keyvalue-bytes=16MiB",
            "limits.task-deadline=1d",
            "limits.calls-per-instance=100",
            "instances=reuse",
        ] {
            assert_eq!(parse_flag(text).expect(text).to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_no_flags() {
        for (text, why) in [
            ("", "`` is not a grant"),
            ("http", "`http` is not a grant"),
            ("http=", "is not a host"),
            ("http=https://a.example/path", "is more than a host"),
            ("http.a=b.example", "`http.a` cannot be granted"),
            ("network=all", "`network` cannot be granted"),
            ("filesystem=/tmp", "grant `filesystem` names no filesystem"),
            ("filesystem.*=/tmp", "`*` is not a name"),
            ("filesystem.drafts=", "is not a directory"),
            ("filesystem.drafts=:ro", "is not a directory"),
            ("keyvalue=true", "grant `keyvalue` takes no value"),
            ("keyvalue=", "grant `keyvalue` takes no value"),
            ("keyvalue.a=1", "`keyvalue.a` cannot be granted"),
            ("key-value", "`key-value` is not a grant"),
            ("settings.Owner=acme", "`Owner` is not a name"),
            ("secrets.token=ghp_x", "by its source, not by its value"),
            ("limits.stack=1MiB", "`stack` is not a limit"),
            ("limits.memory=10s", "`10s` is not a size"),
            ("instances=fresh", "fresh instances need no grant"),
            ("instances=kept", "`kept` does not say"),
            ("instances.a=reuse", "`instances.a` cannot be granted"),
            ("instances", "`instances` is not a grant"),
        ] {
            let refused = parse_flag(text).expect_err(text);
            assert!(refused.message.contains(why), "{text}: {refused}");
        }
    }

    #[test]
    fn a_later_flag_replaces_an_earlier_one() {
        let mut grant = Grant::default();
        for text in [
            "settings.owner=a",
            "settings.owner=b",
            "http=a.example",
            "http=a.example:443",
            "limits.memory=1MiB",
            "limits.memory=2MiB",
            "keyvalue",
            "keyvalue",
        ] {
            parse_flag(text).expect("a flag").apply(&mut grant);
        }
        assert_eq!(grant.settings["owner"], "b");
        assert_eq!(grant.http.len(), 1);
        assert_eq!(grant.limits.get(LimitField::Memory), Some(2 << 20));
        assert!(grant.keyvalue);
        assert_eq!(
            grant
                .flags()
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
            [
                "http=a.example",
                "keyvalue",
                "settings.owner=b",
                "limits.memory=2MiB"
            ]
        );
    }
}
