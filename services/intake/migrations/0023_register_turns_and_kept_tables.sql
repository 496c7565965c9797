-- What failed to be matched (R8), another reason of a notice (R14), tables that are only ever
-- added to (R62), and indexes that nothing uses any more. There is no 0019.

-- An entry that could not be matched is tried again by itself, beside the others: it holds up
-- none of them, and none of them holds up it. A contact's stays before an import's.
ALTER TABLE intake.unmatched ADD COLUMN failed boolean NOT NULL DEFAULT false;
DROP INDEX intake.unmatched_turn;
CREATE INDEX unmatched_turn ON intake.unmatched (failed, of_contact DESC, number);

-- One of the children is possibly somebody who is known.
ALTER TYPE intake.notice_reason ADD VALUE 'may_be_known';

-- They could not be changed, and could be emptied.
CREATE TRIGGER match_decision_is_not_emptied BEFORE TRUNCATE ON intake.match_decision
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER difference_is_not_emptied BEFORE TRUNCATE ON intake.difference
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER notice_confirmation_is_not_emptied BEFORE TRUNCATE ON intake.notice_confirmation
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER information_dating_is_not_emptied BEFORE TRUNCATE ON intake.information_dating
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();

-- Who is asked about is found by keys (`person_key`).
DROP INDEX intake.person_by_name;
DROP INDEX intake.person_by_nhs_number;
-- What waits is listed by the view `turn`, whose order none of these has.
DROP INDEX intake.hand_over_open;
DROP INDEX intake.passed_on_open;
DROP INDEX intake.unit_hand_over_open;
