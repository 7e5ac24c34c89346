//! Where things stand in a TOML file: tables, headers, lines of an array.

use toml_edit::{Array, ArrayOfTables, Item, Table, TableLike, Value as Toml};

/// Adds a value to an array, on a line of its own where the others have one.
pub(super) fn push_value(array: &mut Array, value: Toml) {
    let text = |raw: Option<&toml_edit::RawString>| {
        raw.and_then(|raw| raw.as_str())
            .unwrap_or_default()
            .to_owned()
    };
    // What stands between the last value and the bracket belongs to the last
    // value: a comment, and the line's end.
    let after_comma = array.trailing_comma();
    let trailing = array.trailing().clone();
    let (indent, tail) = match array.iter_mut().last() {
        Some(last) => {
            let prefix = text(last.decor().prefix());
            let suffix = text(last.decor().suffix());
            let tail = if after_comma {
                text(Some(&trailing))
            } else {
                suffix
            };
            if !after_comma && tail.contains('\n') {
                last.decor_mut().set_suffix("");
            }
            (
                prefix
                    .rsplit_once('\n')
                    .map(|(_, indent)| indent.to_owned()),
                tail,
            )
        }
        None => (None, String::new()),
    };
    let Some((indent, (before, after))) = indent.zip(tail.rsplit_once('\n')) else {
        array.push(value);
        return;
    };
    array.push_formatted(value.decorated(format!("{before}\n{indent}"), ""));
    array.set_trailing_comma(true);
    array.set_trailing(format!("\n{after}"));
}

/// Adds a value to an array of tables: a table, or a host alone.
pub(super) fn push_table(tables: &mut ArrayOfTables, value: Toml) {
    let table = match value {
        Toml::InlineTable(table) => table.into_table(),
        host => Table::from_iter([("host", host)]),
    };
    tables.push(table);
}

/// A table in a table, made when it is not there.
pub(super) fn child<'a>(
    table: &'a mut dyn TableLike,
    key: &str,
    new: Table,
) -> &'a mut dyn TableLike {
    if !table.contains_key(key) {
        // An inline table takes the new one as an inline table.
        table.insert(key, Item::Table(new));
    }
    let item = table.get_mut(key).and_then(Item::as_table_like_mut);
    item.expect("the file was read without a mistake, and here it may only have a table")
}

/// A table without a header of its own.
pub(super) fn implicit_table() -> Table {
    let mut table = Table::new();
    table.set_implicit(true);
    table
}

/// A table that is written as `settings.owner = …`.
pub(super) fn dotted_table() -> Table {
    let mut table = Table::new();
    table.set_dotted(true);
    table
}

/// The table's own header, or the first below it.
pub(super) fn first_header(table: &Table) -> Option<&Table> {
    if !table.is_implicit() && !table.is_dotted() {
        return Some(table);
    }
    let below = table
        .iter()
        .filter_map(|(_, item)| item.as_table())
        .filter_map(first_header);
    below.min_by_key(|table| table.position())
}

/// The position of the first header that stands after another.
pub(super) fn position_after(table: &Table, position: Option<isize>) -> Option<isize> {
    let own = table.position().filter(|own| Some(*own) > position);
    let below = table.iter().filter_map(|(_, item)| match item {
        Item::Table(table) => position_after(table, position),
        Item::ArrayOfTables(tables) => tables
            .iter()
            .filter_map(|table| position_after(table, position))
            .min(),
        _ => None,
    });
    below.chain(own).min()
}

/// The table whose header stands at a position.
pub(super) fn table_at(table: &mut Table, position: isize) -> Option<&mut Table> {
    if table.position() == Some(position) && !table.is_implicit() && !table.is_dotted() {
        return Some(table);
    }
    table.iter_mut().find_map(|(_, item)| match item {
        Item::Table(table) => table_at(table, position),
        Item::ArrayOfTables(tables) => tables
            .iter_mut()
            .find_map(|table| table_at(table, position)),
        _ => None,
    })
}

/// The part of what stands above a value or a header that does not belong to it:
/// comments that an empty line separates from it.
pub(super) fn detached_comment(prefix: &str) -> Option<String> {
    let unix = prefix.replace("\r\n", "\n");
    let (kept, _) = unix.rsplit_once("\n\n")?;
    kept.contains('#').then(|| kept.to_owned())
}
