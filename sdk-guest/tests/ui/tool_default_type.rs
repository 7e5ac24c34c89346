use portcullis_sdk::plugin;

#[plugin]
mod example {
    /// Page.
    #[tool]
    fn page(#[default("one")] page: u32) -> u32 {
        page
    }
}

fn main() {}
