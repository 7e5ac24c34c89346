use portcullis_sdk::plugin;

#[plugin]
mod example {
    use portcullis_sdk::Json;

    /// Not JSON.
    #[tool(input_schema = r#"{ "type": "object", }"#)]
    fn not_json(arguments: Json) -> String {
        arguments.0.to_string()
    }

    /// No object.
    #[tool(input_schema = r#"{ "type": "array" }"#)]
    fn no_object(arguments: Json) -> String {
        arguments.0.to_string()
    }
}

fn main() {}
