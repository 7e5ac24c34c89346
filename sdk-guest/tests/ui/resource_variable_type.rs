use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[resource("notes://{tags}")]
    fn tags(tags: Vec<String>) -> String {
        tags.join(",")
    }
}

fn main() {}
