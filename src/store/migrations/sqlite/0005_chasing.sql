-- The day on which the nearest clock of the case asks for something: a warning, a reminder, an escalation.
ALTER TABLE cases ADD COLUMN chase_on TEXT;
UPDATE cases SET chase_on = due_on WHERE open = 1;
CREATE INDEX cases_chase ON cases (chase_on, case_id) WHERE open = 1 AND chase_on IS NOT NULL;
