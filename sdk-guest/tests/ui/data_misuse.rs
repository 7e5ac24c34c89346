use portcullis_sdk::data;

#[data]
fn function() {}

#[data]
struct Borrowed<'a> {
    name: &'a str,
}

#[data(rename_all = "lowercase")]
enum Options {
    One,
}

fn main() {}
