-- Two persons, whatever the program thinks: the check on `acts` (who confirms is not who proposed) let a decision pass
-- that nobody had proposed, and believed any name as the proposer's.

-- What one person alone can never decide. A verb of a later release is one more row.
CREATE TABLE two_person_verbs (verb TEXT PRIMARY KEY NOT NULL) STRICT;
INSERT INTO two_person_verbs (verb) VALUES ('issue'), ('payout'), ('match'), ('credit'), ('send-back'), ('resend'),
    ('reverse');

-- decided: by one person. proposed: nothing is done yet. confirmed: proposed by somebody else, and done.
ALTER TABLE acts ADD COLUMN stage TEXT NOT NULL DEFAULT 'decided' CHECK (stage IN ('decided', 'proposed', 'confirmed'));
UPDATE acts SET stage = 'confirmed' WHERE proposed_by IS NOT NULL;
UPDATE acts SET stage = 'proposed' WHERE proposed_by IS NULL AND verb IN (SELECT verb FROM two_person_verbs);

CREATE TRIGGER acts_of_two_persons BEFORE INSERT ON acts
WHEN NEW.stage = 'decided' AND NEW.verb IN (SELECT verb FROM two_person_verbs)
BEGIN SELECT RAISE(ABORT, 'two persons must decide this'); END;

-- The machine proposes matches, and nothing else.
CREATE TRIGGER acts_confirm_what_was_proposed BEFORE INSERT ON acts
WHEN (NEW.stage = 'confirmed') <> (NEW.proposed_by IS NOT NULL)
  OR (NEW.stage = 'confirmed'
      AND NOT (NEW.verb = 'match' AND NEW.proposed_by LIKE 'system:auto@%')
      AND NOT EXISTS (SELECT 1 FROM acts WHERE acts.case_id = NEW.case_id AND acts.version < NEW.version
                      AND acts.verb = NEW.verb AND acts.stage = 'proposed' AND acts.actor = NEW.proposed_by))
BEGIN SELECT RAISE(ABORT, 'nothing was proposed by this person'); END;

CREATE TRIGGER acts_are_never_changed BEFORE UPDATE ON acts BEGIN SELECT RAISE(ABORT, 'acts are append-only'); END;
CREATE TRIGGER acts_are_never_deleted BEFORE DELETE ON acts BEGIN SELECT RAISE(ABORT, 'acts are append-only'); END;
