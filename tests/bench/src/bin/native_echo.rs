//! The native server of the benchmark: the least that answers `tools/call` of
//! `echo` over stdio. No sandbox, no plugins, no checks.

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader};

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    #[serde(borrow)]
    params: Params<'a>,
}

#[derive(Deserialize)]
struct Params<'a> {
    #[serde(borrow)]
    arguments: Arguments<'a>,
}

#[derive(Deserialize)]
struct Arguments<'a> {
    text: std::borrow::Cow<'a, str>,
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

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    runtime.block_on(serve())
}

/// stdin and stdout, as pipes that are polled.
#[cfg(unix)]
fn streams() -> io::Result<(impl AsyncRead + Unpin, impl AsyncWrite + Unpin)> {
    use std::os::fd::AsFd as _;

    use tokio::net::unix::pipe;

    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((
        pipe::Receiver::from_owned_fd(stdin)?,
        pipe::Sender::from_owned_fd(stdout)?,
    ))
}

#[cfg(not(unix))]
fn streams() -> io::Result<(impl AsyncRead + Unpin, impl AsyncWrite + Unpin)> {
    Ok((tokio::io::stdin(), tokio::io::stdout()))
}

async fn serve() -> io::Result<()> {
    let (input, mut output) = streams()?;
    let mut input = BufReader::with_capacity(64 << 10, input);
    let (mut line, mut answers) = (Vec::new(), Vec::new());
    while input.read_until(b'\n', &mut line).await? > 0 {
        let request: Request<'_> = serde_json::from_slice(&line)?;
        let text = Text {
            r#type: "text",
            text: &request.params.arguments.text,
        };
        let result = Output {
            result_type: "complete",
            content: [text],
        };
        serde_json::to_writer(
            &mut answers,
            &Response {
                jsonrpc: "2.0",
                id: request.id,
                result,
            },
        )?;
        answers.push(b'\n');
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
