//! What is taken back of a grant, on the command line.
//!
//! One of
//! - `http=HOST[:PORT]` as it is granted, `http=ask`, `http=!HOST`, `filesystem.NAME`, `settings.NAME`,
//!   `secrets.NAME`, `limits.FIELD`;
//! - `http`, `filesystem`, `settings`, `secrets`, `limits`: everything of the kind;
//! - `keyvalue`, `instances`.
//!
//! A grant as [`super::parse_flag`] reads it is taken back by its name: its value
//! does not count.

use std::fmt;

use super::{
    flag::{ASK, GrantFlag},
    grant::Grant,
    invalid::Invalid,
    limit_field::LimitField,
    name::check_name,
    origin::Origin,
    text::quoted,
};

/// The grammar, for messages.
const ACCEPTED: &str = "http=HOST[:PORT], filesystem.NAME, keyvalue, settings.NAME, secrets.NAME, \
                        limits.FIELD, instances, or http, filesystem, settings, secrets, limits \
                        for all of the kind";

/// What is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Revocation {
    /// Everything.
    Everything,
    /// Everything in one field of the grant: `http`, `settings`.
    Field(&'static str),
    /// One origin, as it is granted.
    Http(Origin),
    /// That the user is asked about origins.
    AskHttp,
    /// That the user wants one origin never.
    NeverHttp(Origin),
    /// One name in a field: `settings.owner`.
    Named(&'static str, String),
}

/// Reads what shall be taken back.
///
/// # Errors
/// Any other text, with what would be accepted.
pub fn parse_revocation(text: &str) -> Result<Revocation, Invalid> {
    let (key, value) = match text.split_once('=') {
        Some((key, value)) => (key, Some(value)),
        None => (text, None),
    };
    let (field, name) = match key.split_once('.') {
        Some((field, name)) => (field, Some(name)),
        None => (key, None),
    };
    let known = [
        "http",
        "filesystem",
        "keyvalue",
        "settings",
        "secrets",
        "limits",
        "instances",
    ];
    let refused = || Invalid::new(format!("{} is not a grant", quoted(key)), ACCEPTED);
    let field = known
        .into_iter()
        .find(|known| *known == field)
        .ok_or_else(refused)?;
    match (field, name, value) {
        ("http", None, Some(ASK)) => Ok(Revocation::AskHttp),
        ("http", None, Some(host)) => match host.strip_prefix('!') {
            Some(never) => never.parse().map(Revocation::NeverHttp),
            None => host.parse().map(Revocation::Http),
        },
        ("http" | "keyvalue" | "instances", Some(_), _) => Err(refused()),
        ("limits", Some(name), _) => {
            let limit: LimitField = name.parse()?;
            Ok(Revocation::Named(field, limit.name().to_owned()))
        }
        (_, Some(name), _) => {
            check_name(name)?;
            Ok(Revocation::Named(field, name.to_owned()))
        }
        ("filesystem" | "settings" | "secrets" | "limits", None, Some(_)) => Err(refused()),
        (_, None, _) => Ok(Revocation::Field(field)),
    }
}

impl Revocation {
    /// Whether this takes back that grant.
    pub fn covers(&self, flag: &GrantFlag) -> bool {
        match self {
            Self::Everything => true,
            Self::Field(field) => flag.place().0 == *field,
            Self::Http(origin) => matches!(flag, GrantFlag::Http(http) if http.origin == *origin),
            Self::AskHttp => *flag == GrantFlag::AskHttp,
            Self::NeverHttp(origin) => {
                matches!(flag, GrantFlag::NeverHttp(never) if never == origin)
            }
            Self::Named(field, name) => flag.place() == (*field, Some(name.as_str())),
        }
    }
}

impl fmt::Display for Revocation {
    /// As [`parse_revocation`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everything => f.write_str("everything"),
            Self::Field(field) => f.write_str(field),
            Self::Http(origin) => write!(f, "http={origin}"),
            Self::AskHttp => write!(f, "http={ASK}"),
            Self::NeverHttp(origin) => write!(f, "http=!{origin}"),
            Self::Named(field, name) => write!(f, "{field}.{name}"),
        }
    }
}

impl GrantFlag {
    /// The field of a grant in which this is, and its name there, if it has one.
    pub fn place(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Http(_) | Self::AskHttp | Self::NeverHttp(_) => ("http", None),
            Self::Filesystem(name, _) => ("filesystem", Some(name)),
            Self::Keyvalue => ("keyvalue", None),
            Self::Setting(name, _) => ("settings", Some(name)),
            Self::Secret(name, _) => ("secrets", Some(name)),
            Self::Limit(field, _) => ("limits", Some(field.name())),
            Self::Reuse => ("instances", None),
        }
    }
}

impl Grant {
    /// A grant of these, and nothing else. Of two for the same thing the later
    /// one counts.
    pub fn of(flags: impl IntoIterator<Item = GrantFlag>) -> Self {
        let mut grant = Self::default();
        for flag in flags {
            flag.apply(&mut grant);
        }
        grant
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::parse_flag;

    #[test]
    fn each_takes_back_its_own() {
        let granted = [
            "http=a.example",
            "http=*.b.example:8443",
            "http=ask",
            "http=!a.example",
            "filesystem.drafts=/d:ro",
            "keyvalue",
            "settings.owner=acme",
            "secrets.token=env:TOKEN",
            "limits.memory=1MiB",
            "limits.fuel=off",
            "instances=reuse",
        ]
        .map(|text| parse_flag(text).expect(text));
        for (text, covered) in [
            (
                "http",
                &[
                    "http=a.example",
                    "http=*.b.example:8443",
                    "http=ask",
                    "http=!a.example",
                ][..],
            ),
            ("http=ask", &["http=ask"]),
            ("http=!a.example", &["http=!a.example"]),
            ("http=!other.example", &[]),
            ("http=a.example", &["http=a.example"]),
            ("http=a.example:443", &["http=a.example"]),
            ("http=b.example", &[]),
            ("filesystem", &["filesystem.drafts=/d:ro"]),
            ("filesystem.drafts", &["filesystem.drafts=/d:ro"]),
            ("filesystem.drafts=/other", &["filesystem.drafts=/d:ro"]),
            ("filesystem.other", &[]),
            ("keyvalue", &["keyvalue"]),
            ("settings.owner", &["settings.owner=acme"]),
            ("secrets.token", &["secrets.token=env:TOKEN"]),
            ("limits", &["limits.memory=1MiB", "limits.fuel=off"]),
            ("limits.memory", &["limits.memory=1MiB"]),
            ("instances", &["instances=reuse"]),
            ("instances=reuse", &["instances=reuse"]),
        ] {
            let revocation = parse_revocation(text).expect(text);
            let found = granted.iter().filter(|flag| revocation.covers(flag));
            let found: Vec<_> = found.map(ToString::to_string).collect();
            assert_eq!(found, covered, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, why) in [
            ("", "`` is not a grant"),
            ("network", "`network` is not a grant"),
            ("http.a", "`http.a` is not a grant"),
            ("http=", "is not a host"),
            ("keyvalue.a", "`keyvalue.a` is not a grant"),
            ("filesystem=/d", "`filesystem` is not a grant"),
            ("settings.A", "`A` is not a name"),
            ("limits.stack", "`stack` is not a limit"),
        ] {
            let refused = parse_revocation(text).expect_err(text);
            assert!(refused.message.contains(why), "{text}: {refused}");
        }
    }
}
