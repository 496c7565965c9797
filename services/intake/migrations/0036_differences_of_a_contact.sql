-- What is different this time is read by contact (R8), and kept for ever.

CREATE INDEX difference_of_contact ON intake.difference (contact_id, child_id, answered_at DESC);
