use portcullis_sdk::form;

#[form]
enum Choices {
    One,
}

#[form]
struct Pair(String, String);

#[form]
struct Generic<T> {
    value: T,
}

#[form(title = "Name")]
struct Options {
    name: String,
}

#[form]
fn function() {}

fn main() {}
