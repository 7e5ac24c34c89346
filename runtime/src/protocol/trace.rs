//! Trace context: which larger operation a request belongs to.
//!
//! Sources: MCP 2026-07-28, basic, "`_meta`", "OpenTelemetry trace context"; W3C
//! Trace Context, "Traceparent Header" and "Tracestate Header".

/// The trace that a request belongs to, as its caller named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace and the caller's own part of it: `00-<32 hex>-<16 hex>-<2 hex>`.
    pub traceparent: String,
    /// What tracing systems add to it.
    pub tracestate: Option<String>,
}

/// The longest `tracestate` that is passed on.
const MAX_TRACESTATE: usize = 512;

impl TraceContext {
    /// Takes what a caller sent; nothing if it is no trace, as the W3C wants.
    pub fn new(traceparent: &str, tracestate: Option<&str>) -> Option<TraceContext> {
        let mut parts = traceparent.split('-');
        let mut hex = |length: usize| {
            let part = parts.next()?;
            let right = part.len() == length
                && part
                    .bytes()
                    .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            right.then_some(part)
        };
        let (version, trace, parent, _) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        let zero = |part: &str| part.bytes().all(|byte| byte == b'0');
        if version == "ff" || zero(trace) || zero(parent) {
            return None;
        }
        if version == "00" && parts.next().is_some() {
            return None;
        }
        let plain = |text: &&str| {
            text.len() <= MAX_TRACESTATE && text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
        };
        Some(TraceContext {
            traceparent: traceparent.to_owned(),
            tracestate: tracestate.filter(plain).map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::TraceContext;

    #[test]
    fn what_is_no_trace_is_dropped() {
        let good = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
        assert!(TraceContext::new(good, Some("a=1")).is_some_and(|t| t.tracestate.is_some()));
        assert!(TraceContext::new(good, Some("a\n=1")).is_some_and(|t| t.tracestate.is_none()));
        assert!(TraceContext::new(&good.replacen("00", "01", 1), None).is_some());
        for bad in [
            "",
            "00-x",
            "00-0AF7651916CD43DD8448EB211C80319C-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "ff-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
            "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01-x",
        ] {
            assert_eq!(TraceContext::new(bad, None), None, "{bad}");
        }
    }
}
