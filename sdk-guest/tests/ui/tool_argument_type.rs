use portcullis_sdk::plugin;

#[plugin]
mod example {
    struct Name;

    /// Greet.
    #[tool]
    fn greet(
        /// Who to greet
        name: Name,
    ) -> String {
        let Name = name;
        String::new()
    }
}

fn main() {}
