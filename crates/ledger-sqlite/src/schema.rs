//! Which version of the tables a file has, and the steps from one version to the next.

use rusqlite::{Connection, Result, TransactionBehavior};

/// `TRBL`: says in the file's header whose it is (<https://www.sqlite.org/fileformat.html>, application ID).
pub(crate) const APPLICATION_ID: i64 = 0x5452_424c;

/// The steps: the first makes an empty file version 1, the next makes that version 2, and so on. A step that has been released
/// never changes again.
pub(crate) const STEPS: &[&str] = &[include_str!("schema/1.sql")];

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing is in it yet.
    Empty,
    /// A ledger of that version.
    Version(i64),
    /// Something else.
    Foreign,
}

/// Looks without changing anything.
pub(crate) fn look(connection: &mut Connection) -> Result<Found> {
    // All at one moment: another process may be making it.
    let moment = connection.transaction()?;
    let number = |sql| moment.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    Ok(match application {
        APPLICATION_ID => Found::Version(version),
        0 if version == 0 && number("SELECT count(*) FROM sqlite_schema")? == 0 => Found::Empty,
        _ => Found::Foreign,
    })
}

/// Brings the file up to the last of the steps, each in a transaction of its own. Does nothing to a file that is newer.
pub(crate) fn migrate(connection: &mut Connection, steps: &[&str]) -> Result<()> {
    for (step, version) in steps.iter().zip(1_i64..) {
        // The version is read inside the transaction: another process may be migrating as well.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let found: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if found + 1 != version {
            continue;
        }
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: &str = "ALTER TABLE mute ADD COLUMN account TEXT; UPDATE mute SET account = 'any';";

    fn version(connection: &Connection) -> i64 {
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_empty_file_takes_every_step() {
        let mut connection = Connection::open_in_memory().unwrap();
        assert_eq!(look(&mut connection).unwrap(), Found::Empty);
        migrate(&mut connection, &[STEPS[0], SECOND]).unwrap();
        assert_eq!(look(&mut connection).unwrap(), Found::Version(2));
    }

    #[test]
    fn an_older_ledger_takes_the_steps_it_lacks_and_keeps_what_it_holds() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &STEPS[..1]).unwrap();
        connection.execute("INSERT INTO mute (id, created, until) VALUES ('m1', 1, 2)", []).unwrap();
        migrate(&mut connection, &[STEPS[0], SECOND]).unwrap();
        assert_eq!(version(&connection), 2);
        let account: String =
            connection.query_row("SELECT account FROM mute WHERE id = 'm1'", [], |row| row.get(0)).unwrap();
        assert_eq!(account, "any");
    }

    #[test]
    fn a_step_that_fails_leaves_the_version_before_it_whole() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &[STEPS[0], "CREATE TABLE more (x); INSERT INTO nowhere VALUES (1);"])
            .unwrap_err();
        assert_eq!(version(&connection), 1);
        assert!(connection.prepare("SELECT * FROM more").is_err());
    }

    #[test]
    fn what_somebody_else_made_is_foreign() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE theirs (x)").unwrap();
        assert_eq!(look(&mut connection).unwrap(), Found::Foreign);
    }
}
