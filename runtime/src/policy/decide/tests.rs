//! Every combination of request and grant, a denied case beside each allowed one.

mod any_host;
mod keyvalue;
mod resources;
mod values;

use super::*;
use crate::policy::request::HttpTarget;
use crate::policy::{
    FilesystemGrant, FilesystemRequest, HttpRequest, LimitField, SecretFormat, SecretRequest,
    SecretSource, SettingRequest, parse_flag,
};

fn methods(names: &[&str]) -> BTreeSet<Method> {
    names
        .iter()
        .map(|name| name.parse().expect("a method"))
        .collect()
}

fn asks_http(asks: &[(&str, &[&str])]) -> Request {
    let mut request = Request::default();
    for (origin, names) in asks {
        let target = HttpTarget::Origin(origin.parse().expect("an origin"));
        request.http.push(HttpRequest {
            target,
            methods: methods(names),
            reason: None,
        });
    }
    request
}

/// A request for the URL in setting `base-url`, with a secret for its host.
fn asks_url(default: Option<&str>) -> Request {
    let mut request = Request::default();
    let target = HttpTarget::Setting("base-url".to_owned());
    request.http.push(HttpRequest {
        target,
        methods: methods(&["GET"]),
        reason: None,
    });
    let default = default.map(str::to_owned);
    request.settings.insert(
        "base-url".to_owned(),
        SettingRequest {
            default,
            ..SettingRequest::default()
        },
    );
    request.secrets.insert(
        "token".to_owned(),
        secret(SecretTarget::Setting("base-url".to_owned())),
    );
    request
}

fn secret(target: SecretTarget) -> SecretRequest {
    let format = "Bearer {}".parse::<SecretFormat>().expect("a format");
    SecretRequest {
        description: None,
        target,
        header: "authorization".to_owned(),
        format,
    }
}

fn grants(flags: &[&str]) -> Grant {
    let mut grant = Grant::default();
    for flag in flags {
        parse_flag(flag).expect(flag).apply(&mut grant);
    }
    grant
}

fn policy(request: &Request, grant: &Grant) -> Policy {
    decide(request, grant, &Limits::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

fn errors(request: &Request, grant: &Grant) -> String {
    decide(request, grant, &Limits::default())
        .expect_err("errors")
        .to_string()
}

#[test]
fn an_empty_request_gives_an_empty_policy() {
    assert_eq!(
        policy(&Request::default(), &Grant::default()),
        Policy::default()
    );
}

#[test]
fn what_is_not_granted_is_absent() {
    let mut request = asks_http(&[("api.github.com", &["GET"])]);
    request.filesystem.push(FilesystemRequest {
        name: "drafts".to_owned(),
        access: Access::Read,
        resources: None,
        reason: None,
    });
    request.secrets.insert(
        "token".to_owned(),
        secret(SecretTarget::Host(
            "api.github.com".parse().expect("a host"),
        )),
    );
    request
        .settings
        .insert("owner".to_owned(), SettingRequest::default());
    assert_eq!(policy(&request, &Grant::default()), Policy::default());
}

#[test]
fn http_is_the_intersection_of_hosts_and_methods() {
    type Case<'a> = (
        &'a [(&'a str, &'a [&'a str])],
        &'a [(&'a str, Option<&'a [&'a str]>)],
        &'a [&'a str],
    );
    let cases: &[Case<'_>] = &[
        (
            &[("a.example", &["GET", "POST"])],
            &[("a.example", None)],
            &["GET, POST a.example"],
        ),
        (
            &[("a.example", &["GET", "POST"])],
            &[("a.example", Some(&["GET"]))],
            &["GET a.example"],
        ),
        (
            &[("*.example.com", &["GET"])],
            &[("api.example.com", None)],
            &["GET api.example.com"],
        ),
        (
            &[("api.example.com", &["GET"])],
            &[("*.example.com", None)],
            &["GET api.example.com"],
        ),
        (
            &[("*.example.com", &["GET"])],
            &[("*.example.com", None)],
            &["GET *.example.com"],
        ),
        (
            &[("*.example.com", &["GET"])],
            &[("*.eu.example.com", None)],
            &["GET *.eu.example.com"],
        ),
        (
            &[("*.example.com", &["GET"]), ("api.example.com", &["POST"])],
            &[("*.example.com", None)],
            &["POST api.example.com", "GET *.example.com"],
        ),
        (
            &[("a.example", &["GET"]), ("b.example", &["GET"])],
            &[("b.example", None)],
            &["GET b.example"],
        ),
        (
            &[("a.example", &["GET"]), ("a.example", &["POST"])],
            &[("a.example", None)],
            &["GET, POST a.example"],
        ),
        (
            &[("http://a.example:8080", &["GET"])],
            &[("http://a.example:8080", None)],
            &["GET http://a.example:8080"],
        ),
    ];
    for (asked, granted, expected) in cases {
        let grant = Grant {
            http: granted
                .iter()
                .map(|(origin, names)| HttpGrant {
                    methods: names.map(methods),
                    ..origin.parse().expect("an origin")
                })
                .collect(),
            ..Grant::default()
        };
        let rules: Vec<_> = policy(&asks_http(asked), &grant)
            .http
            .rules()
            .iter()
            .map(HttpRule::to_string)
            .collect();
        assert_eq!(&rules, expected, "{asked:?} {granted:?}");
    }
}

#[test]
fn methods_and_addresses_stay_together() {
    let request = asks_http(&[("*.example.com", &["GET"]), ("api.example.com", &["POST"])]);
    let mut grant = grants(&["http=*.example.com", "http=api.example.com"]);
    grant.http[1].methods = Some(methods(&["GET"]));
    grant.http[1].addresses = vec!["10.0.0.0/8".parse().expect("a range")];
    let policy = policy(&request, &grant);
    let inside = "10.0.0.1".parse().expect("an address");
    let rule = |method| {
        policy
            .http
            .check(method, "https", "api.example.com", 443)
            .expect("allowed")
    };
    assert!(
        rule("POST").allows_address(inside).is_err(),
        "addresses were granted for GET only"
    );
    assert!(rule("GET").allows_address(inside).is_ok());
}

#[test]
fn http_that_was_never_requested_is_an_error() {
    let request = asks_http(&[
        ("api.github.com", &["GET"]),
        ("http://localhost:3000", &["GET"]),
    ]);
    for (flag, granted) in [
        ("http=evil.example", "evil.example"),
        ("http=github.com", "github.com"),
        ("http=api.github.com:8443", "api.github.com:8443"),
        ("http=http://api.github.com", "http://api.github.com"),
        ("http=https://localhost:3000", "localhost:3000"),
    ] {
        assert_eq!(
            errors(&request, &grants(&[flag])),
            format!(
                "http is granted, but the manifest does not ask for `{granted}`; it asks for: GET api.github.com, GET http://localhost:3000"
            )
        );
    }
    let mut grant = grants(&["http=api.github.com"]);
    grant.http[0].methods = Some(methods(&["GET", "DELETE"]));
    assert!(errors(&request, &grant).contains("does not ask for `DELETE api.github.com`"));
    assert!(
        errors(&Request::default(), &grants(&["http=a.example"]))
            .ends_with("it asks for nothing of the kind")
    );
}

#[test]
fn two_grants_for_one_origin_are_an_error() {
    let request = asks_http(&[("api.github.com", &["GET"])]);
    let mut grant = grants(&["http=api.github.com"]);
    grant.http.push(grant.http[0].clone());
    assert!(errors(&request, &grant).starts_with("http is granted twice for `api.github.com`"));
}

#[test]
fn the_host_of_a_setting_must_be_granted_too() {
    let url = "settings.base-url=https://git.example.com:3000/api";
    let request = asks_url(None);
    let rules = |flags: &[&str]| policy(&request, &grants(flags)).http.rules().len();
    assert_eq!(rules(&[]), 0);
    assert_eq!(rules(&[url]), 0);
    assert_eq!(rules(&[url, "http=git.example.com:3000"]), 1);
    assert_eq!(
        errors(&request, &grants(&[url, "http=git.example.com"])),
        "http is granted, but the manifest does not ask for `git.example.com`; it asks for: GET git.example.com:3000 (from setting base-url)"
    );
    assert_eq!(
        errors(&request, &grants(&["http=git.example.com"])),
        "http is granted, but the manifest does not ask for `git.example.com`; it asks for: GET the host of the URL in setting `base-url`"
    );
    let by_default = asks_url(Some("https://git.example.com"));
    assert_eq!(
        policy(&by_default, &grants(&["http=git.example.com"]))
            .http
            .rules()
            .len(),
        1
    );
    assert_eq!(
        errors(&request, &grants(&["settings.base-url=git.example.com"])),
        "setting `base-url` must be a URL: `git.example.com` is not a URL; accepted: an https or http URL such as https://api.example.com/v1"
    );
}

#[test]
fn directories_get_the_lower_access() {
    for (asked, granted, access) in [
        (Access::Read, None, Access::Read),
        (Access::Read, Some(Access::Read), Access::Read),
        (Access::Read, Some(Access::ReadWrite), Access::Read),
        (Access::ReadWrite, None, Access::ReadWrite),
        (Access::ReadWrite, Some(Access::Read), Access::Read),
        (
            Access::ReadWrite,
            Some(Access::ReadWrite),
            Access::ReadWrite,
        ),
    ] {
        let mut request = Request::default();
        request.filesystem.push(FilesystemRequest {
            name: "drafts".to_owned(),
            access: asked,
            resources: None,
            reason: None,
        });
        let mut grant = Grant::default();
        grant.filesystem.insert(
            "drafts".to_owned(),
            FilesystemGrant {
                path: "/home/me/drafts".into(),
                access: granted,
                consent: Consent::Granted,
            },
        );
        assert_eq!(
            policy(&request, &grant).filesystem,
            [Mount {
                name: "drafts".to_owned(),
                guest_path: "/drafts".to_owned(),
                host_path: "/home/me/drafts".into(),
                access,
                resources: None,
                asked: None,
            }]
        );
    }
}

#[test]
fn any_directory_takes_every_name() {
    let directory = |name: &str, access| FilesystemRequest {
        name: name.to_owned(),
        access,
        resources: None,
        reason: None,
    };
    let mut request = Request::default();
    request
        .filesystem
        .push(directory(ANY_DIRECTORY, Access::Read));
    request
        .filesystem
        .push(directory("drafts", Access::ReadWrite));
    let mounts = policy(
        &request,
        &grants(&["filesystem.drafts=/d", "filesystem.notes=/n"]),
    )
    .filesystem;
    let seen: Vec<_> = mounts
        .iter()
        .map(|mount| (mount.guest_path.as_str(), mount.access))
        .collect();
    assert_eq!(
        seen,
        [("/drafts", Access::ReadWrite), ("/notes", Access::Read)]
    );

    request.filesystem.remove(0);
    assert_eq!(
        errors(&request, &grants(&["filesystem.notes=/n"])),
        "filesystem.notes is granted, but the manifest does not ask for `notes`; it asks for: drafts"
    );
    let mut star = Grant::default();
    star.filesystem.insert(
        ANY_DIRECTORY.to_owned(),
        FilesystemGrant {
            path: "/".into(),
            access: None,
            consent: Consent::Granted,
        },
    );
    request
        .filesystem
        .push(directory(ANY_DIRECTORY, Access::Read));
    assert!(errors(&request, &star).starts_with("filesystem.* is granted"));
}

#[test]
fn all_errors_are_reported_at_once() {
    let mut request = Request::default();
    request.settings.insert(
        "owner".to_owned(),
        SettingRequest {
            required: true,
            ..SettingRequest::default()
        },
    );
    let grant = grants(&[
        "http=a.example",
        "filesystem.x=/x",
        "secrets.y=env:Y",
        "settings.z=1",
    ]);
    assert_eq!(errors(&request, &grant).lines().count(), 5);
}
