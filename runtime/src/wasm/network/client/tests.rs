use std::sync::Mutex;

use http_body_util::Empty;
use tokio::net::TcpListener;

use super::*;

/// A server on loopback that nobody reads from, and a target that names it.
async fn named(host: &str) -> (TcpListener, Target) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let target = Target {
        scheme: Scheme::Http,
        host: host.parse().expect("a host"),
        port: listener.local_addr().expect("an address").port(),
    };
    (listener, target)
}

fn request() -> Request<WasiBody> {
    let body = Empty::<Bytes>::new().map_err(|never| match never {});
    let mut request = Request::new(body.boxed_unsync());
    *request.uri_mut() = "http://localhost/".parse().expect("a URI");
    request
}

#[tokio::test]
async fn a_connection_goes_to_an_address_that_was_checked() {
    let (listener, target) = named("localhost").await;
    let checked = Mutex::new(Vec::new());
    let allowed = |address: IpAddr| {
        checked.lock().expect("one thread").push(address);
        Ok(())
    };
    let mut told = None;
    let client = Client::default();
    let sending = client.send(
        request(),
        &target,
        RequestOptions::default(),
        allowed,
        |_, address| told = Some(address),
    );
    let accepted = tokio::select! {
        accepted = listener.accept() => accepted.expect("a connection").0,
        _ = sending => panic!("it has an answer that nobody gave"),
    };
    let checked = checked.into_inner().expect("one thread");
    let reached = accepted.local_addr().expect("an address").ip();
    assert!(checked.contains(&reached), "{reached} in {checked:?}");
    // The name was looked up once: had it been again, what came of it would
    // have been checked again.
    let mut once = checked.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), checked.len(), "{checked:?}");
}

#[tokio::test]
async fn what_is_not_allowed_is_not_connected_to() {
    for host in ["localhost", "127.0.0.1"] {
        let (listener, target) = named(host).await;
        let client = Client::default();
        let sent = client
            .send(
                request(),
                &target,
                RequestOptions::default(),
                |_| Err(()),
                |_, _| panic!("nobody is given a secret"),
            )
            .await;
        assert!(
            matches!(sent, Err(Error::DestinationIpProhibited)),
            "{host} was connected to"
        );
        let accepted = tokio::time::timeout(Duration::ZERO, listener.accept()).await;
        assert!(accepted.is_err(), "nobody has connected");
    }
}
