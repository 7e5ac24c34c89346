use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Greet.
    #[tool]
    fn greet(name: &str) -> String {
        name.to_owned()
    }

    /// Sum.
    #[tool]
    fn sum(numbers: &[i64]) -> i64 {
        numbers.iter().sum()
    }
}

fn main() {}
