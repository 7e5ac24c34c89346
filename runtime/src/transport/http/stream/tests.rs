//! What a stream keeps, and for which reader.

use super::*;

fn take(stream: &mut Stream, reader: u64) -> Poll<Option<String>> {
    let mut cx = Context::from_waker(Waker::noop());
    let taken = stream.poll_take(reader, &mut cx);
    taken.map(|event| event.map(|event| String::from_utf8(event.to_vec()).expect("UTF-8")))
}

fn event(number: u64, message: &str) -> Poll<Option<String>> {
    Poll::Ready(Some(format!(
        "id: 3-{number}\nevent: message\ndata: {message}\n\n"
    )))
}

#[test]
fn events_are_taken_in_order_until_the_end() {
    let mut stream = Stream::new(3, false);
    let (reader, before) = stream.attach();
    assert_eq!(before.to_string(), "3-0");
    assert_eq!(take(&mut stream, reader), Poll::Pending);
    stream.push(b"a");
    stream.push(b"b");
    stream.end();
    assert!(!stream.is_finished());
    assert_eq!(take(&mut stream, reader), event(1, "a"));
    assert_eq!(take(&mut stream, reader), event(2, "b"));
    assert_eq!(take(&mut stream, reader), Poll::Ready(None));
    assert!(stream.is_finished());
}

#[test]
fn a_newer_reader_goes_on_where_it_wants_to() {
    let mut stream = Stream::new(3, false);
    let (old, _) = stream.attach();
    for message in [b"a", b"b", b"c"] {
        stream.push(message);
    }
    assert_eq!(take(&mut stream, old), event(1, "a"));
    assert_eq!(take(&mut stream, old), event(2, "b"));
    stream.rewind(1).expect("kept");
    let (new, before) = stream.attach();
    assert_eq!(before.to_string(), "3-1");
    assert_eq!(take(&mut stream, old), Poll::Ready(None));
    assert_eq!(take(&mut stream, new), event(2, "b"));
    assert_eq!(take(&mut stream, new), event(3, "c"));
    assert_eq!(take(&mut stream, new), Poll::Pending);
    // The old one is long gone.
    assert!(!stream.leave(old));
    assert!(stream.left().is_none());
    assert!(stream.leave(new));
    assert!(stream.left().is_some());
}

#[test]
fn what_was_not_taken_is_not_forgotten() {
    let mut stream = Stream::new(3, false);
    let (reader, _) = stream.attach();
    for _ in 0..MAX_EVENTS {
        assert!(stream.make_room(1));
        stream.push(b"x");
    }
    assert!(!stream.make_room(1));
    assert_eq!(take(&mut stream, reader), event(1, "x"));
    assert!(stream.make_room(1));
    stream.push(b"x");
    assert!(!stream.make_room(1));

    // What followed the first event is all there; what the first was is not.
    stream.rewind(1).expect("kept");
    let refused = stream.rewind(0).expect_err("forgotten");
    assert_eq!(
        refused.to_string(),
        "what followed the event `3-0` is no longer kept"
    );
    let refused = stream.rewind(1_000).expect_err("never sent");
    assert_eq!(
        refused.to_string(),
        "no event of this stream has the id `3-1000`; the last has `3-257`"
    );
}

#[test]
fn bytes_are_bounded_but_for_one_long_event() {
    let mut stream = Stream::new(3, false);
    let (reader, _) = stream.attach();
    let long = vec![b'x'; 2 * MAX_BYTES];
    assert!(stream.make_room(long.len()));
    stream.push(&long);
    assert!(!stream.make_room(1));
    assert!(take(&mut stream, reader).is_ready());
    assert!(stream.make_room(1));
    assert_eq!(stream.bytes(), 0);
}
