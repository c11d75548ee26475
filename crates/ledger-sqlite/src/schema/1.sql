-- Version 1. Times are milliseconds since 1970 (UTC) unless the column says otherwise; severities count from
-- 0 (info) to 4 (critical); identities are 32 hex digits.

-- What became of each event that some rule met.
CREATE TABLE sighting (
    event    TEXT    NOT NULL PRIMARY KEY,
    event_id TEXT,
    at       INTEGER NOT NULL,
    fate     TEXT    NOT NULL,
    -- Where the event is told (fates told and folded).
    notice   TEXT,
    -- The event met first (fate shared).
    first    TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX sighting_by_event_id ON sighting (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX sighting_by_age ON sighting (at);

-- Events that wait to be told. `time` is in microseconds, and the greatest integer where the event has none.
CREATE TABLE held (
    event   TEXT    NOT NULL PRIMARY KEY,
    time    INTEGER NOT NULL,
    arrived INTEGER NOT NULL,
    text    TEXT    NOT NULL
) STRICT;
CREATE INDEX held_in_order ON held (time, event);

-- Notices. `facts` is last: it is long, and most questions do not need it.
CREATE TABLE notice (
    notice        TEXT    NOT NULL PRIMARY KEY,
    event_id      TEXT,
    time          INTEGER,
    told_at       INTEGER NOT NULL,
    severity      INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
    kind          TEXT    NOT NULL,
    outcome       TEXT    NOT NULL,
    account       TEXT,
    principal     TEXT,
    principal_arn TEXT,
    is_root       INTEGER NOT NULL CHECK (is_root IN (0, 1)),
    address       TEXT,
    rules         TEXT    NOT NULL,
    group_of      TEXT    NOT NULL,
    thread        TEXT    NOT NULL,
    facts         TEXT    NOT NULL
) STRICT;
CREATE INDEX notice_by_telling ON notice (told_at, time, notice, severity);

-- What is to be sent, or was.
CREATE TABLE letter (
    letter        TEXT    NOT NULL PRIMARY KEY,
    channel       TEXT    NOT NULL,
    form          TEXT    NOT NULL,
    thread        TEXT    NOT NULL,
    severity      INTEGER NOT NULL CHECK (severity BETWEEN 0 AND 4),
    opened        INTEGER NOT NULL,
    due           INTEGER NOT NULL,
    state         TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'dead')),
    attempts      INTEGER NOT NULL,
    first_attempt INTEGER,
    ended         INTEGER,
    bulletin      TEXT
) STRICT;
CREATE INDEX letter_waiting_gravest ON letter (severity DESC, due, letter) WHERE state = 'waiting';
CREATE INDEX letter_waiting_next ON letter (due) WHERE state = 'waiting';
CREATE INDEX letter_ended ON letter (ended, state, channel) WHERE ended IS NOT NULL;
CREATE INDEX letter_newest ON letter (opened, letter);
CREATE INDEX letter_newest_by_state ON letter (state, opened, letter);

-- What was decided for each notice and channel. Without a letter, nothing is sent; `why` says why, as JSON.
CREATE TABLE entry (
    notice  TEXT NOT NULL REFERENCES notice,
    channel TEXT NOT NULL,
    letter  TEXT REFERENCES letter,
    why     TEXT NOT NULL,
    PRIMARY KEY (notice, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX entry_by_letter ON entry (letter, notice) WHERE letter IS NOT NULL;

-- The attempts to send a letter, numbered from 1.
CREATE TABLE attempt (
    letter TEXT    NOT NULL REFERENCES letter,
    number INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    taken  INTEGER NOT NULL CHECK (taken IN (0, 1)),
    detail TEXT    NOT NULL,
    PRIMARY KEY (letter, number)
) STRICT, WITHOUT ROWID;

-- Where each source stopped.
CREATE TABLE position (
    source   TEXT NOT NULL PRIMARY KEY,
    position TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What else is remembered, by key.
CREATE TABLE state (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What is not to be told for a while.
CREATE TABLE mute (
    id        TEXT    NOT NULL PRIMARY KEY,
    rule      TEXT,
    principal TEXT,
    address   TEXT,
    created   INTEGER NOT NULL,
    until     INTEGER NOT NULL,
    author    TEXT,
    reason    TEXT
) STRICT, WITHOUT ROWID;
