use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Greet.
    #[tool(name = "greet someone")]
    fn greet(name: String) -> String {
        name
    }
}

fn main() {}
