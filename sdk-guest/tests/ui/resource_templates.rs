use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[resource("notes/all")]
    fn relative() -> String {
        String::new()
    }

    #[resource("notes://{id")]
    fn unclosed(id: u32) -> String {
        id.to_string()
    }

    #[resource("notes://{a}{b}")]
    fn adjacent(a: u32, b: u32) -> String {
        (a + b).to_string()
    }

    #[resource("notes://{?page}")]
    fn query(page: u32) -> String {
        page.to_string()
    }

    #[resource("notes://my notes")]
    fn space() -> String {
        String::new()
    }

    #[resource]
    fn without_uri() -> String {
        String::new()
    }
}

fn main() {}
