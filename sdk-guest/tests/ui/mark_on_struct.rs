use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[tool]
    pub struct Greet;
}

fn main() {}
