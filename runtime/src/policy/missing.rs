//! What is requested and not granted yet, as the flags that would grant it.

use super::{
    decide::{requested_origins, setting_values},
    flag::GrantFlag,
    grant::{Grant, HttpGrant},
    instances::Instances,
    limits::{LimitValues, Limits},
    request::{ANY_DIRECTORY, HttpTarget, Request},
};

/// The `--grant` flags, ready to be pasted into a shell, that would grant what
/// is requested and not granted: `--grant http=api.github.com`.
///
/// Where only the admin knows the value there is a word in capitals in its
/// place: `PATH`, `VALUE`, `VARIABLE`, `HOST`, `NAME`. Limits appear where the
/// manifest asks for more than `defaults`. Optional settings do not appear:
/// nothing is missing without them. A request of which a part is granted, such
/// as one method of two, counts as granted: the admin has decided.
pub fn missing_flags(request: &Request, grant: &Grant, defaults: &Limits) -> Vec<String> {
    let mut flags = Vec::new();
    for origin in ungranted_origins(request, grant) {
        flags.push(origin.map_or_else(
            || "http=HOST".to_owned(),
            |http| GrantFlag::Http(http).to_string(),
        ));
    }
    for directory in &request.filesystem {
        let granted = if directory.name == ANY_DIRECTORY {
            // Any directory beyond those that are requested by name.
            grant
                .filesystem
                .keys()
                .any(|name| request.directory(name) == Some(directory))
        } else {
            grant.filesystem.contains_key(&directory.name)
        };
        if !granted {
            let name = if directory.name == ANY_DIRECTORY {
                "NAME"
            } else {
                &directory.name
            };
            flags.push(format!("filesystem.{name}=PATH"));
        }
    }
    if request.keyvalue.is_some() && !grant.keyvalue {
        flags.push(GrantFlag::Keyvalue.to_string());
    }
    let settings = setting_values(request, grant);
    for (name, setting) in &request.settings {
        if setting.required && !settings.contains_key(name) {
            flags.push(format!("settings.{name}=VALUE"));
        }
    }
    for name in request
        .secrets
        .keys()
        .filter(|name| !grant.secrets.contains_key(*name))
    {
        flags.push(format!("secrets.{name}=env:VARIABLE"));
    }
    for (field, value) in ungranted_limits(request, grant, defaults).iter() {
        flags.push(GrantFlag::Limit(field, value).to_string());
    }
    if request.instances == Instances::Reuse && grant.instances == Instances::Fresh {
        flags.push(GrantFlag::Reuse.to_string());
    }
    flags.dedup();
    flags.iter().map(|flag| argument(flag)).collect()
}

impl GrantFlag {
    /// The flag as [`missing_flags`] has it.
    pub fn argument(&self) -> String {
        argument(&self.to_string())
    }
}

fn argument(flag: &str) -> String {
    format!("--grant {}", shell_word(flag))
}

/// A grant for everything that is requested, as far as it can be granted
/// without the admin's knowledge, and the flags for the rest as
/// [`missing_flags`] has them.
pub fn grant_all(request: &Request, defaults: &Limits) -> (Grant, Vec<String>) {
    let mut grant = Grant::default();
    for http in ungranted_origins(request, &grant).into_iter().flatten() {
        GrantFlag::Http(http).apply(&mut grant);
    }
    grant.keyvalue = request.keyvalue.is_some();
    grant.limits = ungranted_limits(request, &grant, defaults);
    grant.instances = request.instances;
    let missing = missing_flags(request, &grant, defaults);
    (grant, missing)
}

/// The origins that no grant touches; `None` for one that is not known
/// because the admin chooses it or a required setting has no value. One that
/// hangs on an optional setting without a value is not missing.
fn ungranted_origins(request: &Request, grant: &Grant) -> Vec<Option<HttpGrant>> {
    let settings = setting_values(request, grant);
    // A setting that is no URL is reported by `decide`.
    let requested = requested_origins(request, &settings, &mut Vec::new());
    let mut missing: Vec<Option<HttpGrant>> = Vec::new();
    for wanted in requested {
        let needed = match (wanted.origin, wanted.target) {
            // The user is asked about it.
            (Some(_), _) if grant.ask_http => continue,
            (Some(origin), _)
                if grant
                    .http
                    .iter()
                    .any(|http| http.origin.intersection(&origin).is_some()) =>
            {
                continue;
            }
            (Some(origin), _) => Some(HttpGrant::new(origin)),
            (None, HttpTarget::Setting(name))
                if request
                    .settings
                    .get(name)
                    .is_some_and(|setting| setting.required) =>
            {
                None
            }
            (None, HttpTarget::Any) if grant.http.is_empty() => None,
            (None, _) => continue,
        };
        if !missing.contains(&needed) {
            missing.push(needed);
        }
    }
    missing
}

/// The limits that are asked for above the defaults and not granted.
fn ungranted_limits(request: &Request, grant: &Grant, defaults: &Limits) -> LimitValues {
    let mut missing = LimitValues::default();
    for (field, value) in request.limits.above(defaults).iter() {
        if grant.limits.get(field).is_none() {
            missing.insert(field, value);
        }
    }
    missing
}

/// The text as one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "=.:/-_,@%+".contains(c);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        Access, FilesystemRequest, HttpRequest, KeyvalueRequest, LimitField, Method, SecretFormat,
        SecretRequest, SecretTarget, SettingRequest, decide, parse_flag,
    };

    fn http(target: HttpTarget) -> HttpRequest {
        HttpRequest {
            target,
            methods: Method::defaults().into(),
            reason: None,
        }
    }

    fn origin(text: &str) -> HttpTarget {
        HttpTarget::Origin(text.parse().expect("an origin"))
    }

    fn request() -> Request {
        let mut request = Request::default();
        request.http.extend([
            http(origin("api.github.com")),
            http(origin("*.example.com:8443")),
            http(HttpTarget::Setting("base-url".to_owned())),
        ]);
        for name in ["drafts", ANY_DIRECTORY] {
            let access = Access::Read;
            request.filesystem.push(FilesystemRequest {
                name: name.to_owned(),
                access,
                resources: None,
                reason: None,
            });
        }
        request.keyvalue = Some(KeyvalueRequest::default());
        let required = SettingRequest {
            required: true,
            ..SettingRequest::default()
        };
        request.settings.insert("base-url".to_owned(), required);
        request
            .settings
            .insert("owner".to_owned(), SettingRequest::default());
        request.secrets.insert(
            "token".to_owned(),
            SecretRequest {
                description: None,
                target: SecretTarget::Host("api.github.com".parse().expect("a host")),
                header: "authorization".to_owned(),
                format: SecretFormat::default(),
            },
        );
        request
            .limits
            .parse(LimitField::Memory, "128MiB")
            .expect("a size");
        request
            .limits
            .parse(LimitField::Deadline, "10s")
            .expect("a duration");
        request.instances = Instances::Reuse;
        request
    }

    #[test]
    fn everything_is_missing_at_first() {
        let missing = missing_flags(&request(), &Grant::default(), &Limits::default());
        assert_eq!(
            missing,
            [
                "--grant http=api.github.com",
                "--grant 'http=*.example.com:8443'",
                "--grant http=HOST",
                "--grant filesystem.drafts=PATH",
                "--grant filesystem.NAME=PATH",
                "--grant keyvalue",
                "--grant settings.base-url=VALUE",
                "--grant secrets.token=env:VARIABLE",
                "--grant limits.memory=128MiB",
                "--grant instances=reuse",
            ]
        );
    }

    #[test]
    fn nothing_is_missing_once_all_is_granted() {
        let mut grant = Grant::default();
        for flag in [
            "http=api.github.com",
            "http=*.example.com:8443",
            "settings.base-url=http://git.example.com:3000/api",
            "filesystem.drafts=/d",
            "filesystem.other=/o",
            "keyvalue",
            "secrets.token=env:TOKEN",
            "limits.memory=96MiB",
            "instances=reuse",
        ] {
            parse_flag(flag).expect("a flag").apply(&mut grant);
        }
        let missing = missing_flags(&request(), &grant, &Limits::default());
        assert_eq!(
            missing,
            ["--grant http=http://git.example.com:3000"],
            "the setting's host"
        );
        parse_flag("http=http://git.example.com:3000")
            .expect("a flag")
            .apply(&mut grant);
        assert!(missing_flags(&request(), &grant, &Limits::default()).is_empty());
        decide(&request(), &grant, &Limits::default()).expect("a policy");
    }

    #[test]
    fn all_that_needs_no_knowledge_is_granted() {
        let (grant, missing) = grant_all(&request(), &Limits::default());
        assert_eq!(
            grant
                .http
                .iter()
                .map(|http| http.origin.to_string())
                .collect::<Vec<_>>(),
            ["api.github.com", "*.example.com:8443"]
        );
        assert_eq!(grant.limits.get(LimitField::Memory), Some(128 << 20));
        assert!(grant.keyvalue);
        assert_eq!(grant.instances, Instances::Reuse);
        assert_eq!(
            grant.limits.get(LimitField::Deadline),
            None,
            "less needs no grant"
        );
        assert_eq!(
            missing,
            [
                "--grant http=HOST",
                "--grant filesystem.drafts=PATH",
                "--grant filesystem.NAME=PATH",
                "--grant settings.base-url=VALUE",
                "--grant secrets.token=env:VARIABLE",
            ]
        );
        assert_eq!(
            grant_all(&Request::default(), &Limits::default()),
            (Grant::default(), Vec::new())
        );
    }

    #[test]
    fn a_setting_with_a_default_names_its_host() {
        let mut request = Request::default();
        request
            .http
            .push(http(HttpTarget::Setting("base-url".to_owned())));
        let default = Some("https://git.example.com/".to_owned());
        request.settings.insert(
            "base-url".to_owned(),
            SettingRequest {
                default,
                ..SettingRequest::default()
            },
        );
        assert_eq!(
            missing_flags(&request, &Grant::default(), &Limits::default()),
            ["--grant http=git.example.com"]
        );
    }
}
