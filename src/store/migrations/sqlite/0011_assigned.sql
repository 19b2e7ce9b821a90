-- Who has a task in hand; NULL: nobody.
ALTER TABLE tasks ADD COLUMN assignee TEXT;
CREATE INDEX tasks_assignee ON tasks (assignee, opened_at) WHERE closed_at IS NULL AND assignee IS NOT NULL;

-- How a task went from hand to hand, with the reasons. Kept for ever.
CREATE TABLE task_acts (
    task     TEXT    NOT NULL,
    round    INTEGER NOT NULL,
    -- 1, 2, … within the round: two people who act on the same list never both succeed.
    n        INTEGER NOT NULL,
    verb     TEXT    NOT NULL CHECK (verb IN ('assign', 'take', 'release')),
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    -- Who has it from then on; nobody after a release.
    assignee TEXT    CHECK ((assignee IS NULL) = (verb = 'release')),
    reason   TEXT    NOT NULL,
    PRIMARY KEY (task, round, n)
) STRICT;
CREATE TRIGGER task_acts_are_never_changed BEFORE UPDATE ON task_acts BEGIN SELECT RAISE(ABORT, 'task acts are append-only'); END;
CREATE TRIGGER task_acts_are_never_deleted BEFORE DELETE ON task_acts BEGIN SELECT RAISE(ABORT, 'task acts are append-only'); END;
