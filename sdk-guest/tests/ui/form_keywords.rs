use portcullis_sdk::form;

#[form]
struct Code {
    #[schema(pattern = "^[a-z]+$")]
    code: String,
    #[schema(format = "uuid")]
    id: String,
    #[schema(minimum = 1 + 1)]
    number: u8,
    #[default(3)]
    optional: Option<u8>,
}

#[form]
struct Name {
    #[default("Ada")]
    age: u8,
}

fn main() {}
