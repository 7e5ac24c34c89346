use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Add.
    #[tool]
    fn add(
        /// Two numbers
        (a, b): (i64, i64),
    ) -> i64 {
        a + b
    }
}

fn main() {}
