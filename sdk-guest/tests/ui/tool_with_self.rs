use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Greet.
    #[tool]
    fn greet(&self, name: String) -> String {
        name
    }
}

fn main() {}
