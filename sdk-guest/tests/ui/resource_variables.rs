use portcullis_sdk::plugin;

#[plugin]
mod example {
    #[resource("notes://{id}")]
    fn variable_without_parameter() -> String {
        String::new()
    }

    #[resource("notes://all")]
    fn parameter_without_variable(id: u32) -> String {
        id.to_string()
    }

    #[resource("notes://{id}/{part}")]
    fn misspelt(id: u32, prat: String) -> String {
        format!("{id}{prat}")
    }
}

fn main() {}
