//! Progress on its way to a client.
//!
//! Source: MCP 2026-07-28, basic patterns, "Progress".

use serde::Serialize;
use serde_json::value::RawValue;

use super::Revision;

/// The method of the notification.
pub const METHOD: &str = "notifications/progress";

/// The parameters of the notification.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgressParams<'a> {
    /// The token of the request, as it came.
    pub progress_token: &'a RawValue,
    /// How far it has come.
    pub progress: Number,
    /// How far it has to go, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<Number>,
    /// What is being done. Revisions before 2025-03-26 have no such member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'a str>,
}

impl<'a> ProgressParams<'a> {
    /// The parameters as a revision has them.
    pub fn new(
        token: &'a RawValue,
        progress: f64,
        total: Option<f64>,
        message: Option<&'a str>,
        revision: Revision,
    ) -> Self {
        ProgressParams {
            progress_token: token,
            progress: Number(progress),
            total: total.map(Number),
            message: message.filter(|_| revision >= Revision::V2025_03_26),
        }
    }
}

/// A finite number, written without a fraction where it has none: `50`, not
/// `50.0`.
pub struct Number(f64);

impl Serialize for Number {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53
        if self.0.fract() == 0.0 && self.0.abs() < EXACT {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}
