//! The floor of the benchmark: the least that answers `tools/call` of `echo` and
//! `count` over stdio. No sandbox, no plugins, no checks.

#[path = "../pipes.rs"]
mod pipes;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::io;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    params: Params<'a>,
}

#[derive(Deserialize)]
struct Params<'a> {
    name: &'a str,
    #[serde(borrow)]
    arguments: Arguments<'a>,
}

#[derive(Deserialize)]
struct Arguments<'a> {
    text: Cow<'a, str>,
}

#[derive(Serialize)]
struct Response<'a> {
    jsonrpc: &'static str,
    id: &'a RawValue,
    result: Output<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    result_type: &'static str,
    content: [Text<'a>; 1],
}

#[derive(Serialize)]
struct Text<'a> {
    r#type: &'static str,
    text: &'a str,
}

/// The one answer to `initialize`, which has the id 0.
const INITIALIZED: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"2025-06-18","capabilities":{},"#,
    r#""serverInfo":{"name":"direct","version":"1"}}}"#,
    "\n"
);

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(serve())
}

async fn serve() -> io::Result<()> {
    let (input, mut output) = pipes::streams()?;
    let mut input = BufReader::with_capacity(64 << 10, input);
    let (mut line, mut answers) = (Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut line).await? > 0 {
        answer(&line, &mut answers)?;
        line.clear();
        // All that has arrived is answered in one write.
        if input.buffer().is_empty() {
            output.write_all(&answers).await?;
            output.flush().await?;
            answers.clear();
        }
    }
    output.write_all(&answers).await?;
    output.flush().await
}

fn answer(line: &[u8], answers: &mut Vec<u8>) -> io::Result<()> {
    // The handshake is answered, what follows it is not.
    if memchr::memmem::find(line, br#""tools/call""#).is_none() {
        if memchr::memmem::find(line, br#""initialize""#).is_some() {
            answers.extend_from_slice(INITIALIZED.as_bytes());
        }
        return Ok(());
    }
    let request: Request<'_> = serde_json::from_slice(line)?;
    let given = &request.params.arguments.text;
    let counted;
    let text = if request.params.name == "count" {
        counted = count(given)?;
        &counted
    } else {
        &**given
    };
    let result = Output {
        result_type: "complete",
        content: [Text {
            r#type: "text",
            text,
        }],
    };
    let response = Response {
        jsonrpc: "2.0",
        id: request.id,
        result,
    };
    serde_json::to_writer(&mut *answers, &response)?;
    answers.push(b'\n');
    Ok(())
}

fn count(text: &str) -> io::Result<String> {
    #[derive(Deserialize)]
    struct Words<'a> {
        #[serde(borrow)]
        words: Vec<Cow<'a, str>>,
    }
    let parsed: Words<'_> = serde_json::from_str(text)?;
    let mut counts: HashMap<&str, u64> = HashMap::new();
    for word in &parsed.words {
        *counts.entry(word).or_default() += 1;
    }
    let sorted: BTreeMap<&str, u64> = counts.into_iter().collect();
    Ok(serde_json::to_string(&sorted)?)
}
