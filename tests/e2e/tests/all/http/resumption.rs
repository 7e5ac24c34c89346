//! Streams of legacy sessions: how they begin, and how they go on on another
//! connection.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::events::Event;
use super::server::Server;
use super::session::{Session, long_call, message, one_at_a_time, telling_call};
use crate::client::{LEGACY, LEGACY_REVISIONS, text_of};
use crate::home::Home;

/// The ids of events, and their messages.
fn told(events: &[Event]) -> Vec<(String, Value)> {
    let told = events.iter().filter(|event| event.name.is_some());
    told.map(|event| (event.id.clone().expect("an id"), event.message()))
        .collect()
}

#[test]
fn a_quick_answer_is_json_and_a_slow_one_a_stream() {
    let home = one_at_a_time();
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let quick = session.ask("POST", &[], &message(Some(2), "ping", json!({})));
        assert_eq!(quick.json()["result"], json!({}));
        let mut slow = session.stream(3, long_call());
        let cancelled = json!({ "requestId": 3 });
        let cancelled = message(None, "notifications/cancelled", cancelled);
        assert_eq!(session.ask("POST", &[], &cancelled).status, 202);
        let events = slow.rest();
        if revision == LEGACY {
            assert!(events.len() == 1 && events[0].is_priming(), "{events:?}");
        } else {
            assert_eq!(events, [], "clients of {revision} know no empty events");
        }
    }
}

#[test]
fn events_have_ids_that_no_other_has() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let mut ids = BTreeSet::new();
        let mut count = 0;
        for call in 2..5 {
            let events = session.stream(call, telling_call(2, 0)).rest();
            assert_eq!(events[0].is_priming(), revision == LEGACY, "{events:?}");
            let told = told(&events);
            // Two steps, each with a log line, and the answer.
            assert_eq!(told.len(), 5, "{events:?}");
            assert_eq!(told[4].1["id"], call);
            count += events.len();
            ids.extend(events.into_iter().map(|event| event.id.expect("an id")));
        }
        assert_eq!(ids.len(), count);
    }
}

#[test]
fn a_call_survives_its_connection() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let mut stream = session.stream(2, telling_call(20, 50));
        let mut seen = Vec::new();
        while seen.len() < 3 {
            let event = stream.next().expect("the call has only begun");
            if event.name.is_some() {
                seen.push(event);
            }
        }
        let mut last = seen[2].id.clone().expect("an id");
        drop(stream);

        // And once more, with the server not knowing of the loss yet.
        let mut stream = session.resume(&last);
        let next = stream.next().expect("it goes on");
        last = next.id.clone().expect("an id");
        seen.push(next);
        let mut again = session.resume(&last);
        seen.extend(again.rest());
        // Whatever the one before has been sent, it was the same, and it ends.
        stream.rest();

        let told = told(&seen);
        let messages = told.iter().map(|(_, message)| message);
        let steps: Vec<Option<f64>> = messages
            .filter(|message| message["method"] == "notifications/progress")
            .map(|message| message["params"]["progress"].as_f64())
            .collect();
        let expected: Vec<_> = (1..=20).map(|step| Some(f64::from(step))).collect();
        assert_eq!(steps, expected);
        let ids: BTreeSet<&String> = told.iter().map(|(id, _)| id).collect();
        assert_eq!(ids.len(), told.len(), "no event came twice");
        let answer = &told.last().expect("an answer").1;
        assert_eq!(answer["id"], 2);
        assert_eq!(text_of(&answer["result"]), "20 steps");
    }
}

#[test]
fn what_was_missed_is_replayed_and_nothing_else() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, LEGACY);
    let other = session.stream(2, telling_call(3, 0)).rest();
    let events = session.stream(3, telling_call(3, 0)).rest();
    assert_ne!(other, events);
    for (at, event) in events.iter().enumerate() {
        let replayed = session.resume(event.id.as_deref().expect("an id")).rest();
        assert_eq!(replayed, events[at + 1..]);
    }
}

#[test]
fn what_is_not_known_is_not_resumed() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, LEGACY);
    let events = session.stream(2, telling_call(1, 0)).rest();
    let last = events.last().and_then(|event| event.id.as_deref());
    let last = last.expect("an id");
    let (stream, number) = last.split_once('-').expect("two parts");
    let later = format!("{stream}-{}", number.parse::<u64>().expect("a number") + 1);
    let foreign = Session::open(&server, LEGACY);
    for (session, id) in [
        (&session, "nonsense"),
        (&session, ""),
        (&session, "999-1"),
        (&session, later.as_str()),
        (&foreign, last),
    ] {
        let headers = [("accept", "text/event-stream"), ("last-event-id", id)];
        let refused = session.ask("GET", &headers, "");
        // 404 would tell the client that its session is no more.
        assert_eq!(refused.status, 400, "{id}");
        let message = refused.json()["error"]["message"].to_string();
        assert!(message.contains("last-event-id"), "{message}");
        assert!(message.contains(id), "{message}");
    }
}

#[test]
fn connections_are_closed_after_the_stream_timeout_and_streams_are_not() {
    let home = Home::with(&["echo"]);
    home.configure("[server]\nstream-timeout = \"100ms\"\n");
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let mut events = session.stream(2, telling_call(8, 300)).rest();
        let mut closed = 0;
        while events.last().is_some_and(|event| event.name.is_none()) {
            let farewell = events.pop().expect("there is one");
            let expected = Event {
                retry: Some(1000),
                ..Event::default()
            };
            assert_eq!(farewell, expected);
            closed += 1;
            let last = events.last().and_then(|event| event.id.clone());
            events.extend(session.resume(&last.expect("an id")).rest());
        }
        assert_eq!(closed > 0, revision == LEGACY, "{revision}: {closed} times");
        let told = told(&events);
        assert_eq!(told.len(), 17, "{told:?}");
        assert_eq!(text_of(&told[16].1["result"]), "8 steps");
    }
}

#[test]
fn the_end_of_a_session_ends_its_streams() {
    let home = one_at_a_time();
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, LEGACY);
    let mut standing = session.listen(&[]);
    let mut call = session.stream(2, telling_call(1000, 50));
    for stream in [&mut standing, &mut call] {
        assert!(stream.next().expect("it is open").is_priming());
    }
    let (last, _) = call.message();
    assert_eq!(session.ask("DELETE", &[], "").status, 204);
    assert_eq!(standing.rest(), []);
    let rest = call.rest();
    assert!(rest.iter().all(|event| event.message().get("id").is_none()));
    let last = last.expect("an id");
    let headers = [("accept", "text/event-stream"), ("last-event-id", &last)];
    assert_eq!(session.ask("GET", &headers, "").status, 404);

    // The plugin has one place, so this is answered only because the first call
    // has given it up.
    let other = Session::open(&server, LEGACY);
    let call = json!({ "name": "echo", "arguments": { "text": "hi" } });
    let called = other.ask("POST", &[], &message(Some(2), "tools/call", call));
    assert_eq!(text_of(&called.answer()["result"]), "hi");
}
