//! What becomes of a grant when its plugin asks for something else.

use super::{
    decide::{PolicyError, decide},
    difference::parts,
    flag::GrantFlag,
    grant::Grant,
    limits::Limits,
    request::Request,
};

/// What of a grant a request asks for, and what it does not.
pub fn divide(request: &Request, grant: &Grant) -> (Grant, Grant) {
    let (asked, other) = grant
        .flags()
        .into_iter()
        .partition::<Vec<_>, _>(|flag| asks_for(request, grant, flag));
    (Grant::of(asked), Grant::of(other))
}

/// What is granted already and allows more under a newer request than it did
/// under an older one: a host at which other methods are asked for, say.
pub fn widened(old: &Request, new: &Request, grant: &Grant) -> Vec<GrantFlag> {
    let asked = old.asks();
    let more: Vec<Request> = parts(new)
        .into_iter()
        .filter(|part| !part.asks().is_subset(&asked))
        .collect();
    let allows_more = |flag: &GrantFlag| match flag {
        GrantFlag::Http(_) | GrantFlag::Filesystem(..) | GrantFlag::Secret(..) => {
            more.iter().any(|part| {
                // A host may be named by a setting.
                let part = Request {
                    settings: new.settings.clone(),
                    ..part.clone()
                };
                asks_for(&part, grant, flag)
            })
        }
        // They stand for what they say, and nothing else; or the user is asked.
        GrantFlag::AskHttp
        | GrantFlag::NeverHttp(_)
        | GrantFlag::Keyvalue
        | GrantFlag::Setting(..)
        | GrantFlag::Limit(..)
        | GrantFlag::Reuse => false,
    };
    grant.flags().into_iter().filter(allows_more).collect()
}

/// Whether a request asks for one part of a grant.
fn asks_for(request: &Request, grant: &Grant, flag: &GrantFlag) -> bool {
    let settings = grant
        .settings
        .iter()
        .filter(|(name, _)| request.settings.contains_key(*name));
    let mut single = Grant {
        settings: settings
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        ..Grant::default()
    };
    flag.clone().apply(&mut single);
    let refused = decide(request, &single, &Limits::default()).err();
    let mut errors = refused.iter().flat_map(|errors| &errors.0);
    !errors.any(|error| matches!(error, PolicyError::NotRequested { .. }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        Access, FilesystemRequest, HttpRequest, HttpTarget, KeyvalueRequest, Method,
        SettingRequest, parse_flag,
    };

    fn http(target: &str, methods: &[&str]) -> HttpRequest {
        let target = match target.strip_prefix("setting ") {
            Some(setting) => HttpTarget::Setting(setting.to_owned()),
            None => HttpTarget::Origin(target.parse().expect("an origin")),
        };
        let methods = methods
            .iter()
            .map(|method| method.parse().expect("a method"));
        HttpRequest {
            target,
            methods: methods.collect::<std::collections::BTreeSet<Method>>(),
            reason: None,
        }
    }

    fn request() -> Request {
        let mut request = Request::default();
        request.http.push(http("a.example", &["GET"]));
        request.http.push(http("setting base", &["GET"]));
        request.filesystem.push(FilesystemRequest {
            name: "drafts".to_owned(),
            access: Access::Read,
            resources: None,
            reason: None,
        });
        request.keyvalue = Some(KeyvalueRequest::default());
        request
            .settings
            .insert("base".to_owned(), SettingRequest::default());
        request
    }

    fn grant() -> Grant {
        Grant::of(
            [
                "http=a.example",
                "http=b.example",
                "filesystem.drafts=/d",
                "keyvalue",
                "settings.base=https://b.example/",
                "limits.memory=1MiB",
            ]
            .map(|text| parse_flag(text).expect(text)),
        )
    }

    fn texts(flags: &[GrantFlag]) -> Vec<String> {
        flags.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_asked_for_stays() {
        assert_eq!(divide(&request(), &grant()), (grant(), Grant::default()));
        let mut less = request();
        less.http.remove(0);
        less.keyvalue = None;
        let (stays, goes) = divide(&less, &grant());
        assert_eq!(texts(&goes.flags()), ["http=a.example", "keyvalue"]);
        assert_eq!(stays.flags().len(), 4);
        // A host that a setting named goes with the setting.
        less.settings.clear();
        less.http.clear();
        let (stays, _) = divide(&less, &grant());
        assert_eq!(
            texts(&stays.flags()),
            ["filesystem.drafts=/d", "limits.memory=1MiB"]
        );
    }

    #[test]
    fn what_stands_for_more_is_found() {
        let old = request();
        assert!(widened(&old, &old, &grant()).is_empty());
        type Change = (&'static [&'static str], fn(&mut Request));
        let changes: [Change; 5] = [
            (&["http=a.example"], |r| {
                r.http[0] = http("a.example", &["GET", "POST"])
            }),
            (&["http=b.example"], |r| {
                r.http[1] = http("setting base", &["POST"])
            }),
            (&["filesystem.drafts=/d"], |r| {
                r.filesystem[0].access = Access::ReadWrite
            }),
            (&[], |r| r.http.push(http("c.example", &["GET"]))),
            (&[], |r| r.http.clear()),
        ];
        for (expected, change) in changes {
            let mut new = request();
            change(&mut new);
            assert_eq!(texts(&widened(&old, &new, &grant())), expected);
        }
        let mut narrowed = grant();
        narrowed.http[0].methods = Some(["GET".parse().expect("a method")].into());
        let mut new = request();
        new.http[0] = http("a.example", &["GET", "POST"]);
        assert_eq!(
            texts(&widened(&old, &new, &narrowed)),
            ["http=a.example"],
            "it is said even where the methods are granted one by one"
        );
    }
}
