use portcullis_sdk::input::ask_all;
use portcullis_sdk::{data, elicit, roots};

#[data]
struct Name {
    name: String,
}

fn main() {
    let _ = elicit::<Name>("What is your name?");
    let _ = elicit::<String>("What is your name?");
    let _ = ask_all((roots(), 1));
}
