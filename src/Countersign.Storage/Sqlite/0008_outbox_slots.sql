-- Messages that go to the dispatcher through memory, many to a row, which is written over once all of them have an attempt. A message for which there is no attempt waits.
CREATE TABLE outbox_slot (
    id       INTEGER PRIMARY KEY,
    messages BLOB NOT NULL -- up to 96: verification's SID (16), attempt's SID (16), the moment it was asked for (8, big-endian); zeros behind the last
) STRICT;
