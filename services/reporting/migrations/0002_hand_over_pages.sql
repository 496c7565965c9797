-- What was passed on and is received by nobody pages (R3, R9, R10, R54).

ALTER TYPE reporting.page_cause ADD VALUE 'hand_over_overdue';
ALTER TYPE reporting.page_cause ADD VALUE 'unit_receipt_overdue';
