use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[prompt]
    fn review(language: String) -> String {
        language
    }

    #[complete(prompt = "review", argument = "lang")]
    fn languages(value: &str) -> Vec<String> {
        vec![value.to_owned()]
    }
}

fn main() {}
