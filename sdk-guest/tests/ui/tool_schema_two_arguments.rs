use portcullis_sdk::plugin;

#[plugin]
mod example {
    use portcullis_sdk::Json;

    /// Two arguments beside a schema.
    #[tool(input_schema = r#"{ "type": "object" }"#)]
    fn two(arguments: Json, more: String) -> String {
        let _ = arguments;
        more
    }
}

fn main() {}
