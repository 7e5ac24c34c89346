use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Waits.
    #[tool(task = "forbidden")]
    fn wait() {}

    /// Waits.
    #[tool(task = true)]
    fn wait_too() {}
}

fn main() {}
