//! `portcullis disconnect`

use std::process::ExitCode;

use clap::Args;

use super::Global;
use super::hosts::{Consent, Which, Words};
use crate::hosts::{connected, disconnect};

/// Take this program out of the settings of host programs.
///
/// Of those that are connected, unless they are named. Only a server of our name
/// that runs a portcullis is taken out; everything else stays as it is, byte for
/// byte.
#[derive(Args)]
pub(super) struct Disconnect {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    consent: Consent,
}

impl Disconnect {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let name = &self.which.name;
        let places = self.which.places(|place, _, _| {
            // What cannot be read is looked at if it is named.
            connected(place.program, &place.file)
                .is_ok_and(|servers| servers.iter().any(|server| server.name == *name))
        })?;
        if places.is_empty() && !global.json {
            println!("no host program is connected under the name `{name}`");
        }
        let planned = places.into_iter().map(|place| {
            let plan = disconnect(place.program, &place.file, name);
            (place, plan)
        });
        let words = Words {
            done: "disconnected",
            unchanged: "is not connected",
        };
        self.consent.carry_out(global, &words, planned.collect())
    }
}
