//! An event stream that is read as it comes.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;

use serde_json::Value;

use super::server::Response;

/// A response whose body is read event by event. Dropping it closes the
/// connection.
pub(crate) struct Events {
    reader: BufReader<TcpStream>,
    /// What was read and not yet given out.
    text: String,
    head: Response,
}

/// One event, or a `retry` by itself.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<u64>,
    pub(crate) data: Option<String>,
}

impl Events {
    /// Reads a response that has to be an event stream, up to its first event.
    #[track_caller]
    pub(crate) fn read(stream: TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        let head = Response::read_head(&mut reader);
        assert_eq!(head.status, 200);
        for (header, value) in [
            ("content-type", "text/event-stream"),
            ("cache-control", "no-cache"),
            ("x-accel-buffering", "no"),
            ("transfer-encoding", "chunked"),
        ] {
            assert_eq!(head.header(header), Some(value));
        }
        Self::behind(head, reader)
    }

    /// What follows the head of a response.
    pub(crate) fn behind(head: Response, reader: BufReader<TcpStream>) -> Self {
        Self {
            reader,
            text: String::new(),
            head,
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.header(name)
    }

    /// The next event, comments aside; none at the end, which has to be one
    /// that the server meant.
    #[track_caller]
    pub(crate) fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((event, rest)) = self.text.split_once("\n\n") {
                let event = Event::parse(event);
                self.text = rest.to_owned();
                if event != Event::default() {
                    return Some(event);
                }
            }
            let chunk = self.chunk();
            if chunk.is_empty() {
                assert_eq!(self.text, "", "the last event is whole");
                return None;
            }
            self.text.push_str(&chunk);
        }
    }

    /// The next event, which has to have a message.
    #[track_caller]
    pub(crate) fn message(&mut self) -> (Option<String>, Value) {
        let event = self.next().expect("an event");
        let message = event.message();
        (event.id, message)
    }

    /// All events up to the end.
    #[track_caller]
    pub(crate) fn rest(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.next()).collect()
    }

    fn chunk(&mut self) -> String {
        let mut size = String::new();
        self.reader.read_line(&mut size).expect("a chunk's size");
        let size = usize::from_str_radix(size.trim_end(), 16);
        let mut chunk = vec![0; size.expect("the connection is not cut") + 2];
        self.reader.read_exact(&mut chunk).expect("a chunk");
        chunk.truncate(chunk.len() - 2);
        String::from_utf8(chunk).expect("UTF-8")
    }
}

impl Event {
    fn parse(text: &str) -> Self {
        let mut event = Self::default();
        for line in text.lines() {
            let (field, value) = line.split_once(':').expect("a field");
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match field {
                "" => {}
                "event" => event.name = Some(value),
                "id" => event.id = Some(value),
                "retry" => event.retry = value.parse().ok(),
                "data" => event.data = Some(value),
                _ => panic!("an event has a strange field: {line}"),
            }
        }
        event
    }

    /// Its message, which has to be there.
    #[track_caller]
    pub(crate) fn message(&self) -> Value {
        assert_eq!(self.name.as_deref(), Some("message"), "{self:?}");
        let data = self.data.as_deref().expect("data");
        serde_json::from_str(data).expect("JSON")
    }

    /// Whether it is what a stream begins with, so that it can be resumed.
    pub(crate) fn is_priming(&self) -> bool {
        let id = self.id.as_deref().unwrap_or_default();
        self.name.is_none()
            && self.retry == Some(1000)
            && self.data.as_deref() == Some("")
            && !id.is_empty()
            && id.bytes().all(|byte| byte.is_ascii_graphic())
    }
}
