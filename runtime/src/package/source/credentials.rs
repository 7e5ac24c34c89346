//! Who we are to a registry: what `docker login` has kept.
//!
//! Read only when a registry asks for it, and sent to that registry alone, or to
//! the token server that it names.

use std::{env, fs::File, io, path::PathBuf};

use docker_credential::{CredentialRetrievalError, DockerCredential, get_credential_from_reader};

use super::error::SourceError;

/// How docker calls its own registry in its configuration.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// The credentials for a registry; none where docker has none.
pub(super) async fn of(registry: &str) -> Result<Option<DockerCredential>, SourceError> {
    let name = registry.to_owned();
    // A helper is another program, which may ask the person.
    let reading = tokio::task::spawn_blocking(move || read(&name));
    reading.await.map_err(SourceError::ended)?
}

/// Docker's configuration.
pub(super) fn config() -> Option<PathBuf> {
    let folder = match env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => env::home_dir()?.join(".docker"),
    };
    Some(folder.join("config.json"))
}

/// Where docker's configuration is, for messages.
pub(super) fn config_shown() -> String {
    let shown = config().map(|path| path.display().to_string());
    shown.unwrap_or_else(|| "docker's config.json".to_owned())
}

fn read(registry: &str) -> Result<Option<DockerCredential>, SourceError> {
    let failed = |cause: String| SourceError::Credentials {
        registry: registry.to_owned(),
        config: config_shown(),
        cause,
    };
    let Some(path) = config() else {
        return Ok(None);
    };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error.to_string())),
    };
    let server = match registry {
        "docker.io" => DOCKER_HUB,
        other => other,
    };
    match get_credential_from_reader(io::BufReader::new(file), server) {
        Ok(credential) => Ok(Some(credential)),
        Err(CredentialRetrievalError::NoCredentialConfigured) => Ok(None),
        // Every helper says it by these words, and nothing else.
        Err(CredentialRetrievalError::HelperFailure { stdout, .. })
            if stdout.contains("credentials not found") =>
        {
            Ok(None)
        }
        Err(CredentialRetrievalError::HelperFailure { helper, .. }) => {
            Err(failed(format!("the helper `{helper}` failed")))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

/// What a registry wants in its `WWW-Authenticate` header.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// Name and password.
    Basic,
    /// A token from another server.
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

impl Challenge {
    /// Reads a header. Source: RFC 9110, "Authentication", and the token
    /// authentication of the distribution project.
    pub(super) fn parse(header: &str) -> Option<Self> {
        let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service) = (None, None);
        let mut rest = rest.trim_start();
        while let Some((key, after)) = rest.split_once('=') {
            let (value, after) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_at(after.find(',').unwrap_or(after.len())),
            };
            match key.trim().to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value.to_owned()),
                "service" => service = Some(value.to_owned()),
                _ => {}
            }
            rest = after.trim_start().trim_start_matches(',').trim_start();
        }
        Some(Self::Bearer {
            realm: realm?,
            service,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges() {
        let bearer = |realm: &str, service: Option<&str>| {
            Some(Challenge::Bearer {
                realm: realm.to_owned(),
                service: service.map(str::to_owned),
            })
        };
        for (header, challenge) in [
            ("Basic realm=\"x\"", Some(Challenge::Basic)),
            ("basic", Some(Challenge::Basic)),
            (
                "Bearer realm=\"https://a.example/token\",service=\"a, b\",scope=\"repository:x:pull\"",
                bearer("https://a.example/token", Some("a, b")),
            ),
            ("bearer service=a, realm=b", bearer("b", Some("a"))),
            ("Bearer realm=\"https://a.example", None),
            ("Bearer service=\"a\"", None),
            ("Negotiate", None),
            ("", None),
        ] {
            assert_eq!(Challenge::parse(header), challenge, "{header}");
        }
    }
}
