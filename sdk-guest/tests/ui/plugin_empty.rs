use portcullis_sdk::plugin;

#[plugin]
mod example {
    pub fn greet(name: String) -> String {
        name
    }
}

fn main() {}
