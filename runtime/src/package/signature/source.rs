//! Which sources a key is trusted with.

use std::{
    borrow::Cow,
    path::{Component, Path, PathBuf},
};

use crate::policy::{Invalid, check_text, quoted};

/// Which sources: one, all below one, or all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePattern {
    /// Every source.
    All,
    /// A URL; an `oci://` one with each of its tags and digests.
    Url {
        /// In its usual spelling.
        url: String,
        /// Whether it is all that is below the URL, which ends with `/` then.
        below: bool,
    },
    /// A folder or a file.
    Path {
        /// Its path, absolute when the configuration's path is.
        path: PathBuf,
        /// Whether it is all that is below the folder.
        below: bool,
    },
}

impl SourcePattern {
    /// What is accepted, in words.
    pub const ACCEPTED: &'static str = "a source, or the beginning of several that ends with /*, \
                                        such as \"oci://registry.example.com/acme/*\"; \"*\" for all";

    /// Reads a pattern. `resolve` makes a path absolute.
    ///
    /// # Errors
    /// A `*` elsewhere than behind the last `/`, and a URL or a path that is none.
    pub fn parse(
        text: &str,
        resolve: impl Fn(&str) -> Result<PathBuf, Invalid>,
    ) -> Result<Self, Invalid> {
        check_text(text, 2_000)?;
        if text == "*" {
            return Ok(Self::All);
        }
        let (start, below) = match text.strip_suffix("/*") {
            Some(start) => (start, true),
            None => (text, false),
        };
        let refused = || Invalid::new(format!("{} is not a source", quoted(text)), Self::ACCEPTED);
        if start.contains('*') || start.is_empty() {
            return Err(refused());
        }
        match start.split_once("://") {
            None => {
                let path = without_parents(&resolve(start)?);
                Ok(Self::Path { path, below })
            }
            Some(("https" | "http" | "oci", rest)) if !rest.is_empty() => {
                let slash = if below { "/" } else { "" };
                let url = usual_spelling(&format!("{start}{slash}")).into_owned();
                Ok(Self::Url { url, below })
            }
            Some(_) => Err(refused()),
        }
    }

    /// Whether this is one of the sources.
    pub fn matches(&self, source: &str) -> bool {
        match self {
            Self::All => true,
            Self::Url { url, below } => {
                let source = usual_spelling(source);
                let Some(rest) = source.strip_prefix(url.as_str()) else {
                    return false;
                };
                // Behind a name of OCI comes a tag or a digest, and no more of the name.
                let version = url.starts_with("oci://")
                    && rest.starts_with([':', '@'])
                    && !rest.contains('/');
                *below || rest.is_empty() || version
            }
            Self::Path { path, below } => {
                if source.contains("://") {
                    return false;
                }
                let source = without_parents(Path::new(source));
                source == *path || (*below && source.starts_with(path))
            }
        }
    }
}

/// A URL so that the same source is spelled the same.
fn usual_spelling(url: &str) -> Cow<'_, str> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return url::Url::parse(url).map_or(Cow::Borrowed(url), |url| Cow::Owned(url.into()));
    }
    let Some(rest) = url.strip_prefix("oci://") else {
        return Cow::Borrowed(url);
    };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    Cow::Owned(format!("oci://{}{path}", host.to_ascii_lowercase()))
}

/// A path without `.` and `..`, so that `/a/x/../b` does not pass for what is
/// below `/a/x`.
fn without_parents(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Result<SourcePattern, Invalid> {
        SourcePattern::parse(text, |path| Ok(Path::new("/etc").join(path)))
    }

    #[test]
    fn patterns_match_their_sources_and_no_others() {
        for (text, matching, others) in [
            ("*", &["oci://a/b", "/x", "https://h/"][..], &[][..]),
            (
                "oci://registry.example.com/acme/*",
                &[
                    "oci://registry.example.com/acme/x:1",
                    "oci://REGISTRY.example.com/acme/x/y@sha256:00",
                ],
                &[
                    "oci://registry.example.com/acme-evil/x",
                    "oci://registry.example.com/acme",
                    "/x",
                ],
            ),
            (
                "oci://registry.example.com/acme/x",
                &[
                    "oci://registry.example.com/acme/x",
                    "oci://registry.example.com/acme/x:1",
                    "oci://registry.example.com/acme/x@sha256:00",
                ],
                &[
                    "oci://registry.example.com/acme/xy",
                    "oci://registry.example.com/acme/x/y",
                    "oci://registry.example.com/acme/x:1/y",
                ],
            ),
            ("oci://host", &["oci://host"], &["oci://host:5000/x"]),
            (
                "https://Example.com/acme/*",
                &[
                    "https://example.com/acme/x.wasm",
                    "https://example.com:443/b/../acme/x",
                ],
                &[
                    "https://example.com/acme/../evil/x",
                    "https://example.com.evil/acme/x",
                ],
            ),
            (
                "/opt/acme/*",
                &["/opt/acme/x", "/opt/b/../acme/x", "/opt/acme"],
                &["/opt/acme/../evil", "/opt/acme-evil/x", "oci://opt/acme/x"],
            ),
            (
                "plugins/x",
                &["/etc/plugins/x"],
                &["/etc/plugins/x/y", "plugins/x"],
            ),
        ] {
            let pattern = pattern(text).expect("a pattern");
            for source in matching {
                assert!(pattern.matches(source), "{text} {source}");
            }
            for source in others {
                assert!(!pattern.matches(source), "{text} {source}");
            }
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "",
            "/*",
            "oci://",
            "oci://registry.example.com/ac*",
            "https://*/x",
            "ftp://x/*",
            "a\nb",
        ] {
            assert!(pattern(text).is_err(), "{text}");
        }
    }
}
