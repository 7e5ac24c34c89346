//! What this guest wants of the world outside.

use std::fs;
use std::net::TcpStream;

use crate::Plain;
use crate::bindings::exports::demo::plain::outside;

impl outside::Guest for Plain {
    fn read_file(path: String) -> Result<String, String> {
        fs::read_to_string(path).map_err(|error| error.to_string())
    }

    fn write_file(path: String, text: String) -> Result<(), String> {
        fs::write(path, text).map_err(|error| error.to_string())
    }

    #[cfg(target_arch = "wasm32")]
    fn fetch(authority: String) -> Result<u16, String> {
        use wasip2::http::outgoing_handler;
        use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

        let request = OutgoingRequest::new(Fields::new());
        request
            .set_scheme(Some(&Scheme::Http))
            .and_then(|()| request.set_authority(Some(&authority)))
            .and_then(|()| request.set_path_with_query(Some("/")))
            .map_err(|()| format!("`{authority}` is no host"))?;
        let pending = outgoing_handler::handle(request, None);
        let pending = pending.map_err(|error| error.to_string())?;
        pending.subscribe().block();
        match pending.get() {
            Some(Ok(Ok(response))) => Ok(response.status()),
            Some(Ok(Err(error))) => Err(error.to_string()),
            None | Some(Err(())) => Err("there is no answer".to_owned()),
        }
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn fetch(authority: String) -> Result<u16, String> {
        Err(format!("only a component asks `{authority}`"))
    }

    fn connect(address: String) -> Result<(), String> {
        TcpStream::connect(address)
            .map(drop)
            .map_err(|error| error.to_string())
    }
}
