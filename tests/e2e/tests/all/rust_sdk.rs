//! The official Rust SDK as the client, in both of its ways to begin.

mod asked;

use rmcp::model::{
    CallToolRequestParams, GetPromptRequestParams, JsonObject, ProtocolVersion,
    ReadResourceRequestParams,
};
use rmcp::service::{ClientLifecycleMode, RunningService, serve_client_with_lifecycle};
use rmcp::transport::TokioChildProcess;
use rmcp::{RoleClient, ServiceExt as _};
use serde_json::{Value, json};

use crate::home::Home;
use crate::open_meteo;

type Client = RunningService<RoleClient, ()>;

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(test);
}

fn server(home: &Home) -> TokioChildProcess {
    let mut command = tokio::process::Command::from(home.command(&["serve"]));
    command.env("PORTCULLIS_LOG", "error");
    TokioChildProcess::new(command).expect("the server starts")
}

fn object(value: Value) -> JsonObject {
    match value {
        Value::Object(object) => object,
        other => panic!("{other} is no object"),
    }
}

/// Lists what the four plugins offer and uses each of them.
async fn use_all_four(client: &Client) {
    let tools = client.list_all_tools().await.expect("tools");
    let names: Vec<&str> = tools.iter().map(|tool| &*tool.name).collect();
    for name in ["calculate", "read_file", "get_forecast"] {
        assert!(names.contains(&name), "{names:?}");
    }
    let call = async |name: &'static str, arguments: Value| {
        let called = client
            .call_tool(CallToolRequestParams::new(name).with_arguments(object(arguments)))
            .await;
        serde_json::to_value(called.unwrap_or_else(|error| panic!("{name}: {error}")))
            .expect("JSON")
    };
    let sum = call("calculate", json!({ "expression": "6 * 7" })).await;
    assert_eq!(sum["structuredContent"]["value"], 42.0, "{sum}");
    let read = call("read_file", json!({ "path": "/notes/todo.md" })).await;
    assert_eq!(read["content"][0]["text"], "- water the plants\n");
    let refused = call("read_file", json!({ "path": "/notes/../secret.txt" })).await;
    assert_eq!(refused["isError"], true, "{refused}");
    let forecast = call("get_forecast", json!({ "city": "Berlin", "days": 2 })).await;
    assert_eq!(
        forecast["structuredContent"]["days"][1]["date"], "2026-03-02",
        "{forecast}"
    );

    let resources = client.list_all_resources().await.expect("resources");
    assert!(
        resources
            .iter()
            .any(|resource| resource.uri == "weather://cities")
    );
    let templates = client
        .list_all_resource_templates()
        .await
        .expect("templates");
    assert!(!templates.is_empty());
    let read = client
        .read_resource(ReadResourceRequestParams::new("fs://allowed-directories"))
        .await
        .expect("read");
    assert!(
        serde_json::to_string(&read)
            .expect("JSON")
            .contains("/notes")
    );

    let prompts = client.list_all_prompts().await.expect("prompts");
    assert_eq!(
        prompts
            .iter()
            .map(|prompt| &*prompt.name)
            .collect::<Vec<_>>(),
        ["code_review", "debug_error"]
    );
    let got = client
        .get_prompt(
            GetPromptRequestParams::new("code_review")
                .with_arguments(object(json!({ "code": "fn main() {}" }))),
        )
        .await
        .expect("a prompt");
    assert!(
        serde_json::to_string(&got)
            .expect("JSON")
            .contains("fn main() {}")
    );
    let values = client
        .complete_prompt_simple("code_review", "language", "ru")
        .await
        .expect("values");
    assert!(values.contains(&"rust".to_owned()), "{values:?}");

    let unknown = client
        .call_tool(CallToolRequestParams::new("no_such_tool"))
        .await;
    assert!(unknown.is_err());
}

#[test]
fn with_a_handshake() {
    run(async {
        let (home, web) = (Home::empty(), open_meteo::start());
        open_meteo::add_plugins(&home, &web);
        let client = ().serve(server(&home)).await.expect("a handshake");
        use_all_four(&client).await;
        client.cancel().await.expect("it ends");
    });
}

#[test]
fn without_one() {
    run(async {
        let (home, web) = (Home::empty(), open_meteo::start());
        open_meteo::add_plugins(&home, &web);
        let lifecycle = ClientLifecycleMode::Discover {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
        };
        let client = serve_client_with_lifecycle((), server(&home), lifecycle)
            .await
            .expect("a discovery");
        use_all_four(&client).await;
        client.cancel().await.expect("it ends");
    });
}

#[test]
fn with_whatever_the_server_speaks() {
    run(async {
        let (home, web) = (Home::empty(), open_meteo::start());
        open_meteo::add_plugins(&home, &web);
        let lifecycle = ClientLifecycleMode::Auto {
            preferred_versions: vec![ProtocolVersion::V_2026_07_28],
            legacy_version: None,
        };
        let client = serve_client_with_lifecycle((), server(&home), lifecycle)
            .await
            .expect("a start");
        use_all_four(&client).await;
        client.cancel().await.expect("it ends");
    });
}
