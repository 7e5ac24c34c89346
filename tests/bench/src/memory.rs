//! What memory a server takes: with calls in flight, with plugins that nobody
//! calls, with plugins that somebody has called, with connections.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::call::{DISCOVER, ECHO, GREETED, SLEEP};
use crate::compare::{Field, PLUGINS};
use crate::goals::{Goal, Reached};
use crate::home::prefix_of;
use crate::process::{megabytes, peak_memory, resident_memory};
use crate::sheet::Sheet;
use crate::subject::Subject;
use crate::web::{self, Server};

/// How long calls are made before the peak is read.
const LOADED: Duration = Duration::from_millis(500);
/// Plugins of which each is called once.
const CALLED: usize = 100;
/// Calls that are in flight at the same time, and connections.
const HELD: usize = 500;

const PEAK: &str = "peak, echo with 64 in flight, MB";
const PLUGIN: &str = "each plugin that is not called, MB";

/// Measures the subjects in turn. The first is ours with one plugin, `crowd` is
/// ours with [`PLUGINS`].
pub(crate) fn measure(
    field: &Field,
    subjects: &[Subject],
    crowd: &Subject,
    rounds: usize,
    reached: &mut Reached,
) -> Result<Sheet> {
    let names = subjects.iter().map(|subject| &*subject.name);
    let mut sheet = Sheet::new("memory", names);
    let [ours, ..] = subjects else {
        bail!("nothing to measure")
    };
    for round in 1..=rounds {
        for subject in subjects {
            eprintln!("memory, round {round} of {rounds}: {}", subject.name);
            let peak = loaded(subject).with_context(|| subject.name.clone())?;
            sheet.record(&subject.name, PEAK, peak);
        }
        let mut record = |what: &str, figure| sheet.record(&ours.name, what, figure);
        let one = called_once(ours)?;
        let (many, each_called) = crowded(crowd)?;
        record("1 plugin, after a call, MB", one);
        record("1,000 plugins, after a call, MB", many);
        record(PLUGIN, (many - one) / (PLUGINS - 1) as f64);
        record("each plugin that was called, MB", each_called);
        record("each call in flight, MB", in_flight(ours)?);
        record("each idle HTTP connection, MB", connections(field)?);
    }
    reached.set(Goal::PeakMemory, sheet.median(&ours.name, PEAK));
    reached.set(Goal::PluginMemory, sheet.median(&ours.name, PLUGIN));
    Ok(sheet)
}

/// The peak with 64 calls in flight.
fn loaded(subject: &Subject) -> Result<f64> {
    let mut server = subject.start()?;
    server.call_for(&ECHO, LOADED, 64)?;
    // Where no system tells, nothing else here is measured either.
    Ok(megabytes(peak_memory(server.id())?))
}

/// What a server has after its first call.
fn called_once(subject: &Subject) -> Result<f64> {
    let mut server = subject.start()?;
    server.call_many(&ECHO, 1, 1)?;
    Ok(megabytes(resident_memory(server.id())?))
}

/// What a server of many plugins has after its first call, and how much more for
/// each of the other plugins that is called.
fn crowded(crowd: &Subject) -> Result<(f64, f64)> {
    let mut server = crowd.start()?;
    server.call_many(&ECHO, 1, 1)?;
    let many = megabytes(resident_memory(server.id())?);
    for number in 1..=CALLED {
        server.prefix = prefix_of(number);
        server.call_many(&ECHO, 1, 1)?;
    }
    let called = megabytes(resident_memory(server.id())?);
    Ok((many, (called - many) / CALLED as f64))
}

/// How much more a server takes for each call that it works on.
fn in_flight(subject: &Subject) -> Result<f64> {
    let mut server = subject.start()?;
    server.call_many(&ECHO, 1, 1)?;
    let idle = megabytes(resident_memory(server.id())?);
    server.call_many(&SLEEP, HELD, HELD)?;
    let peak = megabytes(peak_memory(server.id())?);
    Ok((peak - idle) / HELD as f64)
}

/// How much more a server takes for each connection that has had an answer and
/// waits.
fn connections(field: &Field) -> Result<f64> {
    let server = Server::portcullis(&field.portcullis, &field.home)?;
    let request = web::request(
        &server.address,
        "server/discover",
        None,
        DISCOVER,
        "keep-alive",
    );
    let first = connection(&server.address, &request)?;
    let before = megabytes(resident_memory(server.id())?);
    let mut held = vec![first];
    while held.len() <= HELD {
        held.push(connection(&server.address, &request)?);
    }
    let after = megabytes(resident_memory(server.id())?);
    Ok((after - before) / HELD as f64)
}

/// A connection on which a request was answered.
fn connection(address: &str, request: &str) -> Result<TcpStream> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while web::length(&answer)?.is_none_or(|length| answer.len() < length) {
        match stream.read(&mut buffer)? {
            0 => bail!("the server ended the connection"),
            read => answer.extend_from_slice(&buffer[..read]),
        }
    }
    if memchr::memmem::find(&answer, GREETED.as_bytes()).is_none() {
        bail!("not the answer: {}", String::from_utf8_lossy(&answer));
    }
    Ok(stream)
}
