use portcullis_sdk::plugin;

#[plugin]
fn greet(name: String) -> String {
    name
}

fn main() {}
