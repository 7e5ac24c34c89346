//! What a plugin requests and is not granted, where the admin wants its user
//! asked: in both eras, by elicitation.

mod answers;
mod directories;
mod kept;
mod refusals;

use std::fs;

use serde_json::{Value, json};

use crate::client::{Client, LEGACY, result, text_of};
use crate::home::Home;
use crate::web::Web;

const ELICIT: &str = "elicitation/create";

/// How clients are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Era {
    Modern,
    Legacy,
}

const ERAS: [Era; 2] = [Era::Modern, Era::Legacy];

/// What a manifest requests: GET at each of these servers.
fn requests(webs: &[&Web]) -> String {
    let request = |web: &&Web| {
        format!(
            "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n\
             methods = [\"GET\"]\nreason = \"to say hello\"\n",
            web.port()
        )
    };
    webs.iter().map(request).collect()
}

/// A home whose probe requests GET at these servers, and asks.
fn home(webs: &[&Web]) -> Home {
    let home = Home::empty();
    home.add_probe(&requests(webs), &["--grant", "http=ask"]);
    home
}

/// A client whose user can be asked.
fn user(home: &Home, era: Era) -> Client {
    let capabilities = json!({ "elicitation": {} });
    match era {
        Era::Modern => Client::able(home, capabilities),
        Era::Legacy => Client::able_at(home, LEGACY, capabilities),
    }
}

/// A user's answer.
fn says(answer: &str) -> Value {
    json!({ "action": "accept", "content": { "answer": answer } })
}

/// Calls a tool whose user is asked, once for each of these answers: what was
/// asked each time, and what the tool says.
#[track_caller]
fn answering(
    client: &mut Client,
    era: Era,
    (tool, arguments): (&str, Value),
    answers: &[Value],
) -> (Vec<Value>, String) {
    let mut asked = Vec::new();
    if era == Era::Legacy {
        let call = client.start_call(tool, arguments);
        for answer in answers {
            let request = client.told(ELICIT);
            client.respond(&request["id"], ("result", answer.clone()));
            asked.push(request["params"].clone());
        }
        return (asked, text_of(&result(client.answer(&call))).to_owned());
    }
    let mut called = client.call(tool, arguments.clone());
    for answer in answers {
        assert_eq!(called["resultType"], "input_required", "{called}");
        let questions = called["inputRequests"].as_object().expect("an object");
        let [(key, question)] = &questions.iter().collect::<Vec<_>>()[..] else {
            panic!("one question: {questions:?}")
        };
        assert_eq!(question["method"], ELICIT);
        asked.push(question["params"].clone());
        let mut responses = json!({});
        responses[key.as_str()] = answer.clone();
        let again = json!({
            "name": tool, "arguments": arguments,
            "requestState": called["requestState"], "inputResponses": responses,
        });
        called = client.result("tools/call", again);
    }
    (asked, text_of(&called).to_owned())
}

/// Gets a page whose user is asked about it, and answers this.
#[track_caller]
fn get(client: &mut Client, era: Era, url: &str, answer: Value) -> (Value, String) {
    let call = ("http_get", json!({ "url": url }));
    let (mut asked, text) = answering(client, era, call, &[answer]);
    (asked.remove(0), text)
}

/// Gets a page, and nobody is asked about it.
#[track_caller]
fn get_unasked(client: &mut Client, url: &str) -> String {
    client.text("http_get", json!({ "url": url }))
}

fn config(home: &Home) -> String {
    fs::read_to_string(home.config()).expect("a config")
}
