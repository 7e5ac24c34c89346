use portcullis_sdk::{data, form};

#[data]
struct Address {
    city: String,
}

#[data]
enum Contact {
    Email(String),
}

#[form]
struct Person {
    name: String,
    address: Address,
    tags: Vec<String>,
    contact: Option<Contact>,
}

fn main() {}
