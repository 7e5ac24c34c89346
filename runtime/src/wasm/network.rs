//! Outgoing HTTP: what a guest's request passes on its way out.
//!
//! Every request, each hop of a redirect included (they return to the guest,
//! which has to ask again), is checked by method, scheme, host and port against
//! the policy. The name is resolved once, each address is checked, and the
//! connection goes to the address that was checked: a name that changes its
//! mind in between gains nothing. Secrets are added last.

mod body;
mod client;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, Uri};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

pub(super) use client::Client;

use super::consent::{Asking, Wanted};
use super::events::Events;
use super::plugin::Shared;
use super::uses::Uses;
use crate::policy::{Host, HttpDenied, HttpRule, Scheme};
use crate::protocol::trace::TraceContext;

/// The header values that hold a plugin's secrets, by the secrets' names. Each
/// is marked sensitive, so that nothing prints it.
pub type Secrets = BTreeMap<String, HeaderValue>;

/// A guest's access to the network, and what its call has used of it.
pub(super) struct Network {
    plugin: Arc<Shared>,
    usage: Arc<Usage>,
    uses: Option<Arc<Uses>>,
    /// Who is asked for what is not granted; none where it is refused.
    asking: Option<Arc<Asking>>,
    trace: Option<TraceContext>,
}

/// Counts against the limits of one call.
#[derive(Default)]
pub(super) struct Usage {
    requests: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

impl Network {
    pub(super) fn new(plugin: Arc<Shared>) -> Self {
        Network {
            plugin,
            usage: Arc::default(),
            uses: None,
            asking: None,
            trace: None,
        }
    }

    pub(super) fn begin(&mut self, events: &Events, asking: Option<Arc<Asking>>) {
        self.uses = events.uses.clone();
        self.asking = asking;
        self.trace = events.trace.clone();
    }

    pub(super) fn end(&mut self) {
        self.usage = Arc::default();
        self.uses = None;
        self.asking = None;
        self.trace = None;
    }
}

type Sent = Result<
    (
        Response<WasiBody>,
        Box<dyn Future<Output = Result<(), Error>> + Send>,
    ),
    Error,
>;

impl WasiHttpHooks for Network {
    fn send_request(
        &mut self,
        mut request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        let plugin = Arc::clone(&self.plugin);
        let usage = Arc::clone(&self.usage);
        let uses = self.uses.clone();
        let asking = self.asking.clone();
        if let Some(trace) = &self.trace {
            carry_on(trace, request.headers_mut());
        }
        Box::new(async move {
            let (method, host) = (request.method().clone(), granted_as(request.uri()));
            // Counted before it is sent: the call may end in the middle of that.
            if let Some(uses) = &uses {
                uses.http(method.as_str(), &host);
            }
            let options = options.unwrap_or_default();
            let sent = send(&plugin, usage, asking.as_deref(), request, options).await;
            if let (Some(uses), Err(Error::HttpRequestDenied | Error::DestinationIpProhibited)) =
                (&uses, &sent)
            {
                uses.http_denied(method.as_str(), &host);
            }
            sent
        })
    }
}

/// Names the caller's trace in a request, unless the guest named one itself.
fn carry_on(trace: &TraceContext, headers: &mut HeaderMap) {
    const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
    const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
    if headers.contains_key(TRACEPARENT) {
        return;
    }
    if let Ok(value) = HeaderValue::from_str(&trace.traceparent) {
        headers.insert(TRACEPARENT, value);
    }
    if let Some(Ok(value)) = trace.tracestate.as_deref().map(HeaderValue::from_str) {
        headers.insert(TRACESTATE, value);
    }
}

/// Where a request goes, as a grant would name it.
fn granted_as(uri: &Uri) -> String {
    let scheme = match uri.scheme_str() {
        None | Some("https") => String::new(),
        Some(scheme) => format!("{scheme}://"),
    };
    let host = uri.host().unwrap_or_default();
    let port = uri.port_u16().filter(|port| {
        let scheme: Option<Scheme> = uri.scheme_str().unwrap_or("https").parse().ok();
        scheme.is_none_or(|scheme| scheme.default_port() != *port)
    });
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}{host}{port}")
}

async fn send(
    plugin: &Shared,
    usage: Arc<Usage>,
    asking: Option<&Asking>,
    request: Request<WasiBody>,
    options: RequestOptions,
) -> Sent {
    let limits = &plugin.policy.limits;
    // Nothing lends the request while an answer is waited for: its body can be
    // used by one thread alone.
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let refuse = |reason: &str| {
        tracing::warn!(
            plugin = &*plugin.name,
            method = %method,
            host = uri.host(),
            "refused a request: {reason}"
        );
        Err(Error::HttpRequestDenied)
    };

    if usage.requests.fetch_add(1, Ordering::Relaxed) >= u64::from(limits.http_requests) {
        return refuse(&format!(
            "this call reached its http-requests limit ({})",
            limits.http_requests
        ));
    }
    let Some(authority) = uri.authority() else {
        return Err(Error::HttpRequestUriInvalid);
    };
    if authority.as_str().contains('@') {
        return refuse("the URL carries a user name; accepted: host and port");
    }
    let scheme = uri.scheme_str().unwrap_or("https");
    let Ok(scheme) = scheme.parse::<Scheme>() else {
        return refuse(&format!("scheme `{scheme}`; accepted: https, http"));
    };
    let port = uri.port_u16().unwrap_or_else(|| scheme.default_port());
    let raw_host = uri.host().unwrap_or_default();
    let asked = (method.as_str(), scheme, raw_host, port);
    let rule = match allowed_by(plugin, asking, asked).await {
        Ok(rule) => rule,
        Err(denied) => return refuse(&denied.to_string()),
    };
    let rule = &*rule;
    let Ok(host) = raw_host.parse::<Host>() else {
        return Err(Error::HttpRequestUriInvalid);
    };
    let request = request.map(|inner| {
        body::limited(
            inner,
            body::Budget::new(
                Arc::clone(&usage),
                body::Direction::Sent,
                limits.http_request_bytes,
            ),
        )
    });
    let target = client::Target { scheme, host, port };
    let allowed = |address| {
        rule.allows_address(address).map_err(|denied| {
            tracing::warn!(plugin = &*plugin.name, "refused a request: {denied}");
        })
    };
    let add_secrets = |headers: &mut HeaderMap, address| {
        for (name, secret) in plugin.policy.secrets_for(rule, &target.host, address) {
            if let (Ok(header), Some(value)) = (
                HeaderName::try_from(&secret.header),
                plugin.secrets.get(name),
            ) {
                headers.insert(header, value.clone());
            }
        }
    };
    let (response, connection) = plugin
        .client
        .send(request, &target, options, allowed, add_secrets)
        .await?;
    let response = response.map(|inner| {
        body::limited(
            inner,
            body::Budget::new(usage, body::Direction::Received, limits.http_response_bytes),
        )
    });
    Ok((response, connection))
}

/// The rule that allows a request: of the policy, or of the user, who is asked
/// about what is requested and not granted.
async fn allowed_by<'a>(
    plugin: &'a Shared,
    asking: Option<&Asking>,
    (method, scheme, host, port): (&str, Scheme, &str, u16),
) -> Result<Cow<'a, HttpRule>, HttpDenied> {
    let (policy, scheme) = (&plugin.policy, scheme.as_str());
    let denied = match policy.http.check(method, scheme, host, port) {
        Ok(rule) => return Ok(Cow::Borrowed(rule)),
        Err(denied) => denied,
    };
    // Where some methods are granted the admin has decided about the others.
    let open = !matches!(denied, HttpDenied::Method { .. } | HttpDenied::Never { .. });
    if let Some(asking) = asking
        && open
        && let Some(wanted) = policy.ask_http.consent(method, scheme, host, port)
        && asking
            .allows(&format!("http:{}", wanted.rule.origin), || {
                Wanted::http(&wanted)
            })
            .await
    {
        return Ok(Cow::Owned(wanted.rule));
    }
    Err(denied)
}
