//! `[cache]`: how long clients may keep what the plugin gave them.
//!
//! Says something about the plugin's data and asks for nothing. It is passed on
//! to clients that know of it; none of them has to keep anything.

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{
    package::document::{Fields, Value},
    policy::{Invalid, format_milliseconds, parse_duration, quoted},
};

/// The longest time in milliseconds: 30 days.
const MAX_MILLISECONDS: u64 = 30 * 24 * 3_600_000;

/// How long clients may keep what a plugin gave them, and who may share it. By
/// default nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CacheHints {
    /// How long the lists of its tools, prompts and resources. Default 0.
    pub lists: Duration,
    /// How long a resource that was read. Default 0.
    pub resources: Duration,
    /// Whether a resource that was read for one user may be given to another.
    /// Default `false`.
    pub public: bool,
}

impl CacheHints {
    fn scope(self) -> &'static str {
        if self.public { "public" } else { "private" }
    }
}

impl fmt::Display for CacheHints {
    /// `lists 5m, resources 30s, public`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lists, resources) = (written(self.lists), written(self.resources));
        write!(f, "lists {lists}, resources {resources}, {}", self.scope())
    }
}

impl Serialize for CacheHints {
    /// An object of the fields as the manifest has them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("CacheHints", 3)?;
        fields.serialize_field("lists", &written(self.lists))?;
        fields.serialize_field("resources", &written(self.resources))?;
        fields.serialize_field("scope", self.scope())?;
        fields.end()
    }
}

/// Reads `[cache]`; what is wrong is reported.
pub(super) fn read_cache(root: &Fields<'_>) -> CacheHints {
    let Some(table) = root.get("cache").and_then(|value| value.fields()) else {
        return CacheHints::default();
    };
    let lists = table.get("lists").and_then(|value| read_time(&value));
    let resources = table.get("resources").and_then(|value| read_time(&value));
    let public = table.get("scope").and_then(|value| {
        value.parse_with("private, public", |text| match text {
            "private" => Ok(false),
            "public" => Ok(true),
            _ => Err(Invalid::new(
                format!("{} is not a scope", quoted(text)),
                "private, public",
            )),
        })
    });
    table.finish();
    CacheHints {
        lists: lists.unwrap_or_default(),
        resources: resources.unwrap_or_default(),
        public: public.unwrap_or_default(),
    }
}

fn read_time(value: &Value<'_>) -> Option<Duration> {
    value.parse_with("a duration such as \"30s\", \"5m\"", |text| {
        parse_duration(text, 0..=MAX_MILLISECONDS)
    })
}

fn written(time: Duration) -> String {
    match u64::try_from(time.as_millis()).unwrap_or(u64::MAX) {
        0 => "0s".to_owned(),
        milliseconds => format_milliseconds(milliseconds),
    }
}
