-- One receiver's events, dead or not, in the order of the lists: removing a receiver, listing and redelivering its events look at no row of another.
CREATE INDEX event_of_receiver ON event (receiver, dead, position);

-- Dead letters by their age.
CREATE INDEX event_dead ON event (due_at) WHERE dead = 1;
