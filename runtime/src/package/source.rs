//! Where a plugin comes from.
//!
//! | written | what is there |
//! |---|---|
//! | a path | a plugin's folder, its `plugin.toml`, or a component's file: one that carries its manifest, or beside the `plugin.toml` that names it |
//! | `https://HOST/FILE.wasm` | a component that carries its manifest |
//! | `oci://REGISTRY/REPOSITORY[:TAG][@sha256:DIGEST]` | an artifact in a registry, of the CNCF's layout for WebAssembly, whose layer is such a component; without tag and digest the tag is `latest` |
//!
//! `http://` and registries without TLS are taken on this machine alone, by
//! `localhost` or a loopback address. Refused: every other scheme, a name or a
//! password in a URL, since the URL is written into the admin's files, and a
//! fragment.

mod artifact;
mod credentials;
mod error;
mod registry;
mod signatures;
mod web;

use std::{fmt, path::PathBuf, sync::Arc};

pub use artifact::Interfaces;
pub use error::SourceError;
use oci_client::Reference;
use url::Url;

use super::folder::{Content, MAX_COMPONENT_BYTES, Package, PackageError};
use super::local;
use super::signature::{Proof, Trust};
use crate::policy::{Invalid, check_text, quoted};
use registry::{Access, Registry};
use web::Web;

/// What a source may be, for messages.
pub(crate) const ACCEPTED: &str = "a plugin's folder, a component's file, https://HOST/FILE.wasm, \
                                   or oci://REGISTRY/REPOSITORY:TAG";
/// The longest URL in characters.
pub(super) const MAX_URL: usize = 2_000;

/// Where a plugin comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A plugin's folder, its `plugin.toml`, or a component's file.
    Path(PathBuf),
    /// A component on the web.
    Web(Url),
    /// An artifact in a registry.
    Registry(Reference),
}

/// Is told how a download or an upload comes along.
pub trait Progress: Send + Sync {
    /// It begins: of what, and how many bytes it has, if that is known.
    fn begin(&self, what: &str, bytes: Option<u64>);
    /// So many bytes more are there.
    fn advance(&self, bytes: u64);
    /// It has ended, well or not.
    fn end(&self);
}

impl Source {
    /// Reads a URL, or takes the text as a path.
    ///
    /// # Errors
    /// A scheme that is not known, and a URL that is not accepted.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.split_once("://") {
            None if text.is_empty() => Err(Invalid::new("`` is not a source", ACCEPTED)),
            None => Ok(Self::Path(text.into())),
            Some(("https" | "http", _)) => parse_url(text).map(Self::Web),
            Some(("oci", reference)) => parse_reference(text, reference).map(Self::Registry),
            Some(_) => Err(Invalid::new(
                format!("{} is not a source", quoted(text)),
                ACCEPTED,
            )),
        }
    }

    /// Gets the plugin that is there. Nothing is kept of it but in memory, and of
    /// what comes from elsewhere at most [`MAX_COMPONENT_BYTES`]. An artifact's
    /// manifest and layer have the digests that name them. Signatures are asked
    /// for where `trust` has a key for this source; they are not checked.
    ///
    /// # Errors
    /// Nothing there, no access, something else than a plugin, or a larger one.
    pub async fn fetch(
        &self,
        trust: &Trust,
        progress: Arc<dyn Progress>,
    ) -> Result<Package, SourceError> {
        let is_signed = trust.covers(&self.to_string());
        match self.get(is_signed, progress).await? {
            Content::Plugin(package) => Ok(*package),
            Content::Component(_, problem) => Err(PackageError::Bare {
                path: self.to_string().into(),
                problem,
            }
            .into()),
        }
    }

    /// Gets what is there: a plugin, or a component without a manifest.
    ///
    /// # Errors
    /// As for [`Source::fetch`].
    pub async fn look(&self, progress: Arc<dyn Progress>) -> Result<Content, SourceError> {
        self.get(false, progress).await
    }

    async fn get(
        &self,
        is_signed: bool,
        progress: Arc<dyn Progress>,
    ) -> Result<Content, SourceError> {
        let mut proof = Proof::default();
        let (component, file_name, origin) = match self {
            Self::Path(path) => {
                let path = path.clone();
                let loading = tokio::task::spawn_blocking(move || local::load(&path));
                let loaded = loading.await.map_err(SourceError::ended)??;
                return Ok(loaded.0);
            }
            Self::Web(url) => {
                let web = Web::new(url)?;
                let request = web.client().get(url.clone());
                let response = web.send(request, url.as_str()).await?;
                let response = web::succeeded(response, url.as_str()).await?;
                let body = web::body(response, url.as_str(), MAX_COMPONENT_BYTES, &*progress);
                let body = body.await?;
                if is_signed {
                    proof.signatures = web.signatures(url).await?;
                }
                let segments = url.path_segments();
                let file_name = segments.and_then(|mut all| all.next_back());
                (body, file_name.unwrap_or_default(), url.to_string())
            }
            Self::Registry(reference) => {
                let mut registry = Registry::new(reference, Access::Pull)?;
                let (manifest, digest) = registry.manifest(reference).await?;
                let layer = artifact::layer(&manifest, &self.to_string())?;
                let component = registry.blob(&layer, &*progress).await?;
                if is_signed {
                    proof.signatures = registry.signatures(&digest).await?;
                }
                proof.artifact = Some(digest.clone());
                let origin = written(&pinned(reference, digest));
                let repository = reference.repository().rsplit('/').next();
                (component, repository.unwrap_or_default(), origin)
            }
        };
        let place = self.to_string();
        let content = Package::of_component(component, &place, file_name, Some(origin), proof);
        Ok(content?)
    }

    /// Puts a plugin, as one file, into a registry, and gives its reference with
    /// its digest. The same plugin has the same digest each time.
    ///
    /// # Errors
    /// A source that is no tag of a registry, no access, and whatever the
    /// registry refuses.
    pub async fn push(
        &self,
        package: Package,
        interfaces: &Interfaces,
        progress: Arc<dyn Progress>,
    ) -> Result<String, SourceError> {
        let refused = |why| Invalid::new(format!("{} {why}", quoted(&self.to_string())), TAG);
        let Self::Registry(reference) = self else {
            return Err(refused("is not in a registry").into());
        };
        if reference.digest().is_some() {
            return Err(refused("has a digest, which what is pushed decides").into());
        }
        let artifact = artifact::Artifact::new(package, interfaces)?;
        let mut registry = Registry::new(reference, Access::Push)?;
        registry.put_blob(artifact.layer, progress).await?;
        registry.put_blob(artifact.config, Arc::new(())).await?;
        let digest = registry.put_manifest(reference, artifact.manifest).await?;
        Ok(written(&pinned(reference, digest)))
    }
}

/// Where something can be pushed to, for messages.
const TAG: &str = "oci://REGISTRY/REPOSITORY:TAG";

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "{}", path.display()),
            Self::Web(url) => f.write_str(url.as_str()),
            Self::Registry(reference) => f.write_str(&written(reference)),
        }
    }
}

/// Nobody looks.
impl Progress for () {
    fn begin(&self, _: &str, _: Option<u64>) {}
    fn advance(&self, _: u64) {}
    fn end(&self) {}
}

fn parse_url(text: &str) -> Result<Url, Invalid> {
    let refused = |why: &str, accepted: &str| {
        Invalid::new(
            format!("{} {why}", quoted(&without_password(text))),
            accepted,
        )
    };
    check_text(text, MAX_URL)?;
    let url =
        Url::parse(text).map_err(|error| refused(&format!("is not a URL ({error})"), ACCEPTED))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(
            "has a name or a password in it",
            "a URL without them",
        ));
    }
    if url.fragment().is_some() {
        return Err(refused("has a fragment (#…)", "a URL without it"));
    }
    if !web::is_encrypted_or_local(&url) {
        return Err(refused(
            "would come over the network unencrypted",
            "https, and http from this machine alone",
        ));
    }
    Ok(url)
}

/// What stands before an `@` of the host's part is not repeated in a message.
fn without_password(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let host_ends = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..host_ends].rfind('@') {
        Some(at) => format!("{scheme}://…{}", &rest[at..]),
        None => text.to_owned(),
    }
}

fn parse_reference(text: &str, reference: &str) -> Result<Reference, Invalid> {
    let accepted = "oci://REGISTRY/REPOSITORY:TAG, with @sha256: and 64 digits where it is pinned";
    let refused = |why: String| Invalid::new(format!("{} {why}", quoted(text)), accepted);
    check_text(text, MAX_URL)?;
    let (registry, _) = reference.split_once('/').unwrap_or_default();
    // Who leaves it out elsewhere means Docker's registry, and who leaves it out
    // by mistake would get a stranger's plugin from there.
    if !registry.contains(['.', ':']) && registry != "localhost" {
        return Err(refused("names no registry".to_owned()));
    }
    let parsed: Reference = reference
        .parse()
        .map_err(|error| refused(format!("is not a reference ({error})")))?;
    let lower_case = |digest: &str| {
        let digits = digest.strip_prefix("sha256:");
        digits.is_some_and(|digits| !digits.contains(|c: char| c.is_ascii_uppercase()))
    };
    if !parsed.digest().is_none_or(lower_case) {
        return Err(refused("has a digest of another kind".to_owned()));
    }
    Ok(parsed)
}

/// The reference with what its tag stands for.
fn pinned(reference: &Reference, digest: String) -> Reference {
    let (registry, repository) = (reference.registry(), reference.repository());
    let (registry, repository) = (registry.to_owned(), repository.to_owned());
    match reference.tag() {
        Some(tag) => Reference::with_tag_and_digest(registry, repository, tag.to_owned(), digest),
        None => Reference::with_digest(registry, repository, digest),
    }
}

fn written(reference: &Reference) -> String {
    format!("oci://{reference}")
}

#[cfg(test)]
mod tests;
