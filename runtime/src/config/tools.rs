//! `[plugins.NAME.tools.TOOL]`: limits of one tool's calls.

use std::collections::BTreeMap;

use crate::{
    package::{Fields, Value},
    policy::{CallLimits, LimitField, check_text},
};

/// The longest name of a tool, in characters.
const MAX_NAME: usize = 64;

/// Reads a plugin's `tools`; what is wrong is reported.
pub(super) fn read_tools(table: &Fields<'_>) -> BTreeMap<String, CallLimits> {
    let Some(tools) = table.get("tools").and_then(|value| value.fields()) else {
        return BTreeMap::new();
    };
    let entries = tools.named_entries(|name| check_text(name, MAX_NAME));
    entries
        .iter()
        .filter_map(|entry| {
            let limits = entry.fields()?;
            let count = |field: LimitField| {
                let value = limits.get(field.name())?;
                read_count(&value, field)
            };
            let read = CallLimits {
                calls_per_minute: count(LimitField::CallsPerMinute),
                concurrency: count(LimitField::Concurrency),
            };
            limits.finish();
            Some((entry.key().to_owned(), read))
        })
        .collect()
}

/// Reads a limit that is a count.
pub(super) fn read_count(value: &Value<'_>, field: LimitField) -> Option<u32> {
    let number = value.integer("a whole number")?;
    match field.parse_integer(number) {
        Ok(count) => u32::try_from(count).ok(),
        Err(invalid) => {
            value.invalid(&invalid);
            None
        }
    }
}
