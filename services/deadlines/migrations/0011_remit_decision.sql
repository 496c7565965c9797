-- A manager decides whether a contact whose remit is in question is the hub's (R3).

ALTER TYPE deadlines.clock_kind ADD VALUE 'remit_decision';
