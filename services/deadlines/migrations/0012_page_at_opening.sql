-- The page of a clock that ran out at the close of a day waits for the hub to open (R7, R55).

ALTER TYPE deadlines.timer_kind ADD VALUE 'opening';
