//! Asking in the middle of a call: what is asked, and what comes of the
//! answers.

use std::cell::RefCell;
use std::rc::Rc;

use portcullis_sdk::input::{Elicited, Question, Sampling, Supported, ask_all};
use portcullis_sdk::testing::{self, Answer, Asked};
use portcullis_sdk::{Message, Value, elicit, form, json, plugin, sample};

#[plugin]
mod example {
    use portcullis_sdk::input::{Question, Sampling, ask_all, elicit_raw};
    use portcullis_sdk::{Message, Result, Value, elicit, elicit_url, json, roots, sample};

    #[form]
    struct Name {
        name: String,
    }

    /// Asks for each kind, one after the other.
    #[tool]
    fn each() -> Result<String> {
        let name = elicit::<Name>("Who?")?.accepted()?.name;
        elicit_url("Sign in", "https://example.com/")?.accepted()?;
        let said = sample("Say something.")?.to_text();
        let roots = roots()?;
        let root = roots[0].uri();
        let raw = elicit_raw(
            "Pick",
            json!({ "type": "object", "properties": { "z": { "type": "string" }, "a": {} } }),
        )?;
        Ok(format!("{name} {said} {root} {}", raw.accepted()?))
    }

    /// Asks for several at once.
    #[tool]
    fn all() -> Result<Value> {
        let (name, greeting, roots, unnamed) = ask_all((
            Question::form::<Name>("Who?").key("user_name"),
            Question::sample(
                Sampling::from("Greet")
                    .max_tokens(50)
                    .system("brief")
                    .temperature(0.5)
                    .stop_sequences(["\n"]),
            )
            .key("greeting")
            .extra("_meta", json!({ "a": 1 })),
            Question::roots().key("client_roots"),
            Question::url("Look", "https://example.com/"),
        ))?;
        Ok(json!([
            name.accepted()?.name,
            greeting.to_text(),
            greeting.model(),
            roots.len(),
            unnamed.action(),
        ]))
    }

    /// What somebody likes.
    #[prompt]
    fn likes() -> Result<Message> {
        let name = elicit::<Name>("Who?")?.accepted()?;
        Ok(Message::user(name.name))
    }

    /// What somebody has.
    #[resource("things://all")]
    fn things() -> Result<String> {
        Ok(elicit::<Name>("Who?")?.accepted()?.name)
    }
}

#[form]
#[derive(Debug, PartialEq)]
struct Name {
    name: String,
}

/// Answers everything in the same way and records what was asked.
fn answers(answer: impl Fn(&Asked) -> Answer + 'static) -> Rc<RefCell<Vec<(String, Asked)>>> {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let record = asked.clone();
    testing::answer_input(move |key, question| {
        record.borrow_mut().push((key.to_owned(), question.clone()));
        answer(question)
    });
    asked
}

fn answer(question: &Asked) -> Answer {
    match question {
        Asked::Form { .. } => Answer::Accept(json!({ "name": "Ada", "other": 1 })),
        Asked::Sample(_) => Answer::sampled("good day"),
        Asked::Roots => Answer::roots(["file:///home/ada"]),
        _ => Answer::Accept(Value::Null),
    }
}

fn keys(asked: &RefCell<Vec<(String, Asked)>>) -> Vec<String> {
    asked.borrow().iter().map(|(key, _)| key.clone()).collect()
}

#[test]
fn questions_without_keys_are_counted_in_each_call() {
    let asked = answers(answer);
    let plugin = example::plugin();
    for _ in 0..2 {
        asked.borrow_mut().clear();
        let output = plugin.call_tool("each", json!({})).unwrap();
        assert_eq!(
            output.to_text(),
            r#"Ada good day file:///home/ada {"name":"Ada","other":1}"#
        );
        assert_eq!(
            keys(&asked),
            ["input-1", "input-2", "input-3", "input-4", "input-5"]
        );
    }
    let Asked::Form { schema, .. } = &asked.borrow()[4].1 else {
        panic!("no form");
    };
    assert_eq!(
        schema.to_string(),
        r#"{"type":"object","properties":{"z":{"type":"string"},"a":{}}}"#
    );
}

#[test]
fn several_questions_are_asked_in_one_round() {
    let asked = answers(answer);
    let output = example::plugin().call_tool("all", json!({})).unwrap();
    assert_eq!(output.to_text(), r#"["Ada","good day","test",1,"accept"]"#);
    assert_eq!(
        keys(&asked),
        ["user_name", "greeting", "client_roots", "input-1"]
    );
    let Asked::Sample(sampling) = asked.borrow()[1].1.clone() else {
        panic!("no conversation");
    };
    assert_eq!(sampling.messages(), [Message::user("Greet")]);
    assert_eq!(sampling.token_limit(), 50);
    assert_eq!(sampling.system_prompt(), Some("brief"));
    assert_eq!(sampling.member("temperature"), Some(json!(0.5)));
    assert_eq!(sampling.member("stopSequences"), Some(json!(["\n"])));
    assert_eq!(sampling.member("_meta"), Some(json!({ "a": 1 })));

    let one_kind = ["a", "b"].map(|key| Question::form::<Name>("Who?").key(key));
    let [first, second] = ask_all(one_kind).unwrap();
    assert_eq!(first, second);
    let none: Vec<Elicited<Name>> = ask_all(Vec::<Question<_>>::new()).unwrap();
    assert!(none.is_empty());
}

#[test]
fn prompts_and_resources_may_ask_too() {
    let asked = answers(answer);
    let plugin = example::plugin();
    let prompt = plugin.get_prompt("likes", &[]).unwrap();
    assert_eq!(prompt.messages(), [Message::user("Ada")]);
    let contents = plugin.read_resource("things://all").unwrap();
    assert_eq!(contents[0].as_text(), Some("Ada"));
    assert_eq!(keys(&asked), ["input-1", "input-1"]);
}

#[test]
fn a_person_who_does_not_answer_is_a_tool_error() {
    for (answer, message) in [
        (Answer::Decline, "the person declined to answer"),
        (
            Answer::Cancel,
            "the person closed the question without answering",
        ),
        (
            Answer::Refuse("timed out".to_owned()),
            "the client did not answer: timed out",
        ),
        (
            Answer::Accept(json!({ "name": 1 })),
            "the answer to `input-1` cannot be used: invalid type: integer `1`, expected a string",
        ),
        (
            Answer::Accept(json!({})),
            "the answer to `input-1` cannot be used: missing field `name`",
        ),
    ] {
        let answered = answer.clone();
        answers(move |_| answered.clone());
        let error = example::plugin().call_tool("each", json!({})).unwrap_err();
        assert_eq!(error.message(), message);
        assert!(format!("{error:?}").starts_with("Failed"), "{error:?}");
    }
    answers(|_| Answer::Decline);
    let declined = elicit::<Name>("Who?").unwrap();
    assert_eq!(declined, Elicited::Declined);
    assert_eq!(declined.action(), "decline");
    assert_eq!(declined.ok(), None);
}

#[test]
fn what_the_caller_cannot_be_asked_for_ends_the_call() {
    answers(answer);
    testing::set_supported(Supported {
        form: true,
        sample: true,
        ..Supported::default()
    });
    assert!(elicit::<Name>("Who?").is_ok());
    assert!(sample("hi").is_ok());
    let with_tools = Sampling::from("hi").extra("tools", json!([])).ask();
    let error = with_tools.unwrap_err();
    assert_eq!(
        error.message(),
        "the client cannot be asked for what a model with tools says, which question `input-3` does"
    );
    assert!(format!("{error:?}").starts_with("Internal"), "{error:?}");
    assert!(portcullis_sdk::roots().is_err());
    assert!(portcullis_sdk::elicit_url("Look", "https://example.com/").is_err());
    testing::set_supported(Supported::ALL);
    assert!(portcullis_sdk::roots().is_ok());
}

#[test]
fn keys_are_checked() {
    answers(answer);
    let ask = |key: &str| Question::roots().key(key).ask();
    for key in ["", "a b", "ü", &"a".repeat(65)] {
        let error = ask(key).unwrap_err();
        assert_eq!(
            error.message(),
            format!("a question's key is 1 to 64 of `A-Z a-z 0-9 _ . -`, not `{key}`")
        );
    }
    assert!(ask(&"a".repeat(64)).is_ok());
    let twice = ask_all((Question::roots().key("a"), Question::roots().key("a")));
    assert_eq!(
        twice.unwrap_err().message(),
        "two questions of one round have the key `a`"
    );
}

#[test]
fn without_anybody_to_ask_a_test_is_told_what_to_do() {
    let error = sample("hi").unwrap_err();
    assert_eq!(
        error.message(),
        "there is nobody to ask: a native test answers questions with `testing::answer_input`"
    );
}

#[test]
fn another_kind_of_answer_is_an_error() {
    answers(|_| Answer::sampled("no form"));
    assert_eq!(
        elicit::<Name>("Who?").unwrap_err().message(),
        "the question `input-1` was answered with another kind of answer than it asks for"
    );
}
