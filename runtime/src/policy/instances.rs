//! Whether a plugin's instances serve one call or several.

use std::{fmt, str::FromStr};

use super::{decide::PolicyError, grant::Grant, invalid::Invalid, request::Request, text::quoted};

/// How long an instance of a plugin lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Instances {
    /// `fresh`: each call has its own, and no call sees another's memory.
    #[default]
    Fresh,
    /// `reuse`: one is kept for later calls, which see what was left in it.
    Reuse,
}

impl Instances {
    /// What a field that holds one accepts, for messages.
    pub const ACCEPTED: &str = "fresh, reuse";

    /// `fresh` or `reuse`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Fresh => "fresh",
            Self::Reuse => "reuse",
        }
    }

    /// Reuse has to be requested and granted.
    pub(super) fn decide(request: &Request, grant: &Grant, errors: &mut Vec<PolicyError>) -> Self {
        if grant.instances == Self::Reuse && request.instances == Self::Fresh {
            errors.push(PolicyError::NotRequested {
                field: "instances".to_owned(),
                value: Self::Reuse.to_string(),
                requested: Vec::new(),
            });
            return Self::Fresh;
        }
        grant.instances
    }
}

impl FromStr for Instances {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "fresh" => Ok(Self::Fresh),
            "reuse" => Ok(Self::Reuse),
            _ => Err(Invalid::new(
                format!("{} does not say how long instances live", quoted(text)),
                Self::ACCEPTED,
            )),
        }
    }
}

impl fmt::Display for Instances {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Limits, decide};

    #[test]
    fn reuse_is_asked_for_and_granted_or_is_not() {
        use Instances::{Fresh, Reuse};
        for (asked, granted, decided) in [
            (Fresh, Fresh, Some(Fresh)),
            (Reuse, Fresh, Some(Fresh)),
            (Reuse, Reuse, Some(Reuse)),
            (Fresh, Reuse, None),
        ] {
            let request = Request {
                instances: asked,
                ..Request::default()
            };
            let grant = Grant {
                instances: granted,
                ..Grant::default()
            };
            let policy = decide(&request, &grant, &Limits::default());
            assert_eq!(
                policy.ok().map(|policy| policy.instances),
                decided,
                "{asked} {granted}"
            );
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        let refused = "kept".parse::<Instances>().unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`kept` does not say how long instances live; accepted: fresh, reuse"
        );
    }
}
