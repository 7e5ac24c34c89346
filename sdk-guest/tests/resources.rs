//! Resources: fixed, by template, and listed by the running plugin.

use portcullis_sdk::{Value, json, plugin};

#[plugin]
mod example {
    use portcullis_sdk::{Context, Error, Resource, ResourceContents, Result};

    #[data]
    struct Status {
        ready: bool,
    }

    /// One note.
    #[resource("notes://{id}/{+path}", name = "one", title = "One note")]
    fn note(path: String, id: u32, _context: Context) -> Option<Vec<u8>> {
        (id > 0).then(|| path.into_bytes())
    }

    /// Every note.
    #[resource(
        "notes://all/list",
        mime_type = "text/plain",
        extra = r#"{"annotations":{"priority":1}}"#
    )]
    fn all() -> &'static str {
        "all"
    }

    #[resource("notes://status")]
    async fn status() -> Status {
        Status { ready: true }
    }

    #[resource("notes://both", mime_type = "text/html")]
    fn both() -> Vec<ResourceContents> {
        vec![
            ResourceContents::text("notes://both/1", "<p>"),
            ResourceContents::blob("notes://both/2", [1]).mime_type("image/png"),
        ]
    }

    #[resource("broken://{how}")]
    fn broken(how: String) -> Result<String> {
        match how.as_str() {
            "gone" => Err(Error::not_found()),
            other => Err(Error::new(format!("no {other}"))),
        }
    }

    #[list_resources]
    fn listing() -> Vec<Resource> {
        vec![Resource::new("notes://1/a", "a").size(3)]
    }
}

#[test]
fn descriptions() {
    let plugin = example::plugin();
    assert_eq!(
        Value::from(plugin.resources()),
        json!([
            {
                "name": "all",
                "description": "Every note.",
                "uri": "notes://all/list",
                "mimeType": "text/plain",
                "annotations": { "priority": 1 },
            },
            { "name": "status", "uri": "notes://status" },
            { "name": "both", "uri": "notes://both", "mimeType": "text/html" },
            { "name": "a", "uri": "notes://1/a", "size": 3 },
        ])
    );
    assert_eq!(
        Value::from(plugin.resource_templates()),
        json!([
            {
                "name": "one",
                "title": "One note",
                "description": "One note.",
                "uriTemplate": "notes://{id}/{+path}",
            },
            { "name": "broken", "uriTemplate": "broken://{how}" },
        ])
    );
    assert!(plugin.tools().is_empty() && plugin.prompts().is_empty());
}

#[test]
fn a_fixed_uri_counts_before_a_template() {
    let contents = example::plugin().read_resource("notes://all/list").unwrap();
    assert_eq!(contents[0].as_text(), Some("all"));
    assert_eq!(contents[0].media_type(), Some("text/plain"));
}

#[test]
fn a_template_gives_its_variables() {
    let contents = example::plugin()
        .read_resource("notes://7/a%20b/c")
        .unwrap();
    assert_eq!(contents[0].as_bytes(), Some(&b"a b/c"[..]));
    assert_eq!(contents[0].uri(), "notes://7/a%20b/c");
}

#[test]
fn what_is_not_there() {
    for uri in [
        "notes://0/x",
        "notes://x/x",
        "notes://all",
        "x://y",
        "",
        "broken://gone",
    ] {
        let error = example::plugin().read_resource(uri).unwrap_err();
        assert!(error.is_not_found(), "{uri}");
    }
    let error = example::plugin()
        .read_resource("broken://luck")
        .unwrap_err();
    assert_eq!(error.message(), "no luck");
}

#[test]
fn media_types() {
    let plugin = example::plugin();
    let status = plugin.read_resource("notes://status").unwrap();
    assert_eq!(status[0].as_text(), Some(r#"{"ready":true}"#));
    assert_eq!(status[0].media_type(), Some("application/json"));
    let both = plugin.read_resource("notes://both").unwrap();
    let types: Vec<_> = both.iter().map(|contents| contents.media_type()).collect();
    assert_eq!(types, [Some("text/html"), Some("image/png")]);
}
