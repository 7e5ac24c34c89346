//! What a plugin may do: request ∩ grant, decided in one place.
//!
//! A plugin's manifest makes a [`Request`], the admin makes a [`Grant`], and
//! [`decide`] gives the [`Policy`] that the runtime enforces: everything that
//! is requested *and* granted, and nothing else. An empty request gives a
//! policy under which a plugin can compute and read the clock.
//!
//! This module is pure. It opens no file, resolves no name, reads no
//! environment variable and imports nothing else of this crate; a path, a
//! secret's source and an address are values here.
//!
//! Rules that hold everywhere:
//! - what was not granted is absent, not an error: a plugin whose host was not
//!   granted runs, and its request is refused by [`HttpPolicy::check`];
//! - a grant for something that the manifest never asked for *is* an error,
//!   because it is a typing mistake or a manifest that has changed;
//! - no grant widens a request, and no request widens a grant;
//! - hosts are compared lower-case, in their ASCII (IDNA) form, without a
//!   trailing dot; see [`Host`];
//! - an address that is not public needs a grant *by address*; see
//!   [`HttpRule::allows_address`];
//! - where the admin wants the user asked, what is requested and not granted may be
//!   allowed while the plugin runs, by the user and by name; see [`AskHttp`].

mod address;
mod ask;
mod decide;
mod difference;
mod flag;
mod grant;
mod host;
mod http;
mod instances;
mod invalid;
mod limit_field;
mod limits;
mod method;
mod missing;
mod name;
mod origin;
mod request;
mod revocation;
mod secret;
mod standing;
mod summary;
mod text;
mod unit;

pub use address::{AddressDenied, AddressKind};
pub use ask::{AskHttp, HttpConsent};
pub use decide::{DirectoryConsent, Mount, Policy, PolicyError, PolicyErrors, decide};
pub use difference::{Difference, difference};
pub(crate) use flag::{ASK, parse_http};
pub use flag::{GrantFlag, parse_flag};
pub use grant::{Consent, FilesystemGrant, Grant, HttpGrant, SecretSource};
pub use host::{Host, HostPattern};
pub use http::{HttpDenied, HttpPolicy, HttpRule};
pub use instances::Instances;
pub use invalid::Invalid;
pub use limit_field::LimitField;
pub(crate) use limit_field::MAX_TABLE_ELEMENTS;
pub use limits::{CallLimits, LimitValues, Limits};
pub use method::Method;
pub use missing::{grant_all, missing_flags};
pub use name::check_name;
pub use origin::{Origin, Scheme};
pub use request::{
    ANY_DIRECTORY, ANY_HOST, Access, FilesystemRequest, HttpRequest, HttpTarget, KeyvalueRequest,
    Request, SecretRequest, SecretTarget, SettingRequest,
};
pub use revocation::{Revocation, parse_revocation};
pub use secret::{SecretFormat, SecretRule, SecretUnusable, check_header};
pub use standing::{divide, widened};
pub use summary::{RequestKind, RequestLine, summary};
pub(crate) use text::is_hidden;
pub use text::{check_text, hidden, printable, printable_lines, quoted};
pub(crate) use unit::{format_milliseconds, format_size, parse_duration, parse_size};
