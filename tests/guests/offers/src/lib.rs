//! A guest that offers some of each kind: tools, resources, prompts and completion,
//! few enough that tests can name them all and see each of them arrive.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

#[plugin]
mod offers {
    use portcullis_sdk::{
        Content, Error, Json, Message, Output, Prompt, Resource, ResourceContents, ResourceLink,
        Result, Value, json,
    };

    /// The smallest PNG there is.
    const PIXEL: &[u8] = b"\x89PNG\r\n\x1a\n";

    /// A place on a map.
    #[data]
    pub(crate) struct Place {
        /// Degrees north
        latitude: f64,
        /// Degrees east
        longitude: f64,
    }

    /// Answer with one block of each kind.
    #[tool(title = "All kinds of content", read_only, open_world = false)]
    pub(crate) fn all_content() -> Vec<Content> {
        vec![
            Content::text("a text").annotations(json!({ "audience": ["user"], "priority": 0.5 })),
            Content::image(PIXEL, "image/png"),
            Content::audio(*b"RIFF", "audio/wav"),
            ResourceLink::new("offers://text", "text").into(),
            Content::resource(ResourceContents::text("offers://text", "embedded")),
        ]
    }

    /// Answer with a place, structured.
    #[tool(read_only)]
    pub(crate) fn locate(
        /// Any name
        name: String,
    ) -> Place {
        let degrees = name.len() as f64;
        Place {
            latitude: degrees,
            longitude: -degrees,
        }
    }

    /// Answer with the arguments as they came. The schema's keys are in no
    /// order, and its numbers in no usual form.
    #[tool(
        name = "odd.schema-1",
        input_schema = r#"{ "type": "object", "z": 1.50, "a": { "y": 1e2, "b": [] }, "properties": { "n": {}, "c": {} } }"#,
        extra = r#"{"icons":[{"src":"https://example.com/i.png"}],"_meta":{"z":1,"a":2}}"#
    )]
    pub(crate) fn odd(arguments: Json) -> Value {
        arguments.0
    }

    /// Add `_meta` and content of its own to the result.
    #[tool]
    pub(crate) fn with_meta() -> Output {
        Output::text("see _meta").extra("_meta", json!({ "offers/note": "kept" }))
    }

    /// Fail.
    #[tool]
    pub(crate) fn fail(
        /// In which way: `tool`, `arguments` or `internal`
        kind: String,
    ) -> Result<String> {
        Err(match kind.as_str() {
            "arguments" => Error::invalid_arguments("`kind` could be anything else"),
            "internal" => Error::internal("the works are broken"),
            _ => Error::new("it did not work"),
        })
    }

    /// A text.
    #[resource("offers://text", title = "A text", mime_type = "text/plain")]
    pub(crate) fn text() -> &'static str {
        "the text"
    }

    /// Some bytes.
    #[resource("offers://bytes", mime_type = "image/png")]
    pub(crate) fn bytes() -> Vec<u8> {
        PIXEL.to_vec()
    }

    /// Every item but number 0.
    #[resource("offers://items/{id}/{+path}", mime_type = "application/json")]
    pub(crate) fn item(id: u32, path: String) -> Option<Json> {
        (id > 0).then(|| Json(json!({ "id": id, "path": path })))
    }

    #[list_resources]
    pub(crate) fn listing() -> Vec<Resource> {
        vec![Resource::new("offers://items/1/first", "first").size(25)]
    }

    /// Say something in a language.
    #[prompt(title = "Say")]
    pub(crate) fn say(
        /// What to say
        what: String,
        /// In which language
        language: Option<String>,
    ) -> Vec<Message> {
        let language = language.unwrap_or_else(|| "English".to_owned());
        vec![
            Message::user(format!("Say {what:?} in {language}.")),
            Message::assistant("With pleasure."),
        ]
    }

    /// A picture.
    #[prompt]
    pub(crate) fn picture() -> Prompt {
        Prompt::new()
            .user(Content::image(PIXEL, "image/png"))
            .description("one picture")
    }

    #[complete(prompt = "say", argument = "language")]
    pub(crate) fn languages(value: &str) -> Vec<&'static str> {
        let known = ["English", "Esperanto", "Portuguese"];
        known
            .into_iter()
            .filter(|language| language.starts_with(value))
            .collect()
    }

    #[complete(resource = "offers://items/{id}/{+path}", argument = "id")]
    pub(crate) fn ids(value: &str) -> Vec<String> {
        (0..1000)
            .map(|id: u32| id.to_string())
            .filter(|id| id.starts_with(value))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::offers;
    use portcullis_sdk::json;

    #[test]
    fn there_are_as_many_as_tests_count() {
        let plugin = offers::plugin();
        assert_eq!(plugin.tools().len(), 5);
        assert_eq!(plugin.resources().len(), 3);
        assert_eq!(plugin.resource_templates().len(), 1);
        assert_eq!(plugin.prompts().len(), 2);
    }

    #[test]
    fn a_place_is_structured_and_a_failure_is_told() {
        let plugin = offers::plugin();
        let output = plugin.call_tool("locate", json!({ "name": "four" }));
        let place = json!({ "latitude": 4.0, "longitude": -4.0 });
        assert_eq!(output.unwrap().structured_value(), Some(place));
        let error = plugin.call_tool("fail", json!({ "kind": "tool" }));
        assert_eq!(error.unwrap_err().message(), "it did not work");
    }

    #[test]
    fn items_begin_with_one() {
        let plugin = offers::plugin();
        assert!(plugin.read_resource("offers://items/1/a").is_ok());
        let error = plugin.read_resource("offers://items/0/a");
        assert!(error.unwrap_err().is_not_found());
    }
}
