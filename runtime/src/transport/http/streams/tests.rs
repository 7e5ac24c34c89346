//! Streams with their pumps, and what happens where nobody reads.

use std::future::{Future as _, poll_fn};

use super::*;
use crate::dispatch::Outbound;

fn news(text: &str) -> Outgoing {
    Outgoing::News(text.as_bytes().to_vec())
}

async fn next(reader: &mut Reader) -> Option<String> {
    let event = poll_fn(|cx| reader.poll_next(cx)).await?;
    let text = String::from_utf8(event.to_vec()).expect("UTF-8");
    let data = text.lines().find_map(|line| line.strip_prefix("data: "));
    Some(data.expect("a message").to_owned())
}

#[tokio::test]
async fn a_stream_survives_its_connection() {
    let streams = Arc::new(Streams::default());
    let (sender, messages) = Outbound::channel(1);
    let mut reader = streams.open(Some(news("1")), messages).expect("open");
    assert_eq!(next(&mut reader).await.as_deref(), Some("1"));
    sender.send(news("2")).await.expect("taken");
    assert_eq!(next(&mut reader).await.as_deref(), Some("2"));
    drop(reader);
    sender.send(news("3")).await.expect("taken with no reader");

    let mut reader = streams.resume("1-1").expect("kept");
    drop(sender);
    assert_eq!(next(&mut reader).await.as_deref(), Some("2"));
    assert_eq!(next(&mut reader).await.as_deref(), Some("3"));
    assert_eq!(next(&mut reader).await, None);
    for unknown in ["2-1", "1-4", "", "x"] {
        assert!(streams.resume(unknown).is_err(), "{unknown}");
    }
}

#[tokio::test]
async fn any_last_event_id_is_one_that_was_given_or_refused() {
    let streams = Arc::new(Streams::default());
    let (_sender, messages) = Outbound::channel(1);
    let mut reader = streams.open(Some(news("1")), messages).expect("open");
    assert_eq!(next(&mut reader).await.as_deref(), Some("1"));
    drop(reader);
    portcullis_seeded::check(3000, |source| {
        let last = match source.below(3) {
            0 => source.text(4),
            1 => String::from_utf8_lossy(&source.changed(b"1-1-1")).into_owned(),
            _ => format!(
                "{}-{}",
                source.below(3),
                source.number() >> source.below(65).min(63)
            ),
        };
        match streams.resume(&last) {
            Ok(_) => {
                let id = EventId::parse(&last).expect("an id");
                assert!(id.stream == 1 && id.number <= 1, "{last:?}");
            }
            Err(error) => assert!(error.to_string().len() < 300 + 4 * last.len()),
        }
    });
}

#[tokio::test]
async fn who_does_not_read_stops_the_pump() {
    let streams = Arc::new(Streams::default());
    let (sender, messages) = Outbound::channel(1);
    let mut reader = streams.open(None, messages).expect("open");
    let megabyte = "x".repeat(1 << 20);
    // One in the stream, one with the pump, one in the channel.
    for _ in 0..3 {
        sender.send(news(&megabyte)).await.expect("taken");
    }
    tokio::task::yield_now().await;
    assert!(sender.try_send(news("no room")).is_err());
    assert!(streams.lock().bytes() < 2 << 20);
    for _ in 0..3 {
        assert_eq!(
            next(&mut reader).await.map(|data| data.len()),
            Some(1 << 20)
        );
    }
    assert!(sender.send(news("room")).await.is_ok());
}

#[tokio::test]
async fn streams_that_were_left_go_when_the_session_needs_room() {
    let streams = Arc::new(Streams::default());
    let megabyte = "x".repeat(1 << 20);
    let mut senders = Vec::new();
    for _ in 0..20 {
        let (sender, messages) = Outbound::channel(1);
        let reader = streams.open(None, messages).expect("open");
        drop(reader);
        sender.send(news(&megabyte)).await.expect("taken");
        // Taken by the pump.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        senders.push(sender);
    }
    assert!(streams.lock().bytes() <= MAX_BYTES);
    assert!(streams.resume("1-0").is_err());
    let mut last = streams.resume("20-0").expect("kept");
    assert!(next(&mut last).await.is_some());
    // Nobody hears what is said into a stream that is gone.
    senders[0].closed().await;
}

#[tokio::test]
async fn the_number_of_streams_that_were_left_is_bounded() {
    let streams = Arc::new(Streams::default());
    for _ in 0..2 * MAX_LEFT {
        let (_, messages) = Outbound::channel(1);
        streams.open(None, messages).expect("open");
    }
    assert_eq!(streams.lock().streams.len(), MAX_LEFT);
}

#[tokio::test]
async fn the_standing_stream_has_one_reader_and_one_source() {
    let streams = Arc::new(Streams::default());
    let (sender, messages) = Outbound::channel(1);
    let mut old = streams.standing(|| messages).expect("open");
    sender.send(news("1")).await.expect("taken");
    assert_eq!(next(&mut old).await.as_deref(), Some("1"));
    let mut new = streams
        .standing(|| unreachable!("it has a source"))
        .expect("open");
    assert_eq!(next(&mut old).await, None);
    sender.send(news("2")).await.expect("taken");
    assert_eq!(next(&mut new).await.as_deref(), Some("2"));

    // A source that has ended is replaced.
    drop(sender);
    assert_eq!(next(&mut new).await, None);
    let (sender, messages) = Outbound::channel(1);
    let mut newer = streams.standing(|| messages).expect("open");
    sender.send(news("3")).await.expect("taken");
    assert_eq!(next(&mut newer).await.as_deref(), Some("3"));
}

#[tokio::test]
async fn closing_ends_readers_and_pumps() {
    let streams = Arc::new(Streams::default());
    let (sender, messages) = Outbound::channel(1);
    let mut reader = streams.open(Some(news("1")), messages).expect("open");
    streams.close();
    assert_eq!(next(&mut reader).await, None);
    sender.closed().await;
    let (_, messages) = Outbound::channel(1);
    assert!(streams.open(None, messages).is_none());
    assert!(streams.standing(|| unreachable!("ended")).is_none());
}

#[tokio::test]
async fn the_next_request_waits_for_the_readers_of_the_others() {
    let streams = Arc::new(Streams::default());
    let megabyte = "x".repeat(1 << 20);
    let mut readers = Vec::new();
    for _ in 0..MAX_BYTES >> 20 {
        let (_, messages) = Outbound::channel(1);
        let first = Some(news(&megabyte));
        readers.push(streams.open(first, messages).expect("open"));
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(streams.lock().bytes() <= MAX_BYTES);
    {
        let has_room = std::pin::pin!(streams.has_room());
        let mut cx = Context::from_waker(std::task::Waker::noop());
        assert!(has_room.poll(&mut cx).is_pending());
    }
    for mut reader in readers {
        assert!(next(&mut reader).await.is_some());
    }
    streams.has_room().await;
}
