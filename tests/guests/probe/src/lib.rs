//! A guest that tries everything a plugin could try, and says what came of it.
//!
//! Each tool answers with `ok: …` and what it got, or `denied: …` and the error;
//! none fails, so that a test can look at the words.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

#[plugin]
mod probe {
    use std::{
        collections::BTreeMap,
        env,
        fmt::Display,
        fs,
        io::{self, Read, Write},
        net::{TcpListener, TcpStream, ToSocketAddrs, UdpSocket},
        time::{Instant, SystemTime, UNIX_EPOCH},
    };

    use portcullis_sdk::store::Bucket;
    use portcullis_sdk::{http, settings};

    /// Read a file.
    #[tool]
    pub(crate) fn read_file(path: String) -> String {
        told(fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// List a directory: names, sorted, one a line.
    #[tool]
    pub(crate) fn list_dir(path: String) -> String {
        let names = fs::read_dir(path).and_then(|entries| {
            let names: io::Result<Vec<String>> = entries
                .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
                .collect();
            let mut names = names?;
            names.sort();
            Ok(names.join("\n"))
        });
        told(names)
    }

    /// Write a file.
    #[tool]
    pub(crate) fn write_file(path: String, text: String) -> String {
        told(fs::write(path, &text).map(|()| format!("{} bytes", text.len())))
    }

    /// Make a symbolic link.
    #[tool]
    #[expect(
        deprecated,
        reason = "the one way to make a link that the standard library has for every target"
    )]
    pub(crate) fn symlink(target: String, link: String) -> String {
        told(fs::soft_link(target, link).map(|()| "linked"))
    }

    /// Make a hard link.
    #[tool]
    pub(crate) fn hard_link(target: String, link: String) -> String {
        told(fs::hard_link(target, link).map(|()| "linked"))
    }

    /// Move a file.
    #[tool]
    pub(crate) fn rename(from: String, to: String) -> String {
        told(fs::rename(from, to).map(|()| "moved"))
    }

    /// Remove a file.
    #[tool]
    pub(crate) fn remove_file(path: String) -> String {
        told(fs::remove_file(path).map(|()| "removed"))
    }

    /// Look at the environment: variables, one a line, after how many there
    /// are and how many arguments.
    #[tool]
    pub(crate) fn environment() -> String {
        let variables: Vec<String> = env::vars_os()
            .map(|(name, value)| {
                format!("\n{}={}", name.to_string_lossy(), value.to_string_lossy())
            })
            .collect();
        let arguments = env::args_os().count();
        format!(
            "ok: {} variables, {arguments} arguments{}",
            variables.len(),
            variables.concat()
        )
    }

    /// Open a TCP connection to an address such as `127.0.0.1:80`.
    #[tool]
    pub(crate) fn connect(address: String) -> String {
        told(TcpStream::connect(address).and_then(|stream| stream.peer_addr()))
    }

    /// Listen for TCP connections on an address such as `127.0.0.1:0`.
    #[tool]
    pub(crate) fn listen(address: String) -> String {
        told(TcpListener::bind(address).and_then(|listener| listener.local_addr()))
    }

    /// Send a UDP datagram to an address such as `127.0.0.1:53`.
    #[tool]
    pub(crate) fn send_datagram(address: String) -> String {
        let sent = UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(b"x", address));
        told(sent.map(|bytes| format!("{bytes} bytes")))
    }

    /// Look up the addresses of a host name.
    #[tool]
    pub(crate) fn resolve(host: String) -> String {
        told((host.as_str(), 80).to_socket_addrs().map(|addresses| {
            let addresses: Vec<String> = addresses.map(|at| at.ip().to_string()).collect();
            addresses.join(", ")
        }))
    }

    /// Send an HTTP GET request: the status, and the body on the next line.
    #[tool]
    pub(crate) fn http_get(url: String) -> String {
        answered(http::Request::get(url))
    }

    /// Send several HTTP GET requests, one after the other: what came of each.
    #[tool]
    pub(crate) fn http_get_all(urls: Vec<String>) -> String {
        let answers = urls
            .into_iter()
            .map(|url| answered(http::Request::get(url)));
        answers.collect::<Vec<_>>().join(" | ")
    }

    /// Send any HTTP request, following no redirect.
    #[tool]
    pub(crate) fn http_send(
        method: String,
        url: String,
        #[default] headers: BTreeMap<String, String>,
        #[default] body: String,
    ) -> String {
        let request = headers.into_iter().fold(
            http::Request::new(method, url).redirects(0),
            |request, (name, value)| request.header(name, value),
        );
        answered(request.body(body))
    }

    /// Print the text on stdout and on stderr.
    #[tool]
    pub(crate) fn print(text: String) -> String {
        let printed = io::stdout()
            .write_all(text.as_bytes())
            .and_then(|()| io::stdout().flush())
            .and_then(|()| io::stderr().write_all(text.as_bytes()));
        told(printed.map(|()| "printed"))
    }

    /// Read stdin to its end.
    #[tool]
    pub(crate) fn stdin() -> String {
        let mut bytes = Vec::new();
        told(
            io::stdin()
                .read_to_end(&mut bytes)
                .map(|length| format!("{length} bytes: {}", String::from_utf8_lossy(&bytes))),
        )
    }

    /// Read a setting.
    #[tool]
    pub(crate) fn setting(name: String) -> String {
        told(
            settings::read(&name).and_then(|value| {
                value.ok_or_else(|| portcullis_sdk::Error::new("it has no value"))
            }),
        )
    }

    /// Keep a value in a bucket of the store.
    #[tool]
    pub(crate) fn store_set(bucket: String, key: String, value: String) -> String {
        told(Bucket::open(&bucket).and_then(|bucket| bucket.set(&key, value).map(|()| "kept")))
    }

    /// Look a value up in a bucket of the store, and list its keys before it.
    #[tool]
    pub(crate) fn store_get(bucket: String, key: String) -> String {
        let found = Bucket::open(&bucket).and_then(|bucket| {
            let value = bucket.get_text(&key)?.unwrap_or_default();
            Ok(format!("[{}] {value}", bucket.keys()?.join(", ")))
        });
        told(found)
    }

    /// Take random bytes, as hexadecimal digits.
    #[tool]
    pub(crate) fn random(bytes: u32) -> String {
        told(random_bytes(u64::from(bytes)).map(|bytes| {
            let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            digits.concat()
        }))
    }

    /// Read the clocks: milliseconds since 1970, and nanoseconds between two
    /// looks at the steady clock.
    #[tool]
    pub(crate) fn clock() -> String {
        let start = Instant::now();
        told(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map(|now| format!("{} ms, {} ns", now.as_millis(), start.elapsed().as_nanos())),
        )
    }

    fn answered(request: http::Request) -> String {
        told(request.send().map(|response| {
            format!(
                "{}\n{}",
                response.status(),
                String::from_utf8_lossy(response.bytes())
            )
        }))
    }

    fn told<T: Display, E: Display>(result: Result<T, E>) -> String {
        match result {
            Ok(value) => format!("ok: {value}"),
            Err(error) => format!("denied: {error}"),
        }
    }

    #[cfg(target_arch = "wasm32")]
    fn random_bytes(count: u64) -> Result<Vec<u8>, &'static str> {
        Ok(wasip2::random::random::get_random_bytes(count))
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn random_bytes(_count: u64) -> Result<Vec<u8>, &'static str> {
        Err("only a component is given random bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::probe;
    use portcullis_sdk::{Value, http, json, testing};

    fn call(tool: &str, arguments: Value) -> String {
        let output = probe::plugin().call_tool(tool, arguments);
        output.unwrap_or_else(|error| panic!("{error}")).to_text()
    }

    #[test]
    fn what_works_says_ok() {
        testing::set_setting("a", "b");
        assert_eq!(call("setting", json!({ "name": "a" })), "ok: b");
        assert!(call("clock", json!({})).starts_with("ok: "));
        let mut entry = json!({ "bucket": "b", "key": "k", "value": "v" });
        assert_eq!(call("store_set", entry.clone()), "ok: kept");
        entry.as_object_mut().unwrap().remove("value");
        assert_eq!(call("store_get", entry), "ok: [k] v");
        testing::answer_http(|request| {
            assert_eq!(request.method(), "PATCH");
            assert!(request.headers().contains(&("x-a".into(), "b".into())));
            Ok(http::Response::new(302)
                .with_header("location", "/x")
                .with_body("y"))
        });
        let answer = call(
            "http_send",
            json!({ "method": "PATCH", "url": "https://a.example", "headers": { "x-a": "b" } }),
        );
        assert_eq!(answer, "ok: 302\ny");
    }

    #[test]
    fn what_does_not_says_denied() {
        assert_eq!(
            call("setting", json!({ "name": "none" })),
            "denied: it has no value"
        );
        assert!(call("read_file", json!({ "path": "/no/such" })).starts_with("denied: "));
        assert!(call("http_get", json!({ "url": "https://a.example" })).starts_with("denied: "));
    }
}
