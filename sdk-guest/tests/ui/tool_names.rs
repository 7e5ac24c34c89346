use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Greet.
    #[tool]
    fn greet(name: String) -> String {
        name
    }

    /// Greet again.
    #[tool(name = "greet")]
    fn greet_again(name: String) -> String {
        name
    }
}

fn main() {}
