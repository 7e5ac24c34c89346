//! Tasks in the embedded engine: a row for each.
//!
//! Each change of a task is one statement that names the status it changes
//! from, so of two that end a task one finds nothing to change. That holds
//! whatever was read before, and so whether a process has died may be looked
//! up outside of the transaction: a process that died stays dead, and all it
//! wrote was written before its lock was free (see `runner`).

use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rusqlite::{
    OptionalExtension, Row, ToSql, Transaction, params,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};

use super::{Ending, Lost, NewTask, TaskRecord, TaskStatus, Tasks};
use crate::state::{Answer, State, database::Durability::Power, runner::random_id};

impl Tasks for State {
    fn create(&self, new: NewTask) -> Answer<TaskRecord> {
        let runners = Arc::clone(&self.runners);
        self.database.run(move |open| {
            // The process's lock is taken before a task can name it.
            let runner = runners.own()?.to_owned();
            let now = now();
            let record = TaskRecord {
                id: random_id()?,
                plugin: new.plugin,
                tool: new.tool,
                principal: new.principal,
                status: TaskStatus::Working,
                message: new.message,
                created: time(now),
                updated: time(now),
                ttl: new.ttl.map(|ttl| duration(milliseconds(ttl))),
                outcome: None,
                runner,
            };
            open.write(Power, |transaction| {
                remove_expired(transaction, now)?;
                insert(transaction, &record, now)?;
                Ok(())
            })?;
            Ok(record)
        })
    }

    fn finish(&self, id: &str, ending: Ending, message: Option<String>) -> Answer<bool> {
        let id = id.to_owned();
        self.database.run(move |open| {
            open.write(Power, |transaction| {
                Ok(end(transaction, &id, ending, message, now())?)
            })
        })
    }

    fn get(&self, id: &str, lost: Lost) -> Answer<Option<TaskRecord>> {
        let id = id.to_owned();
        let runners = Arc::clone(&self.runners);
        self.database.run(move |open| {
            let now = now();
            let Some(found) = open.read(|transaction| Ok(select(transaction, &id)?))? else {
                return Ok(None);
            };
            if found.has_expired(now) {
                open.write(Power, |transaction| Ok(remove_expired(transaction, now)?))?;
                return Ok(None);
            }
            if found.status != TaskStatus::Working || runners.lives(&found.runner)? {
                return Ok(Some(found));
            }
            // If the process finished the task before it died, this changes
            // nothing, and what it wrote is given.
            open.write(Power, |transaction| {
                let error = Ending::Failed(lost(&found));
                end(transaction, &id, error, None, now)?;
                Ok(select(transaction, &id)?)
            })
        })
    }

    fn sweep(&self) -> Answer<u64> {
        let runners = Arc::clone(&self.runners);
        self.database.run(move |open| {
            let removed =
                open.write(Power, |transaction| Ok(remove_expired(transaction, now())?))?;
            open.give_back()?;
            runners.remove_dead()?;
            Ok(removed)
        })
    }
}

impl TaskRecord {
    fn has_expired(&self, now: i64) -> bool {
        expiry(stored(self.created), self.ttl).is_some_and(|expires| expires <= now)
    }
}

fn insert(transaction: &Transaction<'_>, record: &TaskRecord, now: i64) -> rusqlite::Result<usize> {
    let mut insert = transaction.prepare_cached(
        "insert into task (id, plugin, tool, principal, status, message, created, updated, ttl,
                           expires, outcome, runner)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8, ?9, ?10, ?11)",
    )?;
    insert.execute(params![
        record.id,
        record.plugin,
        record.tool,
        record.principal,
        record.status,
        record.message,
        now,
        record.ttl.map(milliseconds),
        expiry(now, record.ttl),
        record.outcome,
        record.runner,
    ])
}

fn select(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<TaskRecord>> {
    let mut select = transaction.prepare_cached(
        "select id, plugin, tool, principal, status, message, created, updated, ttl, outcome, runner
         from task where id = ?1",
    )?;
    select.query_row([id], record).optional()
}

fn record(row: &Row<'_>) -> rusqlite::Result<TaskRecord> {
    Ok(TaskRecord {
        id: row.get("id")?,
        plugin: row.get("plugin")?,
        tool: row.get("tool")?,
        principal: row.get("principal")?,
        status: row.get("status")?,
        message: row.get("message")?,
        created: time(row.get("created")?),
        updated: time(row.get("updated")?),
        ttl: row.get::<_, Option<i64>>("ttl")?.map(duration),
        outcome: row.get("outcome")?,
        runner: row.get("runner")?,
    })
}

/// Ends a task that is still working and has not expired.
fn end(
    transaction: &Transaction<'_>,
    id: &str,
    ending: Ending,
    message: Option<String>,
    now: i64,
) -> rusqlite::Result<bool> {
    let (status, outcome) = match ending {
        Ending::Completed(result) => (TaskStatus::Completed, Some(result)),
        Ending::Failed(error) => (TaskStatus::Failed, Some(error)),
        Ending::Cancelled => (TaskStatus::Cancelled, None),
    };
    let mut update = transaction.prepare_cached(
        "update task set status = ?2, outcome = ?3, message = ?4, updated = max(created, ?5)
         where id = ?1 and status = 'working' and (expires is null or expires > ?5)",
    )?;
    let changed = update.execute(params![id, status, outcome, message, now])?;
    Ok(changed == 1)
}

fn remove_expired(transaction: &Transaction<'_>, now: i64) -> rusqlite::Result<u64> {
    let mut delete = transaction.prepare_cached("delete from task where expires <= ?1")?;
    Ok(delete.execute([now])? as u64)
}

impl ToSql for TaskStatus {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(match self {
            TaskStatus::Working => "working",
            TaskStatus::Completed => "completed",
            TaskStatus::Failed => "failed",
            TaskStatus::Cancelled => "cancelled",
        }))
    }
}

impl FromSql for TaskStatus {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "working" => Ok(TaskStatus::Working),
            "completed" => Ok(TaskStatus::Completed),
            "failed" => Ok(TaskStatus::Failed),
            "cancelled" => Ok(TaskStatus::Cancelled),
            other => Err(FromSqlError::Other(
                format!("no status of a task: `{other}`").into(),
            )),
        }
    }
}

/// Now, as times are stored: milliseconds since 1970.
fn now() -> i64 {
    stored(SystemTime::now())
}

fn stored(time: SystemTime) -> i64 {
    milliseconds(time.duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn time(stored: i64) -> SystemTime {
    // A time that the platform cannot express is one that nobody stored.
    UNIX_EPOCH
        .checked_add(duration(stored))
        .unwrap_or(UNIX_EPOCH)
}

fn expiry(created: i64, ttl: Option<Duration>) -> Option<i64> {
    ttl.map(|ttl| created.saturating_add(milliseconds(ttl)))
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn duration(stored: i64) -> Duration {
    Duration::from_millis(u64::try_from(stored).unwrap_or(0))
}
