//! Grants as the command line has them: KEY=VALUE.

use crate::policy::{self, Grant, GrantFlag};

/// Reads grants. Relative paths are relative to the working folder. `option` is
/// what stands before each of them on the command line, for messages.
pub(super) fn read(option: &str, texts: &[String]) -> anyhow::Result<Vec<GrantFlag>> {
    let mut flags = Vec::new();
    for text in texts {
        let flag = policy::parse_flag(text).map_err(|invalid| {
            // Not the whole text: its value may be a secret pasted by mistake.
            let key = text.split('=').next().unwrap_or_default();
            anyhow::anyhow!("{option}{key}=…: {invalid}")
        })?;
        let mut grant = Grant::of([flag]);
        from_here(&mut grant)?;
        flags.extend(grant.flags());
    }
    Ok(flags)
}

/// Paths on the command line are relative to the working folder, and in a config to
/// its own.
pub(super) fn from_here(grant: &mut Grant) -> anyhow::Result<()> {
    let here = std::env::current_dir()?;
    grant.map_paths(|path| {
        if path.starts_with("~") {
            path.to_owned()
        } else {
            here.join(path)
        }
    });
    Ok(())
}
