use portcullis_sdk::plugin;

#[plugin]
mod example {
    struct Review;

    #[prompt]
    fn review(lines: Vec<u32>) -> String {
        format!("{lines:?}")
    }

    #[prompt]
    fn answer(code: String) -> Review {
        let _ = code;
        Review
    }
}

fn main() {}
