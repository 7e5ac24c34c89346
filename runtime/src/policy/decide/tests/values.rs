//! Settings, secrets and limits: what the admin gives a value to.

use super::*;

#[test]
fn settings_come_from_the_grant_or_the_manifest() {
    for (required, default, granted, value) in [
        (false, None, None, Ok(None)),
        (false, None, Some("acme"), Ok(Some("acme"))),
        (false, Some("octo"), None, Ok(Some("octo"))),
        (false, Some("octo"), Some("acme"), Ok(Some("acme"))),
        (true, None, Some("acme"), Ok(Some("acme"))),
        (
            true,
            None,
            None,
            Err(
                "setting `owner` is required; add `settings.owner = \"VALUE\"` to the plugin's grant (who owns it)",
            ),
        ),
    ] {
        let mut request = Request::default();
        let (description, default) = (Some("who owns it".to_owned()), default.map(str::to_owned));
        request.settings.insert(
            "owner".to_owned(),
            SettingRequest {
                description,
                required,
                default,
            },
        );
        let mut grant = Grant::default();
        if let Some(value) = granted {
            grant.settings.insert("owner".to_owned(), value.to_owned());
        }
        let decided = decide(&request, &grant, &Limits::default());
        let decided = decided
            .map(|policy| policy.settings.get("owner").cloned())
            .map_err(|errors| errors.to_string());
        assert_eq!(
            decided,
            value.map(|v| v.map(str::to_owned)).map_err(str::to_owned)
        );
    }
    assert_eq!(
        errors(&Request::default(), &grants(&["settings.owner=acme"])),
        "settings.owner is granted, but the manifest does not ask for `owner`; it asks for nothing of the kind"
    );
}

#[test]
fn secrets_follow_the_hosts_of_the_same_manifest() {
    let mut request = asks_http(&[("api.github.com", &["GET"])]);
    request.secrets.insert(
        "token".to_owned(),
        secret(SecretTarget::Host(
            "api.github.com".parse().expect("a host"),
        )),
    );
    let policy = policy(
        &request,
        &grants(&["http=api.github.com", "secrets.token=env:TOKEN"]),
    );
    assert_eq!(
        policy.secrets["token"].source,
        SecretSource::Env("TOKEN".to_owned())
    );
    let rule = policy
        .http
        .check("GET", "https", "api.github.com", 443)
        .expect("allowed");
    let host = "api.github.com".parse().expect("a host");
    let names: Vec<_> = policy
        .secrets_for(rule, &host, "140.82.121.6".parse().expect("an address"))
        .map(|(n, _)| n)
        .collect();
    assert_eq!(names, ["token"]);

    request.secrets.insert(
        "stray".to_owned(),
        secret(SecretTarget::Host("evil.example".parse().expect("a host"))),
    );
    let stray = super::decide(
        &request,
        &grants(&["secrets.stray=env:TOKEN"]),
        &Limits::default(),
    )
    .expect("a policy");
    assert!(stray.secrets.is_empty(), "no HTTP request covers its host");

    assert!(
        errors(&request, &grants(&["secrets.other=env:TOKEN"]))
            .contains("it asks for: stray, token")
    );
}

#[test]
fn a_secret_follows_the_host_of_a_setting() {
    let url = "settings.base-url=http://127.0.0.1:3000";
    let request = asks_url(None);
    let policy = policy(
        &request,
        &grants(&[url, "http=http://127.0.0.1:3000", "secrets.token=env:TOKEN"]),
    );
    let rule = policy
        .http
        .check("GET", "http", "127.0.0.1", 3000)
        .expect("allowed");
    let attached = |address: &str| {
        let host = "127.0.0.1".parse().expect("a host");
        policy
            .secrets_for(rule, &host, address.parse().expect("an address"))
            .count()
    };
    assert_eq!(attached("127.0.0.1"), 1);
    assert_eq!(
        attached("192.168.0.1"),
        0,
        "http is not protected beyond this machine"
    );
    let unset = super::decide(
        &request,
        &grants(&["secrets.token=env:TOKEN"]),
        &Limits::default(),
    )
    .expect("a policy");
    assert!(unset.secrets.is_empty());
}

#[test]
fn two_granted_secrets_for_one_header_are_an_error() {
    let mut request = asks_http(&[("*.example.com", &["GET"])]);
    request.secrets.insert(
        "basic".to_owned(),
        secret(SecretTarget::Host("*.example.com".parse().expect("a host"))),
    );
    request.secrets.insert(
        "token".to_owned(),
        secret(SecretTarget::Host(
            "api.example.com".parse().expect("a host"),
        )),
    );
    assert_eq!(
        policy(&request, &grants(&["secrets.token=env:A"]))
            .secrets
            .len(),
        1
    );
    assert_eq!(
        errors(
            &request,
            &grants(&["secrets.token=env:A", "secrets.basic=env:B"])
        ),
        "secrets `basic` and `token` both set header `authorization` for host `api.example.com`; grant one of them"
    );
}

#[test]
fn limits_are_effective_ones() {
    let mut request = Request::default();
    request
        .limits
        .parse(LimitField::Memory, "128MiB")
        .expect("a size");
    request
        .limits
        .parse(LimitField::Deadline, "10s")
        .expect("a duration");
    let limits = policy(&request, &grants(&["limits.open-handles=32"])).limits;
    assert_eq!(
        limits,
        Limits {
            deadline: std::time::Duration::from_secs(10),
            open_handles: 32,
            ..Limits::default()
        }
    );
}
