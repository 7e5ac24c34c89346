//! One repository of a registry, as a client.
//!
//! Source: the OCI distribution specification. `oci_client` has the types and
//! the grammar of references; its client is not used, because it keeps a
//! manifest of any size and follows redirects that are not encrypted, and takes
//! no HTTP client that would not.
//!
//! Whatever has a digest is checked here, against the reference or the manifest
//! that names it, and not by the word of the registry.

use std::sync::Arc;

use bytes::Bytes;
use docker_credential::DockerCredential;
use futures_util::stream;
use oci_client::Reference;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, LOCATION};
use reqwest::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use reqwest::{Body, Method, RequestBuilder, Response, StatusCode};
use url::Url;

use super::Progress;
use super::artifact::{Layer, MANIFEST_TYPE, sha256};
use super::credentials::{self, Challenge};
use super::error::SourceError;
use super::web::{self, Ended, Web};

/// The largest manifest: what registries have to take, and no more.
pub(super) const MAX_MANIFEST_BYTES: u64 = 4 << 20;
/// The largest answer of a token server.
const MAX_TOKEN_BYTES: u64 = 64 << 10;
/// How much is handed over in one go when uploading.
const PIECE: usize = 64 << 10;

/// What is done with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Pull,
    Push,
}

/// A repository of a registry.
pub(super) struct Registry {
    web: Web,
    /// The repository's URL, which ends in `/`.
    base: Url,
    pub(super) name: String,
    repository: String,
    access: Access,
    /// What is sent with each request, once the registry has asked for it.
    authorization: Option<HeaderValue>,
}

impl Registry {
    pub(super) fn new(reference: &Reference, access: Access) -> Result<Self, SourceError> {
        let (host, repository) = (reference.resolve_registry(), reference.repository());
        let url = |scheme: &str| {
            Url::parse(&format!("{scheme}://{host}/v2/{repository}/"))
                .map_err(|error| SourceError::Here(format!("registry `{host}`: {error}")))
        };
        let mut base = url("https")?;
        if web::is_local(&base) {
            base = url("http")?;
        }
        Ok(Self {
            web: Web::new(&base)?,
            base,
            name: reference.registry().to_owned(),
            repository: repository.to_owned(),
            access,
            authorization: None,
        })
    }

    /// The manifest of an artifact, and its digest.
    pub(super) async fn manifest(
        &mut self,
        reference: &Reference,
    ) -> Result<(Vec<u8>, String), SourceError> {
        let wanted = reference.digest().or(reference.tag()).unwrap_or("latest");
        let place = format!("the manifest of oci://{reference}");
        let url = self.url(&format!("manifests/{wanted}"))?;
        let accept = [(ACCEPT, HeaderValue::from_static(MANIFEST_TYPE))];
        let response = self.request(Method::GET, url, accept.into_iter().collect());
        let response = response.await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(SourceError::NoArtifact {
                registry: self.name.clone(),
                reference: format!("`{}` in repository `{}`", wanted, self.repository),
            });
        }
        let response = web::succeeded(response, &place).await?;
        let manifest = web::body(response, &place, MAX_MANIFEST_BYTES, &()).await?;
        let (manifest, found) = digested(manifest);
        if let Some(expected) = reference.digest() {
            expect(place, expected, &found)?;
        }
        Ok((manifest, found))
    }

    /// What the repository has at a path below it, or nothing where it has no such
    /// thing or knows of no such path.
    pub(super) async fn find(
        &mut self,
        below: &str,
        accept: &'static str,
        max: u64,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let url = self.url(below)?;
        let place = url.to_string();
        let accept = [(ACCEPT, HeaderValue::from_static(accept))];
        let response = self.request(Method::GET, url, accept.into_iter().collect());
        let response = response.await?;
        match response.status() {
            StatusCode::NOT_FOUND
            | StatusCode::BAD_REQUEST
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_ACCEPTABLE => Ok(None),
            _ => {
                let response = web::succeeded(response, &place).await?;
                web::body(response, &place, max, &()).await.map(Some)
            }
        }
    }

    /// A layer's content.
    pub(super) async fn blob(
        &mut self,
        layer: &Layer,
        progress: &dyn Progress,
    ) -> Result<Vec<u8>, SourceError> {
        let place = format!("{} from registry `{}`", layer.digest, self.name);
        let url = self.url(&format!("blobs/{}", layer.digest))?;
        let response = self.request(Method::GET, url, HeaderMap::new()).await?;
        let response = web::succeeded(response, &place).await?;
        let content = web::body(response, &place, layer.size, progress).await?;
        if (content.len() as u64) < layer.size {
            return Err(SourceError::CutOff {
                place,
                read: content.len() as u64,
                size: layer.size,
            });
        }
        let (content, found) = digested(content);
        expect(place, &layer.digest, &found)?;
        Ok(content)
    }

    /// Uploads content, unless the repository has it.
    pub(super) async fn put_blob(
        &mut self,
        content: Bytes,
        progress: Arc<dyn Progress>,
    ) -> Result<(), SourceError> {
        let digest = sha256(&content);
        let place = format!("an upload to registry `{}`", self.name);
        let url = self.url(&format!("blobs/{digest}"))?;
        let there = self.request(Method::HEAD, url, HeaderMap::new()).await?;
        if there.status().is_success() {
            return Ok(());
        }
        let url = self.url("blobs/uploads/")?;
        let empty = [(CONTENT_LENGTH, HeaderValue::from_static("0"))];
        let begun = self.request(Method::POST, url, empty.into_iter().collect());
        let begun = web::succeeded(begun.await?, &place).await?;
        let location = begun.headers().get(LOCATION);
        let location = location.and_then(|location| location.to_str().ok());
        let mut url = location
            .and_then(|location| begun.url().join(location).ok())
            .filter(|url| url.scheme() == "https" || self.is_ours(url))
            .ok_or_else(|| SourceError::Unreachable {
                place: place.clone(),
                cause: "the registry names no place for it that is encrypted".to_owned(),
            })?;
        url.query_pairs_mut().append_pair("digest", &digest);

        progress.begin(&place, Some(content.len() as u64));
        let _ended = Ended(&*progress);
        let length = content.len();
        let pieces = pieces(content, Arc::clone(&progress));
        let request = self.authorized(self.web.client().put(url.clone()), &url);
        let request = request
            .header(CONTENT_LENGTH, length)
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(Body::wrap_stream(pieces));
        let response = self.web.send(request, &place).await?;
        web::succeeded(response, &place).await?;
        Ok(())
    }

    /// Uploads a manifest under a tag, and gives its digest.
    pub(super) async fn put_manifest(
        &mut self,
        reference: &Reference,
        manifest: Vec<u8>,
    ) -> Result<String, SourceError> {
        let place = format!("the manifest of oci://{reference}");
        let url = self.url(&format!(
            "manifests/{}",
            reference.tag().unwrap_or("latest")
        ))?;
        let (manifest, digest) = digested(manifest);
        let request = self.web.client().put(url.clone());
        let request = request.header(CONTENT_TYPE, MANIFEST_TYPE).body(manifest);
        let response = self.send(request, &url).await?;
        web::succeeded(response, &place).await?;
        Ok(digest)
    }

    fn url(&self, below: &str) -> Result<Url, SourceError> {
        // Joined as text: in a relative URL `sha256:` would be a scheme.
        Url::parse(&format!("{}{below}", self.base))
            .map_err(|error| SourceError::Here(format!("`{below}`: {error}")))
    }

    /// Whether a URL is the registry's own.
    fn is_ours(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    async fn request(
        &mut self,
        method: Method,
        url: Url,
        headers: HeaderMap,
    ) -> Result<Response, SourceError> {
        let request = self.web.client().request(method, url.clone());
        self.send(request.headers(headers), &url).await
    }

    /// Sends a request, and once more with credentials if the registry asks for
    /// them. Its body is in memory.
    async fn send(&mut self, request: RequestBuilder, url: &Url) -> Result<Response, SourceError> {
        let place = url.to_string();
        let again = request.try_clone();
        let request = self.authorized(request, url);
        let response = self.web.send(request, &place).await?;
        let (StatusCode::UNAUTHORIZED, Some(again)) = (response.status(), again) else {
            return self.permitted(response);
        };
        if self.authorization.is_some() {
            return self.permitted(response);
        }
        self.authorize(&response).await?;
        let response = self.web.send(self.authorized(again, url), &place).await?;
        self.permitted(response)
    }

    /// The response, unless the registry does not let us.
    fn permitted(&self, response: Response) -> Result<Response, SourceError> {
        match response.status() {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Err(self.unauthorized("refuses the credentials that are there, or wants others"))
            }
            _ => Ok(response),
        }
    }

    fn unauthorized(&self, problem: &'static str) -> SourceError {
        SourceError::Unauthorized {
            registry: self.name.clone(),
            problem,
            config: credentials::config_shown(),
        }
    }

    /// Credentials go to the registry alone: an upload may be sent elsewhere.
    fn authorized(&self, request: RequestBuilder, url: &Url) -> RequestBuilder {
        match &self.authorization {
            Some(value) if self.is_ours(url) => request.header(AUTHORIZATION, value.clone()),
            _ => request,
        }
    }

    /// Gets what the registry asks for in its answer.
    async fn authorize(&mut self, response: &Response) -> Result<(), SourceError> {
        let challenges = response.headers().get_all(WWW_AUTHENTICATE);
        let challenge = challenges
            .iter()
            .filter_map(|header| Challenge::parse(header.to_str().ok()?))
            .next()
            .ok_or_else(|| self.unauthorized("wants something else than a password or a token"))?;
        let credential = credentials::of(&self.name).await?;
        let scratch = self.web.client().get(self.base.clone());
        let header = match (challenge, credential) {
            (Challenge::Basic, Some(DockerCredential::UsernamePassword(name, password))) => {
                let built = scratch.basic_auth(name, Some(password)).build();
                built
                    .ok()
                    .and_then(|built| built.headers().get(AUTHORIZATION).cloned())
            }
            (Challenge::Basic, _) => return Err(self.unauthorized("wants a name and a password")),
            (Challenge::Bearer { realm, service }, credential) => {
                let token = self.token(&realm, service, credential).await?;
                let built = scratch.bearer_auth(token).build();
                built
                    .ok()
                    .and_then(|built| built.headers().get(AUTHORIZATION).cloned())
            }
        };
        let refused = || self.unauthorized("wants credentials, and those that are there are none");
        self.authorization = Some(header.ok_or_else(refused)?);
        Ok(())
    }

    /// A token for the repository from the server that the registry names.
    async fn token(
        &self,
        realm: &str,
        service: Option<String>,
        credential: Option<DockerCredential>,
    ) -> Result<String, SourceError> {
        let place = format!("a token for registry `{}`", self.name);
        let failed = |cause: &str| SourceError::Unreachable {
            place: place.clone(),
            cause: cause.to_owned(),
        };
        let mut url = Url::parse(realm).map_err(|_| failed("its server's URL is none"))?;
        // On this machine as the registry itself: in the clear no further.
        if url.scheme() != "https" && !(web::is_local(&url) && web::is_local(&self.base)) {
            return Err(failed("its server is not encrypted; accepted: https"));
        }
        let actions = match self.access {
            Access::Pull => "pull",
            Access::Push => "pull,push",
        };
        let mut fields = vec![("scope", format!("repository:{}:{actions}", self.repository))];
        fields.extend(service.map(|service| ("service", service)));
        let request = match credential {
            Some(DockerCredential::IdentityToken(token)) => {
                fields.push(("grant_type", "refresh_token".to_owned()));
                fields.push(("refresh_token", token));
                fields.push(("client_id", "portcullis".to_owned()));
                let form = url::form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&fields)
                    .finish();
                let request = self.web.client().post(url);
                let kind = "application/x-www-form-urlencoded";
                request.header(CONTENT_TYPE, kind).body(form)
            }
            credential => {
                url.query_pairs_mut().extend_pairs(&fields);
                let request = self.web.client().get(url);
                match credential {
                    Some(DockerCredential::UsernamePassword(name, password)) => {
                        request.basic_auth(name, Some(password))
                    }
                    _ => request,
                }
            }
        };
        let response = self.permitted(self.web.send(request, &place).await?)?;
        let response = web::succeeded(response, &place).await?;
        let body = web::body(response, &place, MAX_TOKEN_BYTES, &()).await?;
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
        let token = body["token"].as_str().or(body["access_token"].as_str());
        let token = token.ok_or_else(|| failed("its server gives none"))?;
        Ok(token.to_owned())
    }
}

/// Content in pieces, each told when it is handed over.
fn pieces(
    mut content: Bytes,
    progress: Arc<dyn Progress>,
) -> impl futures_util::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    stream::iter(std::iter::from_fn(move || {
        let piece = content.split_to(PIECE.min(content.len()));
        progress.advance(piece.len() as u64);
        (!piece.is_empty()).then_some(Ok(piece))
    }))
}

pub(super) fn digested(content: Vec<u8>) -> (Vec<u8>, String) {
    let content = Bytes::from(content);
    let digest = sha256(&content);
    // Nobody else has it, so it is not copied.
    (Vec::from(content), digest)
}

pub(super) fn expect(what: String, expected: &str, found: &str) -> Result<(), SourceError> {
    if expected == found {
        return Ok(());
    }
    Err(SourceError::Digest {
        what,
        expected: expected.to_owned(),
        found: found.to_owned(),
    })
}
