//! The HTTP client: resolve once, connect to what was checked, send.

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderValue};
use http::{HeaderMap, Request, Response, Uri};
use http_body::Body;
use http_body_util::BodyExt as _;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody};

use crate::policy::{Host, Scheme};

/// How long connecting may take where the guest does not say: the call's
/// deadline ends it sooner in most cases.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);

/// The most that the headers of a response may take.
const MAX_RESPONSE_HEADERS: usize = 64 << 10;

/// Where a request goes.
pub(super) struct Target {
    pub(super) scheme: Scheme,
    pub(super) host: Host,
    pub(super) port: u16,
}

/// Sends requests; TLS trusts what the operating system trusts.
#[derive(Default)]
pub(in super::super) struct Client {
    tls: OnceLock<Result<TlsConnector, String>>,
}

type Connection = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl Client {
    /// Sends a request to the first address of `target` that `allowed` lets
    /// pass and that answers; `add_secrets` sees that address. The second part of the result drives the
    /// connection while the body is read.
    pub(super) async fn send(
        &self,
        mut request: Request<WasiBody>,
        target: &Target,
        options: RequestOptions,
        allowed: impl Fn(IpAddr) -> Result<(), ()>,
        add_secrets: impl FnOnce(&mut HeaderMap, IpAddr),
    ) -> Result<(Response<WasiBody>, Connection), Error> {
        let connect_timeout = options.connect_timeout.unwrap_or(CONNECT_TIMEOUT);
        let connecting = async {
            let addresses = resolve(target, allowed).await?;
            let (stream, address) = connect(&addresses).await?;
            let stream = match target.scheme {
                Scheme::Http => Box::new(stream) as Box<dyn Stream>,
                Scheme::Https => self.encrypt(stream, target).await?,
            };
            Ok::<_, Error>((stream, address))
        };
        let (stream, address) = tokio::time::timeout(connect_timeout, connecting)
            .await
            .map_err(|_| Error::ConnectionTimeout)??;

        // On the wire the target is a path; the host goes into its header,
        // written here so that the guest cannot name another.
        let host =
            HeaderValue::from_str(&authority(target)).map_err(|_| Error::HttpRequestUriInvalid)?;
        request.headers_mut().insert(HOST, host);
        add_secrets(request.headers_mut(), address);
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str());
        *request.uri_mut() = path
            .parse::<Uri>()
            .map_err(|_| Error::HttpRequestUriInvalid)?;

        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(MAX_RESPONSE_HEADERS)
            .handshake(TokioIo::new(stream))
            .await?;
        let mut connection: Connection =
            Box::new(async move { connection.await.map_err(Error::from) });
        let sending = sender.send_request(request);
        let first_byte = options.first_byte_timeout.unwrap_or(Duration::MAX);
        let response = {
            let mut driving = Box::into_pin(connection);
            let mut ended = false;
            let response = tokio::time::timeout(first_byte, async {
                tokio::pin!(sending);
                tokio::select! {
                    response = &mut sending => response.map_err(Error::from),
                    result = &mut driving => {
                        ended = true;
                        result?;
                        sending.await.map_err(Error::from)
                    }
                }
            })
            .await
            .map_err(|_| Error::ConnectionReadTimeout)??;
            connection = if ended {
                Box::new(async { Ok(()) })
            } else {
                Box::new(driving)
            };
            response
        };
        let between = options.between_bytes_timeout;
        Ok((response.map(|body| timed(body, between)), connection))
    }

    async fn encrypt(&self, stream: TcpStream, target: &Target) -> Result<Box<dyn Stream>, Error> {
        let connector = self
            .tls
            .get_or_init(|| {
                rustls::ClientConfig::with_platform_verifier()
                    .map(|config| TlsConnector::from(Arc::new(config)))
                    .map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(|error| Error::InternalError(Some(format!("no TLS here: {error}"))))?;
        let name = match (target.host.address(), target.host.name()) {
            (Some(address), _) => ServerName::from(address),
            (None, name) => ServerName::try_from(name.unwrap_or_default().to_owned())
                .map_err(|_| Error::HttpRequestUriInvalid)?,
        };
        let stream = connector.connect(name, stream).await.map_err(Error::Tls)?;
        Ok(Box::new(stream))
    }
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

fn authority(target: &Target) -> String {
    if target.port == target.scheme.default_port() {
        target.host.to_string()
    } else {
        format!("{}:{}", target.host, target.port)
    }
}

/// Looks the host up once and keeps the addresses that are allowed.
async fn resolve(
    target: &Target,
    allowed: impl Fn(IpAddr) -> Result<(), ()>,
) -> Result<Vec<SocketAddr>, Error> {
    let found: Vec<SocketAddr> = match target.host.address() {
        Some(address) => vec![SocketAddr::new(address, target.port)],
        None => tokio::net::lookup_host((target.host.name().unwrap_or_default(), target.port))
            .await
            .map_err(|error| Error::DnsError {
                rcode: Some(error.to_string()),
                info_code: None,
            })?
            .collect(),
    };
    if found.is_empty() {
        return Err(Error::DestinationNotFound);
    }
    let kept: Vec<SocketAddr> = found
        .into_iter()
        .filter(|address| allowed(address.ip()).is_ok())
        .collect();
    if kept.is_empty() {
        return Err(Error::DestinationIpProhibited);
    }
    Ok(kept)
}

async fn connect(addresses: &[SocketAddr]) -> Result<(TcpStream, IpAddr), Error> {
    let mut last = None;
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(Error::Connect)?;
                return Ok((stream, address.ip()));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.map_or(Error::DestinationUnavailable, Error::Connect))
}

/// A response body that fails where the guest's own time between bytes is over.
fn timed(body: hyper::body::Incoming, between: Option<Duration>) -> WasiBody {
    let body = body.map_err(Error::from);
    match between {
        None => body.boxed_unsync(),
        Some(between) => Timed {
            inner: body,
            between,
            sleep: Box::pin(tokio::time::sleep(between)),
        }
        .boxed_unsync(),
    }
}

struct Timed<B> {
    inner: B,
    between: Duration,
    sleep: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl<B: Body<Data = Bytes, Error = Error> + Unpin> Body for Timed<B> {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Error>>> {
        use std::task::Poll;
        match std::pin::Pin::new(&mut self.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                let next = tokio::time::Instant::now() + self.between;
                self.sleep.as_mut().reset(next);
                Poll::Ready(frame)
            }
            Poll::Pending => self
                .sleep
                .as_mut()
                .poll(cx)
                .map(|()| Some(Err(Error::ConnectionReadTimeout))),
        }
    }
}

#[cfg(test)]
mod tests;
