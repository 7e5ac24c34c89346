//! One thing that was looked at.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) status: Status,
    /// What was looked at.
    pub(super) area: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) plugin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
    message: String,
    /// What to do, where the message does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    Warning,
    Error,
}

impl Finding {
    pub(super) fn ok(area: &'static str, message: impl Into<String>) -> Self {
        Self::new(Status::Ok, area, message.into())
    }

    /// Works, but not as well or as safely as it should.
    pub(super) fn warning(area: &'static str, message: impl Into<String>) -> Self {
        Self::new(Status::Warning, area, message.into())
    }

    /// Keeps something from working, or lets others in.
    pub(super) fn error(area: &'static str, message: impl Into<String>) -> Self {
        Self::new(Status::Error, area, message.into())
    }

    fn new(status: Status, area: &'static str, message: String) -> Self {
        Self {
            status,
            area,
            plugin: None,
            path: None,
            message,
            fix: None,
        }
    }

    pub(super) fn of(mut self, plugin: impl Into<String>) -> Self {
        self.plugin = Some(plugin.into());
        self
    }

    pub(super) fn at(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }

    pub(super) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            Status::Ok => "ok",
            Status::Warning => "warning",
            Status::Error => "error",
        };
        write!(f, "{status:7}  {}: ", self.area)?;
        if let Some(plugin) = &self.plugin {
            write!(f, "plugin `{plugin}`: ")?;
        }
        if let Some(path) = &self.path {
            let path = path.display().to_string();
            if !self.message.contains(&path) {
                write!(f, "{path}: ")?;
            }
        }
        f.write_str(&self.message)?;
        match &self.fix {
            Some(fix) => write!(f, "\n         {fix}"),
            None => Ok(()),
        }
    }
}
