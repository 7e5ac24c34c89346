use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[prompt]
    fn review(language: String) -> String {
        language
    }

    #[complete(prompt = "reviw", argument = "language")]
    fn languages(value: &str) -> Vec<String> {
        vec![value.to_owned()]
    }
}

fn main() {}
