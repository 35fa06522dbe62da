-- Events on their way to receivers: written in the step that makes them happen, removed when they were taken. Empty where nobody is subscribed.
CREATE TABLE event (
    position    INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: an operator names events by it
    receiver    BLOB    NOT NULL, -- a webhook's or a sink's SID
    is_sink     INTEGER NOT NULL,
    account_sid BLOB    NOT NULL,
    service_sid BLOB    NOT NULL,
    type        INTEGER NOT NULL, -- EventType
    event_id    TEXT    NOT NULL, -- the same for every receiver
    at          INTEGER NOT NULL,
    since       INTEGER NOT NULL, -- from when its tries are counted
    due_at      INTEGER NOT NULL,
    tries       INTEGER NOT NULL,
    dead        INTEGER NOT NULL,
    problem     TEXT,             -- why the last try failed
    data        BLOB    NOT NULL  -- sealed JSON
) STRICT;

CREATE INDEX event_waiting ON event (receiver, due_at, position) WHERE dead = 0;
CREATE INDEX event_by_account ON event (account_sid, dead, position);

-- Verifications to look at when they may have expired.
CREATE TABLE event_watch (
    verification_sid BLOB    PRIMARY KEY,
    service_sid      BLOB    NOT NULL,
    account_sid      BLOB    NOT NULL,
    due_at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX event_watch_by_time ON event_watch (due_at);
