//! The official Rust SDK is asked something, and told of changes.

use rmcp::handler::client::ClientHandler;
use rmcp::model::{
    CallToolRequestParams, ClientCapabilities, ClientConfig, ElicitRequestParams, ElicitResult,
    ElicitationAction, Implementation, ProtocolVersion, ServerNotification, SubscriptionFilter,
};
use rmcp::service::{ClientLifecycleMode, RequestContext, serve_client_with_lifecycle};
use rmcp::{ErrorData, RoleClient, ServiceExt as _};
use serde_json::{Value, json};

use super::{run, server};
use crate::home::Home;

/// A client whose person is called Ada.
struct Ada;

impl ClientHandler for Ada {
    fn get_info(&self) -> ClientConfig {
        let capabilities: ClientCapabilities =
            serde_json::from_value(json!({ "elicitation": {} })).expect("capabilities");
        ClientConfig::new(capabilities, Implementation::new("ada", "1.0.0"))
    }

    async fn create_elicitation(
        &self,
        _: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({ "name": "Ada" })))
    }
}

fn modern() -> ClientLifecycleMode {
    ClientLifecycleMode::Discover {
        preferred_versions: vec![ProtocolVersion::V_2026_07_28],
    }
}

fn ask() -> CallToolRequestParams {
    CallToolRequestParams::new("test_input_required_result_elicitation")
}

fn text(called: impl serde::Serialize) -> Value {
    serde_json::to_value(called).expect("JSON")["content"][0]["text"].clone()
}

#[test]
fn answers_in_a_session() {
    run(async {
        let home = Home::with(&["everything"]);
        let client = Ada.serve(server(&home)).await.expect("a handshake");
        let called = client.call_tool(ask()).await.expect("a result");
        assert_eq!(text(called), "Hello, Ada!");
        client.cancel().await.expect("it ends");
    });
}

#[test]
fn answers_in_rounds_and_listens() {
    run(async {
        let home = Home::with(&["everything"]);
        let client = serve_client_with_lifecycle(Ada, server(&home), modern())
            .await
            .expect("a discovery");
        let called = client.call_tool(ask()).await.expect("a result");
        assert_eq!(text(called), "Hello, Ada!");

        let wanted = SubscriptionFilter::builder().tools_list_changed().build();
        let mut subscription = client.listen(wanted.clone()).await.expect("a subscription");
        assert_eq!(subscription.acknowledged(), &wanted);
        let trigger = CallToolRequestParams::new("test_trigger_tool_change");
        client.call_tool(trigger).await.expect("a result");
        let told = subscription.next().await.expect("a notification");
        assert!(
            matches!(
                told,
                Some(ServerNotification::ToolListChangedNotification(_))
            ),
            "{told:?}"
        );
        client.cancel().await.expect("it ends");
    });
}
