use portcullis_sdk::plugin;

#[plugin]
mod example {
    struct Greeting;

    /// Greet.
    #[tool]
    fn greet(name: String) -> Greeting {
        let _ = name;
        Greeting
    }
}

fn main() {}
