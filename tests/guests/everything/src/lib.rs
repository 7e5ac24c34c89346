//! What the official MCP conformance suite asks of a server, as one guest. The
//! names, the texts and the order of the tools are the suite's: it calls the
//! first tool without arguments.
//!
//! `README.md` says which part of the suite looks at what.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

mod forms;
mod jobs;
mod media;
mod rounds;
#[cfg(test)]
mod tests;

#[plugin]
mod everything {
    use std::time::Duration;

    use portcullis_sdk::input::{Question, elicit_raw};
    use portcullis_sdk::{
        Content, Error, Json, Message, Prompt, ResourceContents, Result, Sampling, Value, changes,
        elicit, future, json, log, progress, sample,
    };

    use crate::forms::{self, Context, Defaults, User};
    use crate::media::{PNG, WAV};
    use crate::{jobs, rounds};

    const WATCHED: &str = "test://watched-resource";
    /// How far reports of one call are apart.
    const STEP: Duration = Duration::from_millis(50);

    /// Answer with a text.
    #[tool]
    pub(crate) fn test_simple_text() -> &'static str {
        "This is a simple text response for testing."
    }

    /// Answer with an image.
    #[tool]
    pub(crate) fn test_image_content() -> Content {
        Content::image(PNG, "image/png")
    }

    /// Answer with a sound.
    #[tool]
    pub(crate) fn test_audio_content() -> Content {
        Content::audio(WAV, "audio/wav")
    }

    /// Answer with a resource carried along.
    #[tool]
    pub(crate) fn test_embedded_resource() -> Content {
        let text = "This is an embedded resource content.";
        let contents = ResourceContents::text("test://embedded-resource", text);
        Content::resource(contents.mime_type("text/plain"))
    }

    /// Answer with a text, an image and a resource.
    #[tool]
    pub(crate) fn test_multiple_content_types() -> Vec<Content> {
        let text = json!({ "test": "data", "value": 123 }).to_string();
        let contents = ResourceContents::text("test://mixed-content-resource", text);
        vec![
            Content::text("Multiple content types test:"),
            Content::image(PNG, "image/png"),
            Content::resource(contents.mime_type("application/json")),
        ]
    }

    /// Fail, in a way that the model is told of.
    #[tool]
    pub(crate) fn test_error_handling() -> Result<String> {
        Err(Error::new(
            "This tool intentionally returns an error for testing",
        ))
    }

    /// Report progress: nothing, half, all.
    #[tool]
    pub(crate) async fn test_tool_with_progress() -> &'static str {
        progress(0, 100);
        for done in [50, 100] {
            future::sleep(STEP).await;
            progress(done, 100);
        }
        "Reported progress from 0 to 100"
    }

    /// Tool with JSON Schema 2020-12 features
    #[tool(input_schema = include_str!("json_schema_2020_12.json"))]
    pub(crate) fn json_schema_2020_12_tool(arguments: Json) -> String {
        format!("JSON Schema 2020-12 tool called with: {}", arguments.0)
    }

    /// Write three log lines.
    #[tool]
    pub(crate) async fn test_tool_with_logging() -> &'static str {
        log::info!("Tool execution started");
        future::sleep(STEP).await;
        log::info!("Tool processing data");
        future::sleep(STEP).await;
        log::info!("Tool execution completed");
        "Wrote three log lines"
    }

    /// Ask the client's model.
    #[tool]
    pub(crate) fn test_sampling(
        /// What to ask it
        prompt: String,
    ) -> Result<String> {
        let said = sample(Sampling::from(prompt).max_tokens(100))?;
        Ok(format!("LLM response: {}", said.to_text()))
    }

    /// Ask the person for a user name and an address.
    #[tool]
    pub(crate) fn test_elicitation(
        /// What the person is told
        message: String,
    ) -> Result<String> {
        let told = forms::told(elicit::<User>(message)?, |user| json!(user));
        Ok(format!("User response: {told}"))
    }

    /// Ask with a default for each kind of value.
    #[tool]
    pub(crate) fn test_elicitation_sep1034_defaults() -> Result<String> {
        let elicited = elicit::<Defaults>("Please review and update these values")?;
        let told = forms::told(elicited, |values| json!(values));
        Ok(format!("Elicitation completed: {told}"))
    }

    /// Ask with each way to offer choices.
    #[tool]
    pub(crate) fn test_elicitation_sep1330_enums() -> Result<String> {
        let elicited = elicit_raw("Please choose", forms::choices())?;
        let told = forms::told(elicited, |choices| choices);
        Ok(format!("Elicitation completed: {told}"))
    }

    /// Take long enough for the answer to become a stream, and for that to be
    /// closed and resumed.
    #[tool]
    pub(crate) async fn test_reconnection() -> &'static str {
        // Longer than the runtime waits before it answers by a stream, and then
        // long enough for that stream to be closed and opened again.
        future::sleep(Duration::from_millis(2500)).await;
        "Reconnection test completed: the answer came after the stream was closed"
    }

    /// Answer with an argument that HTTP carries in a header as well.
    #[tool]
    pub(crate) fn test_custom_header(
        /// Any text
        #[schema("x-mcp-header" = "Value")]
        value: String,
    ) -> String {
        value
    }

    /// Ask the client's model, whether or not the client has said that it can.
    #[tool]
    pub(crate) fn test_missing_capability() -> Result<String> {
        Ok(sample("This needs the capability `sampling`")?.to_text())
    }

    /// Report on the way, then ask.
    #[tool]
    pub(crate) fn test_streaming_elicitation() -> Result<String> {
        progress(0, 1);
        log::info!("about to ask");
        let name = rounds::name().ask()?.accepted()?;
        progress(1, 1);
        Ok(format!("Hello, {}!", name.name))
    }

    /// Write a log line of several levels.
    #[tool]
    pub(crate) fn test_logging_tool() -> &'static str {
        log::debug!("a line for debugging");
        log::info!("a line for information");
        log::error!("a line about an error");
        "Wrote a log line of each of the levels debug, info and error"
    }

    /// Say that there are other tools, though there are not.
    #[tool]
    pub(crate) fn test_trigger_tool_change() -> &'static str {
        changes::tools_changed();
        "Reported a change of the tools"
    }

    /// Say that there are other prompts, though there are not.
    #[tool]
    pub(crate) fn test_trigger_prompt_change() -> &'static str {
        changes::prompts_changed();
        "Reported a change of the prompts"
    }

    /// Say that `test://watched-resource` is another, though it is not.
    #[tool]
    pub(crate) fn test_update_watched_resource() -> String {
        changes::resource_updated(WATCHED);
        format!("Reported a change of {WATCHED}")
    }

    /// Ask the person for a name.
    #[tool]
    pub(crate) fn test_input_required_result_elicitation() -> Result<String> {
        rounds::elicitation()
    }

    /// Ask the client's model for a capital.
    #[tool]
    pub(crate) fn test_input_required_result_sampling() -> Result<String> {
        rounds::sampling()
    }

    /// Ask the client for its roots.
    #[tool]
    pub(crate) fn test_input_required_result_list_roots() -> Result<String> {
        rounds::list_roots()
    }

    /// Ask the person, and look at the state that comes back with the answer.
    #[tool]
    pub(crate) fn test_input_required_result_request_state() -> Result<String> {
        Ok(format!("state-ok, ok={}", rounds::agreement()?))
    }

    /// Ask the person, the model and the client at once.
    #[tool]
    pub(crate) fn test_input_required_result_multiple_inputs() -> Result<String> {
        rounds::multiple_inputs()
    }

    /// Ask the person twice, one question after the other.
    #[tool]
    pub(crate) fn test_input_required_result_multi_round() -> Result<String> {
        rounds::multi_round()
    }

    /// Ask the person, for callers that change the state before they answer.
    #[tool]
    pub(crate) fn test_input_required_result_tampered_state() -> Result<String> {
        Ok(format!("ok={}", rounds::agreement()?))
    }

    /// Ask for what the caller says that it can be asked for.
    #[tool]
    pub(crate) fn test_input_required_result_capabilities() -> Result<String> {
        rounds::capabilities()
    }

    /// Greet someone by name.
    #[tool]
    pub(crate) fn greet(
        /// Who to greet
        name: String,
    ) -> String {
        format!("Hello, {name}!")
    }

    /// Take some time.
    #[tool(task)]
    pub(crate) async fn slow_compute(
        /// How long, in seconds
        #[schema(minimum = 0)]
        seconds: f64,
        /// What the answer calls it
        #[default("the computation")]
        label: String,
    ) -> Result<String> {
        jobs::slow_compute(seconds, &label).await
    }

    /// Fail as a task, in a way that the model is told of.
    #[tool(task = "required")]
    pub(crate) fn failing_job() -> Result<String> {
        Err(Error::new("this job always fails"))
    }

    /// Fail as a task, with an error of the protocol.
    #[tool(task)]
    pub(crate) fn protocol_error_job() -> Result<String> {
        Err(Error::internal("this job has no result"))
    }

    /// Ask before anything is deleted. Nothing is.
    #[tool(task)]
    pub(crate) fn confirm_delete(
        /// What shall be deleted
        filename: String,
    ) -> Result<String> {
        jobs::confirm_delete(&filename)
    }

    /// Ask two questions at once.
    #[tool(task)]
    pub(crate) fn multi_input() -> Result<String> {
        jobs::multi_input()
    }

    /// Ask for a name, and go on as a task.
    #[tool]
    pub(crate) fn test_tool_with_task() -> Result<String> {
        jobs::after_asking()
    }

    /// A text.
    #[resource("test://static-text", mime_type = "text/plain")]
    pub(crate) fn static_text() -> &'static str {
        "This is the content of the static text resource."
    }

    /// An image.
    #[resource("test://static-binary", mime_type = "image/png")]
    pub(crate) fn static_binary() -> &'static [u8] {
        PNG
    }

    /// What `test_update_watched_resource` says has changed.
    #[resource("test://watched-resource", mime_type = "text/plain")]
    pub(crate) fn watched_resource() -> &'static str {
        "This is the content of the watched resource."
    }

    /// Data of any id.
    #[resource("test://template/{id}/data", mime_type = "application/json")]
    pub(crate) fn template_data(id: String) -> Value {
        json!({ "id": id, "templateTest": true, "data": format!("Data for ID: {id}") })
    }

    /// A text.
    #[prompt]
    pub(crate) fn test_simple_prompt() -> &'static str {
        "This is a simple prompt for testing."
    }

    /// A text with two arguments in it.
    #[prompt]
    pub(crate) fn test_prompt_with_arguments(
        /// The first
        arg1: String,
        /// The second
        arg2: String,
    ) -> String {
        format!("Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")
    }

    #[complete(prompt = "test_prompt_with_arguments", argument = "arg1")]
    pub(crate) fn first_arguments(value: &str) -> Vec<&'static str> {
        let known = ["test", "testValue1", "testing", "other"];
        let fits = |known: &&str| known.starts_with(value);
        known.into_iter().filter(fits).collect()
    }

    /// A resource carried along, and what to do with it.
    #[prompt]
    #[expect(non_snake_case, reason = "the argument's name is the suite's")]
    pub(crate) fn test_prompt_with_embedded_resource(
        /// The URI that it is carried under
        resourceUri: String,
    ) -> Prompt {
        let text = "Embedded resource content for testing.";
        let contents = ResourceContents::text(resourceUri, text).mime_type("text/plain");
        Prompt::new()
            .user(Content::resource(contents))
            .user("Please process the embedded resource above.")
    }

    /// An image, and what to do with it.
    #[prompt]
    pub(crate) fn test_prompt_with_image() -> Prompt {
        Prompt::new()
            .user(Content::image(PNG, "image/png"))
            .user("Please analyze the image above.")
    }

    /// A text that the person is asked for.
    #[prompt]
    pub(crate) fn test_input_required_result_prompt() -> Result<Message> {
        let question = Question::form::<Context>("What context should the prompt use?");
        let context = question.key("user_context").ask()?.accepted()?.context;
        Ok(Message::user(format!("Use this context: {context}")))
    }
}
