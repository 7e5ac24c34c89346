use portcullis_sdk::plugin;

#[plugin]
mod example {
    const TITLE: &str = "Greet";

    /// Greet.
    #[tool(readonly)]
    fn unknown_option(name: String) -> String {
        name
    }

    /// Greet.
    #[tool(title = TITLE)]
    fn not_a_literal(name: String) -> String {
        name
    }

    /// Greet.
    #[tool(read_only = "yes")]
    fn not_a_flag(name: String) -> String {
        name
    }

    /// Greet.
    #[tool(title = "a", title = "b")]
    fn twice(name: String) -> String {
        name
    }

    /// Greet.
    #[tool("greet")]
    fn positional(name: String) -> String {
        name
    }

    /// Greet.
    #[tool]
    #[prompt]
    fn two_things(name: String) -> String {
        name
    }
}

fn main() {}
