use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[tool]
    fn greet(name: String) -> String {
        name
    }
}

fn main() {}
