use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[prompt]
    fn review(language: String) -> String {
        language
    }

    #[complete]
    fn without_target(value: &str) -> Vec<String> {
        vec![value.to_owned()]
    }

    #[complete(prompt = "review", argument = "language")]
    fn without_value() -> Vec<String> {
        Vec::new()
    }
}

fn main() {}
