-- Any basis that was a mistake or does not hold any more is ended, and nothing rests on it from
-- then on (R7, R31, R38): who ended it, when and why is only ever added. A look at an override
-- that was still to come is due no more.

CREATE TABLE intake.basis_ending (
    basis_id uuid        PRIMARY KEY REFERENCES intake.basis,
    reason   text        NOT NULL CHECK (reason <> ''),
    ended_by text        NOT NULL CHECK (ended_by <> ''),
    ended_at timestamptz NOT NULL
);

INSERT INTO intake.basis_ending (basis_id, reason, ended_by, ended_at)
SELECT basis_id, ended_reason, reviewed_by, reviewed_at FROM intake.override_review
WHERE ended_reason IS NOT NULL;
-- The column stays, and what stands in it, for replicas of before that run still; nothing writes it
-- any more, and a look by which an override ended is none that is shown.

CREATE TRIGGER basis_ending_is_kept BEFORE UPDATE OR DELETE ON intake.basis_ending
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER basis_ending_is_not_emptied BEFORE TRUNCATE ON intake.basis_ending
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
