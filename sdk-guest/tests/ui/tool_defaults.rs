use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Page.
    #[tool]
    fn page(#[default(1)] page: Option<u32>) -> u32 {
        page.unwrap_or(1)
    }

    /// Wait.
    #[tool]
    fn wait(#[schema(minimum = LEAST)] seconds: u32) -> u32 {
        seconds
    }
}

fn main() {}
