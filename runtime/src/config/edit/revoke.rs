//! Taking single grants out of the configuration.

use toml_edit::{Array, ArrayOfTables, Item, Table, TableLike, Value as Toml};

use super::layout::detached_comment;
use super::{ConfigEditor, is_origin};
use crate::config::ConfigError;
use crate::policy::{ASK, GrantFlag};

impl ConfigEditor {
    /// Takes grants away from a plugin, with the comments beside them and right
    /// above them. What is not granted is not missed.
    ///
    /// # Errors
    /// No such plugin.
    pub fn remove_grants(&mut self, name: &str, removed: &[GrantFlag]) -> Result<(), ConfigError> {
        self.plugin(name)?;
        for flag in removed {
            let (field, entry) = flag.place();
            let grant = ["plugins", name, "grant"];
            let path = [&grant[..], &[field], entry.as_slice()].concat();
            if field == "http" {
                let is_this = |text: Option<&str>| match flag {
                    GrantFlag::Http(http) => is_origin(text, &http.origin),
                    GrantFlag::NeverHttp(never) => {
                        is_origin(text.and_then(|text| text.strip_prefix('!')), never)
                    }
                    _ => text == Some(ASK),
                };
                let Some(list) = item_at(self.document.as_table_mut(), &path) else {
                    continue;
                };
                let removed = remove_http(list, is_this);
                // One word may stand in the place of a list.
                let is_empty = list.as_str().is_some_and(|word| is_this(Some(word)))
                    || list.as_array().is_some_and(Array::is_empty)
                    || list
                        .as_array_of_tables()
                        .is_some_and(ArrayOfTables::is_empty);
                for table in &removed {
                    self.keep_comments_before(table);
                }
                if !is_empty {
                    continue;
                }
            }
            self.remove_at(&path);
        }
        Ok(())
    }

    /// Takes out what stands at a path, and the tables above it that are only
    /// written before their keys and have none any more.
    fn remove_at(&mut self, path: &[&str]) {
        self.keep_comment_above(path);
        let Some((key, above)) = path.split_last() else {
            return;
        };
        let Some(table) = item_at(self.document.as_table_mut(), above) else {
            return;
        };
        let Some(table) = table.as_table_like_mut() else {
            return;
        };
        if let Some(Item::Table(removed)) = table.remove(key) {
            self.keep_comments_before(&removed);
        } else if table.is_empty() && table.is_dotted() {
            self.remove_at(above);
        }
    }

    /// A comment that an empty line separates from a value does not belong to it:
    /// it goes to the value or the table that follows, or to the file's end.
    fn keep_comment_above(&mut self, path: &[&str]) {
        let (own, below) = header_of(self.document.as_table_mut(), path);
        let header = own.position();
        let keys: Vec<Vec<String>> = own
            .get_values()
            .into_iter()
            .map(|(path, _)| path.iter().map(|key| key.get().to_owned()).collect())
            .collect();
        let Some(at) = keys.iter().position(|key| key == below) else {
            return;
        };
        let prefix = prefix_of(own, &keys[at]).unwrap_or_default();
        let Some(kept) = detached_comment(&prefix) else {
            return;
        };
        match keys.get(at + 1) {
            Some(next) => prepend(own, next, &kept),
            None => self.put_before_header_after(header, &kept),
        }
    }
}

/// What stands at a path.
fn item_at<'a>(table: &'a mut dyn TableLike, path: &[&str]) -> Option<&'a mut Item> {
    let (first, rest) = path.split_first()?;
    let item = table.get_mut(first)?;
    if rest.is_empty() {
        return Some(item);
    }
    item_at(item.as_table_like_mut()?, rest)
}

/// The table under whose header a value stands, and the value's path in it.
fn header_of<'a, 'b>(table: &'a mut Table, path: &'b [&'b str]) -> (&'a mut Table, &'b [&'b str]) {
    let is_below =
        |item: &Item| matches!(item, Item::Table(below) if !below.is_dotted()) && path.len() > 1;
    if !path
        .first()
        .and_then(|key| table.get(key))
        .is_some_and(is_below)
    {
        return (table, path);
    }
    match table.get_mut(path[0]) {
        Some(Item::Table(below)) => header_of(below, &path[1..]),
        _ => unreachable!("it was looked at"),
    }
}

/// What stands above a value, in a table without headers of its own below it.
fn prefix_of(table: &dyn TableLike, path: &[String]) -> Option<String> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        let key = table.key(first)?;
        return Some(key.leaf_decor().prefix()?.as_str()?.to_owned());
    }
    prefix_of(table.get(first)?.as_table_like()?, rest)
}

/// Puts a comment above a value.
fn prepend(table: &mut dyn TableLike, path: &[String], comment: &str) {
    let Some((first, rest)) = path.split_first() else {
        return;
    };
    if !rest.is_empty() {
        if let Some(below) = table.get_mut(first).and_then(Item::as_table_like_mut) {
            prepend(below, rest, comment);
        }
    } else if let Some(mut key) = table.key_mut(first) {
        let decor = key.leaf_decor_mut();
        let own = decor.prefix().and_then(|prefix| prefix.as_str());
        let own = own.unwrap_or_default().trim_start_matches(['\r', '\n']);
        let prefix = format!("{comment}\n\n{own}");
        decor.set_prefix(prefix);
    }
}

/// Takes hosts out of a list, and gives the tables that they were in, if each had
/// one.
fn remove_http(list: &mut Item, is_this: impl Fn(Option<&str>) -> bool) -> Vec<Table> {
    let mut removed = Vec::new();
    if let Some(tables) = list.as_array_of_tables_mut() {
        tables.retain(|table| {
            let is_this = is_this(table.get("host").and_then(Item::as_str));
            removed.extend(is_this.then(|| table.clone()));
            !is_this
        });
    } else if let Some(array) = list.as_array_mut() {
        let host = |entry: &Toml| {
            let in_table = entry.as_inline_table().and_then(|table| table.get("host"));
            is_this(in_table.unwrap_or(entry).as_str())
        };
        let at: Vec<usize> = (0..array.len())
            .filter(|at| array.get(*at).is_some_and(host))
            .collect();
        for at in at.into_iter().rev() {
            remove_value(array, at);
        }
    }
    removed
}

/// Takes a value out of an array, with the comment behind it on its line and
/// those on lines of their own above it.
fn remove_value(array: &mut Array, at: usize) {
    let prefix = |array: &Array, at: usize| {
        let prefix = array.get(at).and_then(|value| value.decor().prefix());
        prefix
            .and_then(|prefix| prefix.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    // What stands before a value on the line of the one before belongs to that.
    let removed = prefix(array, at);
    let others = removed.split_once('\n').map_or("", |(others, _)| others);
    // And so what stands behind this one, on its line, is in what follows.
    let remaining = |following: &str| match following.split_once('\n') {
        Some((_, lines)) => format!("{others}\n{lines}"),
        None => removed.clone(),
    };
    if at + 1 < array.len() {
        let following = remaining(&prefix(array, at + 1));
        array.remove(at);
        if let Some(next) = array.get_mut(at) {
            next.decor_mut().set_prefix(following);
        }
        return;
    }
    let last = array.remove(at);
    if array.trailing_comma() {
        let trailing = array.trailing().as_str().unwrap_or_default();
        if let Some((_, lines)) = trailing.split_once('\n') {
            let trailing = format!("{others}\n{lines}");
            array.set_trailing(trailing);
        }
    } else if let Some(before) = at.checked_sub(1).and_then(|at| array.get_mut(at)) {
        let suffix = last.decor().suffix().and_then(|suffix| suffix.as_str());
        let suffix = suffix.unwrap_or_default();
        let lines = suffix
            .split_once('\n')
            .map(|(_, lines)| format!("\n{lines}"));
        let suffix = format!("{others}{}", lines.unwrap_or_else(|| suffix.to_owned()));
        before.decor_mut().set_suffix(suffix);
    }
}
