//! What a plugin's user is asked, and has answered, in its grant of HTTP.

use toml_edit::{Array, Item, TableLike, Value as Toml};

use super::layout::push_value;
use crate::policy::Origin;

/// The list of what is granted of HTTP. One word in its place becomes the first
/// of a list.
pub(super) fn http_list(table: &mut dyn TableLike) -> &mut Item {
    let list = table
        .entry("http")
        .or_insert_with(|| Item::Value(Array::new().into()));
    if let Some(Toml::String(word)) = list.as_value() {
        let (decor, mut word) = (word.decor().clone(), Toml::String(word.clone()));
        word.decor_mut().clear();
        let mut array = Toml::Array(Array::from_iter([word]));
        *array.decor_mut() = decor;
        *list = Item::Value(array);
    }
    list
}

/// Adds a word that is no host's, unless it is there.
pub(super) fn add_word(list: &mut Item, word: Toml) {
    if let Some(tables) = list.as_array_of_tables() {
        // Tables have no place for it.
        *list = Item::Value(tables.clone().into_array().into());
    }
    let Some(array) = list.as_array_mut() else {
        return;
    };
    if !array.iter().any(|entry| entry.as_str() == word.as_str()) {
        push_value(array, word);
    }
}

/// Takes out that an origin is never allowed: it is granted now.
pub(super) fn remove_never(list: &mut Item, origin: &Origin) {
    let is_never = |entry: &Toml| {
        let never = entry.as_str().and_then(|text| text.strip_prefix('!'));
        never.and_then(|never| never.parse().ok()).as_ref() == Some(origin)
    };
    if let Some(array) = list.as_array_mut() {
        array.retain(|entry| !is_never(entry));
    }
}
