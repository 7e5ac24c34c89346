//! How two requests of the same plugin differ.

use serde::Serialize;

use super::{
    instances::Instances,
    request::Request,
    summary::{RequestLine, summary},
};

/// What a newer request asks for and an older one did not, and the reverse.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Difference {
    /// New or changed, as it is now.
    pub added: Vec<RequestLine>,
    /// Gone or changed, as it was.
    pub removed: Vec<RequestLine>,
}

impl Difference {
    /// Whether the two requests ask for the same.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }
}

/// How a newer request differs from an older one in what it asks for. Reasons,
/// descriptions, defaults of settings, the URIs of directories' files and the
/// order do not count.
pub fn difference(old: &Request, new: &Request) -> Difference {
    Difference {
        added: only_in(new, old),
        removed: only_in(old, new),
    }
}

/// The lines of `one` that ask for something that `other` does not ask for.
fn only_in(one: &Request, other: &Request) -> Vec<RequestLine> {
    let asked = other.asks();
    let asks_more = |part: &Request| !part.asks().is_subset(&asked);
    let parts = parts(one);
    parts
        .iter()
        .filter(|part| asks_more(part))
        .flat_map(summary)
        .collect()
}

/// The request taken apart: one request for each line of its summary.
pub(super) fn parts(request: &Request) -> Vec<Request> {
    let mut parts = Vec::new();
    let mut part = |fill: &dyn Fn(&mut Request)| {
        let mut single = Request::default();
        fill(&mut single);
        parts.push(single);
    };
    for http in &request.http {
        part(&|single| single.http.push(http.clone()));
    }
    for directory in &request.filesystem {
        part(&|single| single.filesystem.push(directory.clone()));
    }
    if let Some(keyvalue) = &request.keyvalue {
        part(&|single| single.keyvalue = Some(keyvalue.clone()));
    }
    for (name, setting) in &request.settings {
        part(&|single| {
            single.settings.insert(name.clone(), setting.clone());
        });
    }
    for (name, secret) in &request.secrets {
        part(&|single| {
            single.secrets.insert(name.clone(), secret.clone());
        });
    }
    for (field, value) in request.limits.iter() {
        part(&|single| single.limits.insert(field, value));
    }
    if request.instances == Instances::Reuse {
        part(&|single| single.instances = request.instances);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{
        Access, FilesystemRequest, HttpRequest, HttpTarget, KeyvalueRequest, LimitField,
        SettingRequest,
    };

    fn request() -> Request {
        let mut request = Request::default();
        request.http.push(HttpRequest {
            target: HttpTarget::Origin("api.github.com".parse().expect("an origin")),
            methods: ["GET".parse().expect("a method")].into(),
            reason: Some("the API".to_owned()),
        });
        request.filesystem.push(FilesystemRequest {
            name: "drafts".to_owned(),
            access: Access::Read,
            resources: None,
            reason: None,
        });
        request
            .settings
            .insert("owner".to_owned(), SettingRequest::default());
        request
            .limits
            .parse(LimitField::Memory, "32MiB")
            .expect("a size");
        request
    }

    #[test]
    fn words_and_order_do_not_count() {
        let old = request();
        let mut new = request();
        new.http[0].reason = Some("something else".to_owned());
        new.filesystem[0].resources = Some("drafts:///{path}".to_owned());
        new.settings.insert(
            "owner".to_owned(),
            SettingRequest {
                description: Some("d".to_owned()),
                default: Some("acme".to_owned()),
                required: false,
            },
        );
        assert!(difference(&old, &new).is_empty());
        assert_eq!(old.canonical(), new.canonical());
    }

    #[test]
    fn every_ask_counts() {
        let old = request();
        type Change = (&'static str, fn(&mut Request));
        let changes: [Change; 7] = [
            ("GET, POST api.github.com", |r| {
                r.http[0].methods.insert("POST".parse().expect("a method"));
            }),
            ("read-write /drafts", |r| {
                r.filesystem[0].access = Access::ReadWrite
            }),
            ("read any directories that you name", |r| {
                r.filesystem[0].name = "*".to_owned()
            }),
            ("a key-value store of its own", |r| {
                r.keyvalue = Some(KeyvalueRequest::default());
            }),
            ("owner (required)", |r| {
                r.settings.get_mut("owner").expect("there").required = true
            }),
            ("memory 128MiB", |r| {
                r.limits
                    .parse(LimitField::Memory, "128MiB")
                    .expect("a size")
            }),
            (
                "kept between calls: what one call leaves in memory, a later call can see, \
                 whoever makes it",
                |r| r.instances = Instances::Reuse,
            ),
        ];
        for (line, change) in changes {
            let mut new = request();
            change(&mut new);
            let difference = difference(&old, &new);
            assert_eq!(
                difference
                    .added
                    .iter()
                    .map(|added| added.what.as_str())
                    .collect::<Vec<_>>(),
                [line]
            );
            assert_ne!(old.canonical(), new.canonical());
        }
    }

    #[test]
    fn what_a_store_is_for_does_not_count() {
        let with = |reason: Option<&str>| Request {
            keyvalue: Some(KeyvalueRequest {
                reason: reason.map(str::to_owned),
            }),
            ..request()
        };
        assert!(difference(&with(None), &with(Some("counts"))).is_empty());
        let gone = difference(&with(Some("counts")), &request());
        assert!(gone.added.is_empty());
        assert_eq!(gone.removed[0].kind.to_string(), "keyvalue");
        assert_eq!(gone.removed[0].reason.as_deref(), Some("counts"));
    }

    #[test]
    fn less_is_a_difference_without_additions() {
        let mut new = request();
        new.filesystem.clear();
        let difference = difference(&request(), &new);
        assert!(difference.added.is_empty());
        assert_eq!(difference.removed[0].what, "read /drafts");
    }
}
