//! Tools: what clients see of them, and JSON in and out.

use portcullis_sdk::{Context, Value, json, plugin, testing};

#[plugin]
mod example {
    use std::collections::BTreeMap;

    use portcullis_sdk::{
        Content, Context, Error, Json, Output, RawValue, ResourceContents, ResourceLink, Result,
        Value, future, json, progress, settings,
    };

    /// A place.
    #[data]
    #[derive(Debug, PartialEq)]
    pub(super) struct Place {
        /// Degrees north
        latitude: f64,
        kind: Kind,
        inside: Option<Box<Place>>,
    }

    /// What it is.
    #[data]
    #[derive(Debug, Default, PartialEq)]
    #[serde(rename_all = "lowercase")]
    pub(super) enum Kind {
        #[default]
        City,
        River,
    }

    #[data]
    struct Page<T> {
        items: Vec<T>,
    }

    /// Adds.
    ///
    /// Twice, if asked to.
    #[tool(
        title = "Add",
        read_only,
        destructive = false,
        extra = r#"{"icons":[]}"#
    )]
    fn add(
        /// The first
        a: i64,
        #[schema("x-mcp-header" = "B", minimum = -3, examples = [1, 2])] b: Option<i64>,
        /// How often
        #[default(1)]
        times: u8,
        #[default("sum")] label: String,
        #[default] kind: Kind,
    ) -> Result<String, String> {
        let sum = a
            .checked_add(b.unwrap_or(0))
            .ok_or_else(|| "too large".to_owned())?;
        Ok(format!("{label} {kind:?} {}", sum * i64::from(times)))
    }

    /// Gives back a place.
    #[tool]
    async fn place(r#type: Place, context: &Context) -> Result<Place> {
        future::sleep(std::time::Duration::from_millis(1)).await;
        if context.meta().contains_key("fail") {
            return Err(Error::content([Content::text("failed"), "twice".into()]));
        }
        progress(1, 2u64);
        settings::require("owner")?;
        Ok(r#type)
    }

    /// Takes everything.
    #[tool(name = "raw.whole", input_schema = r#"{ "b": 1, "type": "object", "a": 2 }"#, output_schema = include_str!("schema.json"))]
    fn whole(arguments: Json<Box<RawValue>>) -> Value {
        json!({ "text": arguments.0.get() })
    }

    /// Answers in blocks.
    #[tool]
    fn blocks() -> Vec<Content> {
        vec![
            Content::text("a").annotations(json!({ "audience": ["user"] })),
            Content::image([1, 2], "image/png"),
            ResourceLink::new("x://y", "y").size(3).into(),
            Content::resource(ResourceContents::blob("x://y", [3])),
        ]
    }

    /// Lists.
    #[tool]
    fn list() -> Json<Vec<u8>> {
        Json(vec![1, 2])
    }

    /// Counts.
    #[tool]
    fn map() -> Json<BTreeMap<String, u8>> {
        Json(BTreeMap::from([("a".to_owned(), 1)]))
    }

    /// A page.
    #[tool]
    fn page() -> Page<Kind> {
        Page {
            items: vec![Kind::River],
        }
    }

    /// Everything at once.
    #[tool]
    fn full() -> Output {
        Output::text("t")
            .structured(json!({ "a": 1 }))
            .extra("_meta", json!({ "b": 2 }))
    }

    /// Fails in several ways.
    #[tool]
    fn fails(how: u8) -> Result<()> {
        match how {
            0 => Err(Error::invalid_arguments("`how` is 1 or more, not `0`")),
            1 => Err(Error::internal("broken")),
            _ => {
                "x".parse::<u8>()?;
                Ok(())
            }
        }
    }

    #[cfg(any())]
    /// Is not there.
    #[tool]
    fn absent(what: NoSuchType) {}

    /// Nothing to say.
    #[tool]
    fn silent(_context: Context) {}
}

fn tool(name: &str) -> Value {
    let tools = example::plugin().tools();
    let found = tools.into_iter().find(|tool| tool["name"] == name);
    found.unwrap_or_else(|| panic!("no tool {name}"))
}

#[track_caller]
fn fails(name: &str, arguments: Value) -> portcullis_sdk::Error {
    let called = example::plugin().call_tool(name, arguments);
    called.expect_err("the call fails")
}

#[test]
fn descriptions() {
    assert_eq!(
        tool("add").to_string(),
        json!({
            "name": "add",
            "title": "Add",
            "description": "Adds.\n\nTwice, if asked to.",
            "inputSchema": {
                "type": "object",
                "properties": {
                    "a": { "type": "integer", "description": "The first" },
                    "b": {
                        "type": ["integer", "null"],
                        "x-mcp-header": "B",
                        "minimum": -3,
                        "examples": [1, 2],
                    },
                    "times": {
                        "type": "integer",
                        "minimum": 0,
                        "maximum": 255,
                        "description": "How often",
                        "default": 1,
                    },
                    "label": { "type": "string", "default": "sum" },
                    "kind": {
                        "type": "string",
                        "enum": ["city", "river"],
                        "description": "What it is.",
                        "default": "city",
                    },
                },
                "required": ["a"],
                "additionalProperties": false,
            },
            "icons": [],
            "annotations": { "readOnlyHint": true, "destructiveHint": false },
        })
        .to_string()
    );
    let names: Vec<Value> = example::plugin()
        .tools()
        .iter()
        .map(|t| t["name"].clone())
        .collect();
    assert_eq!(
        Value::from(names),
        json!([
            "add",
            "place",
            "raw.whole",
            "blocks",
            "list",
            "map",
            "page",
            "full",
            "fails",
            "silent"
        ])
    );
}

#[test]
fn a_type_that_contains_itself_is_referred_to() {
    let schema = &tool("place")["inputSchema"];
    assert_eq!(schema["required"], json!(["type"]));
    let inside = &schema["properties"]["type"]["properties"]["inside"];
    assert_eq!(inside["anyOf"][0], json!({ "$ref": "#/$defs/Place" }));
    assert_eq!(schema["$defs"]["Place"]["type"], "object");
    assert_eq!(
        tool("place")["outputSchema"]["properties"]["latitude"],
        json!({ "type": "number", "description": "Degrees north" })
    );
}

#[test]
fn output_schemas_are_objects() {
    assert_eq!(tool("list")["outputSchema"], Value::Null);
    assert_eq!(tool("add")["outputSchema"], Value::Null);
    assert_eq!(tool("map")["outputSchema"]["type"], "object");
    assert_eq!(tool("page")["outputSchema"]["required"], json!(["items"]));
}

#[test]
fn a_schema_of_the_authors_is_left_alone() {
    use portcullis_sdk::__internal::Tools;

    let tools = example::__Plugin::list().unwrap();
    let raw = tools.iter().find(|tool| tool.name == "raw.whole").unwrap();
    assert_eq!(raw.input_schema, r#"{ "b": 1, "type": "object", "a": 2 }"#);
    assert_eq!(
        raw.output_schema.as_deref(),
        Some(include_str!("schema.json"))
    );
    let output = example::plugin().call_tool("raw.whole", json!({ "z": 1, "a": [] }));
    assert_eq!(
        output.unwrap().structured_value(),
        Some(json!({ "text": r#"{"z":1,"a":[]}"# }))
    );
}

#[test]
fn arguments() {
    let plugin = example::plugin();
    let add = |arguments| plugin.call_tool("add", arguments).unwrap().to_text();
    assert_eq!(add(json!({ "a": 1 })), "sum City 1");
    assert_eq!(add(json!({ "a": 1, "b": null })), "sum City 1");
    assert_eq!(
        add(json!({ "a": 1, "b": 2, "times": 3, "label": "s", "kind": "river" })),
        "s River 9"
    );
    for (arguments, message) in [
        (json!({}), "argument `a` is missing"),
        (
            json!({ "a": 1.5 }),
            "argument `a`: invalid type: floating point `1.5`, expected i64",
        ),
        (
            json!({ "a": 1, "kind": "sea" }),
            "argument `kind`: unknown variant `sea`, expected `city` or `river`",
        ),
    ] {
        let error = fails("add", arguments);
        assert!(error.is_invalid_arguments());
        assert_eq!(error.message(), message);
    }
}

#[test]
fn results() {
    let plugin = example::plugin();
    let blocks = plugin.call_tool("blocks", json!({})).unwrap();
    assert_eq!(blocks.blocks().len(), 4);
    assert_eq!(
        blocks.blocks()[1].as_media(),
        Some((&[1, 2][..], "image/png"))
    );
    let list = plugin.call_tool("list", json!({})).unwrap();
    assert_eq!(
        (list.to_text(), list.structured_value()),
        ("[1,2]".to_owned(), None)
    );
    let map = plugin.call_tool("map", json!({})).unwrap();
    assert_eq!(map.structured_value(), Some(json!({ "a": 1 })));
    assert!(
        plugin
            .call_tool("silent", json!({}))
            .unwrap()
            .blocks()
            .is_empty()
    );
    let full = plugin.call_tool("full", json!({})).unwrap();
    assert_eq!(full.structured_value(), Some(json!({ "a": 1 })));
}

#[test]
fn failures() {
    assert!(fails("fails", json!({ "how": 0 })).is_invalid_arguments());
    assert_eq!(fails("fails", json!({ "how": 1 })).message(), "broken");
    assert_eq!(
        fails("fails", json!({ "how": 2 })).message(),
        "invalid digit found in string"
    );
    assert_eq!(
        fails("add", json!({ "a": i64::MAX, "b": 1 })).message(),
        "too large"
    );
    assert_eq!(
        fails("absent", json!({})).message(),
        "there is no tool `absent`"
    );
}

#[test]
fn surroundings() {
    let place = json!({ "type": { "latitude": 1.0, "kind": "city", "inside": null } });
    assert_eq!(
        fails("place", place.clone()).message(),
        "setting `owner` has no value"
    );
    testing::set_setting("owner", "acme");
    testing::progress();
    let output = example::plugin().call_tool("place", place.clone()).unwrap();
    assert_eq!(output.structured_value(), Some(place["type"].clone()));
    assert_eq!(testing::progress().len(), 1);
    let meta = json!({ "fail": true });
    let context = Context::with_meta(meta.as_object().cloned().unwrap());
    let error = example::plugin().call_tool_in(context, "place", place);
    assert_eq!(error.unwrap_err().message(), "failed\ntwice");
}
