//! Reading a TOML file with places.
//!
//! A [`Report`] collects what is wrong; [`Fields`] and [`Value`] walk the file
//! and report every mistake at its line, so that one reading finds them all.
//! A reader asks a table for each field it knows, uses what it gets, and calls
//! [`Fields::finish`], which reports the fields nobody asked for. Reading goes
//! on after a mistake; whoever reads looks at the report before using what was
//! read.

use std::{cell::RefCell, ops::Range, str::FromStr};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{diagnostic::nearest, report::Report};
use crate::policy::{Invalid, quoted};

/// One table of a file.
pub(crate) struct Fields<'r> {
    report: &'r Report<'r>,
    table: &'r DeTable<'r>,
    span: Range<usize>,
    path: String,
    known: RefCell<Vec<&'static str>>,
}

/// One value of a file.
pub(crate) struct Value<'r> {
    report: &'r Report<'r>,
    value: &'r DeValue<'r>,
    span: Range<usize>,
    /// The path of the table that the value is in, and its own key or index.
    path: String,
    key: String,
}

impl<'r> Fields<'r> {
    /// The top of a file.
    pub(crate) fn root(report: &'r Report<'_>, table: &'r Spanned<DeTable<'_>>) -> Self {
        Fields {
            report,
            table: table.get_ref(),
            span: 0..0,
            path: String::new(),
            known: RefCell::default(),
        }
    }

    /// A field's value, if it is there.
    pub(crate) fn get(&self, key: &'static str) -> Option<Value<'r>> {
        self.known.borrow_mut().push(key);
        let (_, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(self.value(key, value))
    }

    /// A field's value; reports when it is not there. `accepted` says what it
    /// would be.
    pub(crate) fn required(&self, key: &'static str, accepted: &str) -> Option<Value<'r>> {
        let value = self.get(key);
        if value.is_none() {
            let message = format!("missing field `{key}` in {}", label(&self.path));
            self.report.add(
                self.span.start,
                &join(&self.path, key),
                message,
                Some(accepted),
                None,
            );
        }
        value
    }

    /// The values of an array of tables; none when it is not there.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<Fields<'r>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let DeValue::Array(items) = value.value else {
            value.wrong_type(&format!("[[{}]], once for each", join(&self.path, key)));
            return Vec::new();
        };
        let items = items.iter().enumerate();
        items
            .filter_map(|(index, item)| value.item(index, item).fields())
            .collect()
    }

    /// Every field of a table whose keys the author chooses, without those
    /// whose key is not acceptable, which are reported.
    pub(crate) fn named_entries(
        &self,
        accept: impl Fn(&str) -> Result<(), Invalid>,
    ) -> Vec<Value<'r>> {
        let mut entries = Vec::new();
        for (key, value) in self.table {
            match accept(key.get_ref()) {
                Ok(()) => entries.push(self.value(key.get_ref(), value)),
                Err(invalid) => {
                    let message = format!("{} in {}", invalid.message, label(&self.path));
                    let field = join(&self.path, key.get_ref());
                    self.report.add(
                        key.span().start,
                        &field,
                        message,
                        Some(&invalid.accepted),
                        None,
                    );
                }
            }
        }
        entries
    }

    /// Reports something about the table as a whole, at its head.
    pub(crate) fn invalid(&self, invalid: &Invalid) {
        let message = format!("{} in {}", invalid.message, label(&self.path));
        self.report.add(
            self.span.start,
            &self.path,
            message,
            Some(&invalid.accepted),
            None,
        );
    }

    /// Reports the fields that nobody asked for.
    pub(crate) fn finish(&self) {
        self.finish_with(|_, _| None);
    }

    /// Reports the fields that nobody asked for. `describe` gets the quoted
    /// key, and whether it is a table or an array of tables, and may put what
    /// it finds more fitting in place of the usual message and list.
    pub(crate) fn finish_with(
        &self,
        describe: impl Fn(&str, bool) -> Option<(String, &'static [&'static str])>,
    ) {
        let known = self.known.borrow();
        for (key, value) in self.table {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let is_table = match value.get_ref() {
                DeValue::Table(_) => true,
                DeValue::Array(items) => items.iter().any(|item| item.get_ref().is_table()),
                _ => false,
            };
            let usual = || {
                (
                    format!("unknown field {} in {}", quoted(name), label(&self.path)),
                    known.as_slice(),
                )
            };
            let (message, accepted) = describe(&quoted(name), is_table).unwrap_or_else(usual);
            let suggestion = nearest(name, accepted.iter().copied());
            let field = join(&self.path, name);
            self.report.add(
                key.span().start,
                &field,
                message,
                Some(&accepted.join(", ")),
                suggestion,
            );
        }
    }

    fn value(&self, key: &str, value: &'r Spanned<DeValue<'r>>) -> Value<'r> {
        Value {
            report: self.report,
            value: value.get_ref(),
            span: value.span(),
            path: self.path.clone(),
            key: key.to_owned(),
        }
    }
}

impl<'r> Value<'r> {
    /// The value's key in its table.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The line at which the value begins.
    pub(crate) fn line(&self) -> usize {
        self.report.place(self.span.start).0
    }

    /// The text, when the value is one; nothing is reported otherwise.
    pub(crate) fn as_str(&self) -> Option<&'r str> {
        self.value.as_str()
    }

    /// The number, when the value is one; nothing is reported otherwise.
    pub(crate) fn as_integer(&self) -> Option<i64> {
        let integer = self.value.as_integer()?;
        i64::from_str_radix(integer.as_str(), integer.radix()).ok()
    }

    /// Whether the value is a table.
    pub(crate) fn is_table(&self) -> bool {
        self.value.is_table()
    }

    /// A text.
    pub(crate) fn string(&self, accepted: &str) -> Option<&'r str> {
        self.or_wrong_type(self.as_str(), accepted)
    }

    /// A whole number.
    pub(crate) fn integer(&self, accepted: &str) -> Option<i64> {
        self.or_wrong_type(self.as_integer(), accepted)
    }

    /// `true` or `false`.
    pub(crate) fn boolean(&self) -> Option<bool> {
        self.or_wrong_type(self.value.as_bool(), "true, false")
    }

    /// A text in a form of its own.
    pub(crate) fn parse<T: FromStr<Err = Invalid>>(&self, accepted: &str) -> Option<T> {
        self.parse_with(accepted, str::parse)
    }

    /// A text in a form of its own.
    pub(crate) fn parse_with<T>(
        &self,
        accepted: &str,
        parse: impl FnOnce(&str) -> Result<T, Invalid>,
    ) -> Option<T> {
        let text = self.string(accepted)?;
        parse(text).map_err(|invalid| self.invalid(&invalid)).ok()
    }

    /// The values of an array.
    pub(crate) fn items(&self, accepted: &str) -> Option<Vec<Value<'r>>> {
        let array = self.or_wrong_type(self.value.as_array(), accepted)?;
        Some(
            array
                .iter()
                .enumerate()
                .map(|(index, item)| self.item(index, item))
                .collect(),
        )
    }

    /// A table.
    pub(crate) fn fields(&self) -> Option<Fields<'r>> {
        let path = self.field();
        let table =
            self.or_wrong_type(self.value.as_table(), &format!("a table such as [{path}]"))?;
        Some(Fields {
            report: self.report,
            table,
            span: self.span.clone(),
            path,
            known: RefCell::default(),
        })
    }

    /// Reports that the value is not acceptable.
    pub(crate) fn invalid(&self, invalid: &Invalid) {
        let message = format!("{}: {}", self.place(), invalid.message);
        self.report.add(
            self.span.start,
            &self.field(),
            message,
            Some(&invalid.accepted),
            None,
        );
    }

    /// Reports that the value is of the wrong type.
    pub(crate) fn wrong_type(&self, accepted: &str) {
        let kind = match self.value {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "an array",
            DeValue::Table(_) => "a table",
        };
        let source = self.report.text.get(self.span.clone()).unwrap_or_default();
        let shown = if self.value.is_table() {
            String::new()
        } else {
            format!(": {}", quoted(source))
        };
        let message = format!("{} is {kind}{shown}", self.place());
        self.report.add(
            self.span.start,
            &self.field(),
            message,
            Some(accepted),
            None,
        );
    }

    /// The value's path: `http[0].methods`.
    fn field(&self) -> String {
        if self.key.starts_with('[') {
            format!("{}{}", self.path, self.key)
        } else {
            join(&self.path, &self.key)
        }
    }

    /// The value's place in words: `methods` in [[http]].
    fn place(&self) -> String {
        if let Some(index) = self.key.strip_prefix('[') {
            let index: usize = index.trim_end_matches(']').parse().unwrap_or_default();
            let (table, array) = self.path.rsplit_once('.').unwrap_or(("", &self.path));
            return format!("item {} of `{array}` in {}", index + 1, label(table));
        }
        format!("{} in {}", quoted(&self.key), label(&self.path))
    }

    fn item(&self, index: usize, item: &'r Spanned<DeValue<'r>>) -> Value<'r> {
        Value {
            report: self.report,
            value: item.get_ref(),
            span: item.span(),
            path: self.field(),
            key: format!("[{index}]"),
        }
    }

    fn or_wrong_type<T>(&self, value: Option<T>, accepted: &str) -> Option<T> {
        if value.is_none() {
            self.wrong_type(accepted);
        }
        value
    }
}

/// A path and one key more; a key that TOML would quote is quoted.
fn join(path: &str, key: &str) -> String {
    let bare = !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let key = if bare {
        key.to_owned()
    } else {
        format!("\"{}\"", quoted(key).trim_matches('`'))
    };
    if path.is_empty() {
        key
    } else {
        format!("{path}.{key}")
    }
}

/// A table's header, as it stands in the file: `[plugin]`, `[[http]]`.
fn label(path: &str) -> String {
    if path.is_empty() {
        return "the file".to_owned();
    }
    let mut header = String::new();
    let mut rest = path;
    while let Some((before, index)) = rest.split_once('[') {
        header.push_str(before);
        rest = index.split_once(']').map_or("", |(_, after)| after);
    }
    header.push_str(rest);
    if path.ends_with(']') {
        format!("[[{header}]]")
    } else {
        format!("[{header}]")
    }
}

#[cfg(test)]
mod tests;
