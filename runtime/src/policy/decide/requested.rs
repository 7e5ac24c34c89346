//! The HTTP that a manifest requests, with what settings say of it.

use std::collections::{BTreeMap, BTreeSet};

use super::PolicyError;
use crate::policy::{
    method::Method,
    origin::Origin,
    request::{HttpTarget, Request},
};

/// An HTTP request of the manifest with its setting looked up.
pub(crate) struct RequestedOrigin<'a> {
    pub(crate) target: &'a HttpTarget,
    /// `None` where the setting has no value or no valid one, and for any origin.
    pub(crate) origin: Option<Origin>,
    pub(crate) methods: &'a BTreeSet<Method>,
    pub(crate) reason: Option<&'a str>,
}

/// The manifest's HTTP requests, with the origins that settings give.
pub(crate) fn requested_origins<'a>(
    request: &'a Request,
    settings: &BTreeMap<String, String>,
    errors: &mut Vec<PolicyError>,
) -> Vec<RequestedOrigin<'a>> {
    let mut checked = BTreeSet::new();
    let mut origin_of = |target: &'a HttpTarget| match target {
        HttpTarget::Origin(origin) => Some(origin.clone()),
        HttpTarget::Any => None,
        HttpTarget::Setting(name) => match Origin::of_url(settings.get(name)?) {
            Ok(origin) => Some(origin),
            Err(invalid) => {
                if checked.insert(name) {
                    errors.push(PolicyError::SettingNotUrl {
                        name: name.clone(),
                        invalid,
                    });
                }
                None
            }
        },
    };
    let resolved = request.http.iter().map(|http| RequestedOrigin {
        target: &http.target,
        origin: origin_of(&http.target),
        methods: &http.methods,
        reason: http.reason.as_deref(),
    });
    resolved.collect()
}

/// What is requested, in words.
pub(super) fn describe(requested: &RequestedOrigin<'_>) -> String {
    let methods = requested
        .methods
        .iter()
        .map(Method::as_str)
        .collect::<Vec<_>>()
        .join("/");
    match (&requested.origin, requested.target) {
        (Some(origin), HttpTarget::Setting(setting)) => {
            format!("{methods} {origin} (from setting {setting})")
        }
        (_, target) => format!("{methods} {target}"),
    }
}
