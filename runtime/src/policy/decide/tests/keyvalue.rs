//! A store of the plugin's own: there when it is asked for and granted.

use super::*;
use crate::policy::KeyvalueRequest;

fn asks_store() -> Request {
    Request {
        keyvalue: Some(KeyvalueRequest::default()),
        ..Request::default()
    }
}

#[test]
fn a_store_is_there_when_requested_and_granted() {
    assert_eq!(policy(&asks_store(), &Grant::default()).keyvalue, None);
    assert_eq!(
        policy(&asks_store(), &grants(&["keyvalue"])).keyvalue,
        Some(1 << 20)
    );
    assert_eq!(
        errors(&Request::default(), &grants(&["keyvalue"])),
        "keyvalue is granted, but the manifest does not ask for `keyvalue`; it asks for nothing of the kind"
    );
}

#[test]
fn its_size_is_the_effective_limit() {
    let quota = |asked: Option<&str>, granted: &[&str], defaults: &Limits| {
        let mut request = asks_store();
        if let Some(asked) = asked {
            let field = LimitField::KeyvalueBytes;
            request.limits.parse(field, asked).expect("a size");
        }
        let grant = grants(&[&["keyvalue"], granted].concat());
        let policy = decide(&request, &grant, defaults).expect("a policy");
        assert_eq!(policy.keyvalue, Some(policy.limits.keyvalue_bytes));
        policy.limits.keyvalue_bytes
    };
    let (built_in, smaller) = (
        Limits::default(),
        Limits {
            keyvalue_bytes: 4096,
            ..Limits::default()
        },
    );
    assert_eq!(quota(Some("64KiB"), &[], &built_in), 64 << 10);
    assert_eq!(quota(Some("1GiB"), &[], &built_in), 1 << 20, "not granted");
    assert_eq!(
        quota(Some("1GiB"), &["limits.keyvalue-bytes=1GiB"], &built_in),
        1 << 30
    );
    assert_eq!(quota(None, &[], &smaller), 4096);
    assert_eq!(quota(None, &["limits.keyvalue-bytes=0"], &built_in), 0);
}

#[test]
fn its_size_alone_gives_no_store() {
    let grant = grants(&["limits.keyvalue-bytes=1GiB"]);
    assert_eq!(policy(&Request::default(), &grant).keyvalue, None);
}
