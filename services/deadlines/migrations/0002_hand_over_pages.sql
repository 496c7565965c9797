-- What was passed on and is received by nobody pages (R3, R9, R10, R54).

ALTER TYPE deadlines.page_cause ADD VALUE 'hand_over_overdue';
ALTER TYPE deadlines.page_cause ADD VALUE 'unit_receipt_overdue';
ALTER TYPE deadlines.ladder ADD VALUE 'hand_over';
ALTER TYPE deadlines.ladder ADD VALUE 'unit_receipt';
