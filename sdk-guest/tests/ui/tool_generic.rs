use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Greet.
    #[tool]
    fn greet<T: ToString>(name: T) -> String {
        name.to_string()
    }
}

fn main() {}
