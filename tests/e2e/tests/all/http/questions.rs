//! Questions over HTTP: legacy ones on the stream of the call, with the answer
//! in a request of its own.

use serde_json::{Value, json};

use super::events::Events;
use super::server::Server;
use super::session::{Session, message};
use crate::client::{MODERN, declaring, initialize, message_of, modern_params};
use crate::home::Home;

const NAME: &str = "test_input_required_result_elicitation";
const REVISIONS: [&str; 2] = ["2025-06-18", "2025-11-25"];

fn call(tool: &str) -> Value {
    json!({ "name": tool, "arguments": {} })
}

fn ada() -> Value {
    json!({ "action": "accept", "content": { "name": "Ada" } })
}

/// A session of a client that can be asked for forms.
fn open<'a>(server: &'a Server, revision: &str) -> Session<'a> {
    let mut params = initialize(revision);
    params["capabilities"] = json!({ "elicitation": {} });
    let opened = server.ask("POST", &[], &message(Some(1), "initialize", params));
    let id = opened
        .header("mcp-session-id")
        .expect("a session")
        .to_owned();
    Session { server, id }
}

/// The next message of a stream, behind what opens it.
#[track_caller]
fn next(stream: &mut Events) -> Value {
    loop {
        let event = stream.next().expect("the stream goes on");
        if !event.is_priming() {
            return event.message();
        }
    }
}

/// Posts the answer to a question.
#[track_caller]
fn respond(session: &Session<'_>, id: &Value, result: Value) {
    let response = json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string();
    let posted = session.ask("POST", &[], &response);
    assert_eq!((posted.status, posted.body.as_str()), (202, ""));
}

#[track_caller]
fn assert_greets(answer: &Value) {
    assert_eq!(
        answer["result"]["content"][0]["text"], "Hello, Ada!",
        "{answer}"
    );
}

#[test]
fn the_question_comes_on_the_stream_of_the_call() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    for revision in REVISIONS {
        let session = open(&server, revision);
        let mut stream = session.stream(2, call(NAME));
        let question = next(&mut stream);
        assert_eq!(question["method"], "elicitation/create");
        let mode = (revision == "2025-11-25").then_some("form");
        assert_eq!(question["params"]["mode"].as_str(), mode);
        // Others are answered meanwhile.
        let ping = session.ask("POST", &[], &message(Some(3), "ping", json!({})));
        assert_eq!(ping.json()["id"], 3);
        respond(&session, &question["id"], ada());
        let answer = next(&mut stream);
        assert_eq!(answer["id"], 2);
        assert_greets(&answer);
        assert_eq!(stream.rest(), []);
    }
}

#[test]
fn only_its_own_session_answers_it() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let session = open(&server, "2025-11-25");
    let mut stream = session.stream(2, call(NAME));
    let question = next(&mut stream);
    let stranger = open(&server, "2025-11-25");
    let eve = json!({ "action": "accept", "content": { "name": "Eve" } });
    respond(&stranger, &question["id"], eve.clone());
    let response = json!({ "jsonrpc": "2.0", "id": question["id"], "result": eve }).to_string();
    assert_eq!(server.ask("POST", &[], &response).status, 400);
    let unknown = [("mcp-session-id", "nobody")];
    assert_eq!(server.ask("POST", &unknown, &response).status, 404);
    respond(&session, &question["id"], ada());
    assert_greets(&next(&mut stream));
}

#[test]
fn a_person_may_say_no_and_a_client_may_fail() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let session = open(&server, "2025-11-25");
    for (member, outcome, word) in [
        ("result", json!({ "action": "decline" }), "declined"),
        ("result", json!({ "action": "cancel" }), "closed"),
        (
            "error",
            json!({ "code": -1, "message": "no screen" }),
            "no screen",
        ),
    ] {
        let mut stream = session.stream(2, call(NAME));
        let id = next(&mut stream)["id"].clone();
        let response = json!({ "jsonrpc": "2.0", "id": id, member: outcome }).to_string();
        assert_eq!(session.ask("POST", &[], &response).status, 202);
        let answer = next(&mut stream);
        assert_eq!(answer["result"]["isError"], true, "{answer}");
        let text = answer["result"]["content"][0]["text"].to_string();
        assert!(text.contains(word), "{text}");
    }
}

#[test]
fn a_call_that_waits_is_cancelled_by_word_and_not_by_silence() {
    let home = Home::empty();
    home.add("everything", &["--grant", "limits.concurrency=1"]);
    let server = Server::start(&home, &[]);
    let session = open(&server, "2025-11-25");
    let mut stream = session.stream(2, call(NAME));
    let event = stream.next().expect("it is open");
    let last = event.id.clone().expect("an id");
    let question = next(&mut stream);
    drop(stream);
    respond(&session, &question["id"], ada());
    let mut resumed = session.resume(&last);
    assert_eq!(next(&mut resumed), question);
    assert_greets(&next(&mut resumed));

    let mut stream = session.stream(3, call(NAME));
    next(&mut stream);
    let cancel = message(None, "notifications/cancelled", json!({ "requestId": 3 }));
    assert_eq!(session.ask("POST", &[], &cancel).status, 202);
    assert_eq!(stream.rest(), [], "it ends without an answer");
    let greet = json!({ "name": "greet", "arguments": { "name": "Ada" } });
    let called = session.ask("POST", &[], &message(Some(4), "tools/call", greet));
    assert_greets(&called.answer());
}

#[test]
fn a_session_that_ends_ends_what_waits() {
    let home = Home::empty();
    home.add("everything", &["--grant", "limits.concurrency=1"]);
    let server = Server::start(&home, &[]);
    let session = open(&server, "2025-11-25");
    let mut stream = session.stream(2, call(NAME));
    let question = next(&mut stream);
    assert_eq!(session.ask("DELETE", &[], "").status, 204);
    let answers = stream.rest();
    assert!(
        answers
            .iter()
            .all(|event| event.message()["id"] != question["id"]),
        "{answers:?}"
    );
    // Its place is free.
    let greet = json!({ "name": "greet", "arguments": { "name": "Ada" } });
    assert_greets(&server.modern("tools/call", greet).answer());
}

#[test]
fn what_is_not_declared_is_not_asked() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, "2025-11-25");
    let called = session.ask("POST", &[], &message(Some(2), "tools/call", call(NAME)));
    let error = called.answer()["error"].clone();
    assert_eq!(error["code"], -32600);
    assert_eq!(
        error["data"]["requiredCapabilities"],
        json!({ "elicitation": {} })
    );

    let refused = server.modern("tools/call", call(NAME));
    assert_eq!(refused.status, 400);
    let error = &refused.json()["error"];
    assert_eq!(error["code"], -32021);
    assert_eq!(
        error["data"]["requiredCapabilities"],
        json!({ "elicitation": {} })
    );
}

#[test]
fn a_modern_call_ends_with_its_questions_as_json() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let able = json!({ "elicitation": {} });
    let asked = server.modern("tools/call", declaring(call(NAME), &able));
    assert_eq!(asked.status, 200);
    let asked = asked.json()["result"].clone();
    assert_eq!(asked["resultType"], "input_required");
    let mut again = declaring(call(NAME), &able);
    again["requestState"] = asked["requestState"].clone();
    again["inputResponses"] = json!({ "user_name": ada() });
    assert_greets(&server.modern("tools/call", again.clone()).answer());

    again["requestState"] = json!("forged");
    let refused = server.modern("tools/call", again);
    assert_eq!(refused.status, 400);
    let error = &refused.json()["error"];
    assert_eq!(error["code"], -32602);
    assert!(message_of(error).contains("requestState"), "{error}");
}

#[test]
fn what_was_told_comes_before_the_questions() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let mut params = call("test_streaming_elicitation");
    params["_meta"]["progressToken"] = json!("t");
    let params = modern_params(declaring(params, &json!({ "elicitation": {} })));
    let body = json!({ "jsonrpc": "2.0", "id": 9, "method": "tools/call", "params": params });
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/call"),
        ("mcp-name", "test_streaming_elicitation"),
    ];
    let events = server.ask("POST", &headers, &body.to_string()).events();
    assert_eq!(events[0]["method"], "notifications/progress");
    let last = events.last().expect("an answer");
    assert_eq!(last["id"], 9);
    assert_eq!(last["result"]["resultType"], "input_required");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_end_waits_for_no_answer() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let mut stream = open(&server, "2025-11-25").stream(2, call(NAME));
    next(&mut stream);
    server.terminate();
    let answer = next(&mut stream);
    assert_eq!(answer["result"]["isError"], true, "{answer}");
    assert_eq!(stream.rest(), []);
    drop(stream);
    assert_eq!(server.ended(), Some(0));
}
