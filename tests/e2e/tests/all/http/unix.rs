//! The Unix socket: stdio's framing, many clients.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};

use super::server::modern_body;
use crate::home::Home;

#[test]
fn each_connection_is_a_conversation() {
    let home = Home::with(&["echo"]);
    let path = home.path("mcp.sock");
    let path_text = path.to_str().expect("Unicode");
    let mut server = home
        .command(&["serve", "--unix", path_text])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let mut log = BufReader::new(server.stderr.take().expect("piped")).lines();
    let serving = log.by_ref().map_while(Result::ok);
    assert!(
        serving.into_iter().any(|line| line.contains("mcp.sock")),
        "it says that it serves"
    );
    let mode = std::fs::metadata(&path)
        .expect("a socket")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let ask = |text: &str| -> Value {
        let mut stream = UnixStream::connect(&path).expect("the server listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("set");
        let call = json!({ "name": "echo", "arguments": { "text": text } });
        writeln!(stream, "{}", modern_body("tools/call", call)).expect("sent");
        let mut line = String::new();
        BufReader::new(&stream)
            .read_line(&mut line)
            .expect("an answer");
        serde_json::from_str(&line).expect("JSON")
    };
    for text in ["one", "two"] {
        assert_eq!(ask(text)["result"]["content"][0]["text"], text);
    }
    let second = home.run(&["serve", "--unix", path_text]);
    assert_eq!(second.code, 1);
    assert!(
        second.stderr.contains("the path is taken"),
        "{}",
        second.stderr
    );
    server.kill().expect("killed");
    server.wait().expect("ended");
}
