"""What no constraint of Django's can say: independence, one rule at a time, rows kept as written."""

from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations

from reviewapp.kernel.appendonly import RefuseChanges
from reviewapp.kernel.refs import RefSequence

APPEND_ONLY = (
    "appeals_appealdecision",
    "appeals_statement",
    "appeals_inboundmail",
    "appeals_attachment",
    "appeals_letterattempt",
)
KEPT = (
    "appeals_appeal",
    "appeals_grievance",
    "appeals_order",
    "appeals_clock",
    "appeals_letter",
    "appeals_proposal",
    "appeals_slarule",
)
ONE_RULE_AT_A_TIME = """
ALTER TABLE appeals_slarule ADD CONSTRAINT one_rule_at_a_time EXCLUDE USING gist (
    jurisdiction WITH =, kind WITH =, clock WITH =,
    daterange(effective_from, effective_to, '[]') WITH &&)
"""
# See Note [Who is barred] in appeals/models/appeals.py.
HOLDERS = """
ALTER TABLE appeals_appeal ADD CONSTRAINT nobody_holds_an_appeal_against_their_own
    CHECK (held_by_id IS NULL OR NOT held_by_id = ANY (barred))
"""
DECIDERS = """
CREATE FUNCTION appeals_refuse_the_barred() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    people bigint[] := ARRAY(
        SELECT (to_jsonb(NEW) ->> who)::bigint FROM unnest(TG_ARGV) AS who
         WHERE to_jsonb(NEW) ->> who IS NOT NULL);
BEGIN
    -- Locked, so that nobody comes to be barred in between.
    PERFORM FROM appeals_appeal WHERE id = NEW.appeal_id AND barred && people
        FOR NO KEY UPDATE;
    IF FOUND THEN
        RAISE EXCEPTION 'Nobody answers an appeal against what they decided or approved.'
            USING ERRCODE = 'check_violation',
                  CONSTRAINT = 'nobody_decides_an_appeal_against_their_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeals_appealdecision_refuse_the_barred BEFORE INSERT ON appeals_appealdecision
    FOR EACH ROW EXECUTE FUNCTION appeals_refuse_the_barred('decided_by_id', 'approved_by_id');
CREATE TRIGGER appeals_proposal_refuse_the_barred BEFORE INSERT OR UPDATE ON appeals_proposal
    FOR EACH ROW EXECUTE FUNCTION appeals_refuse_the_barred('asked_by_id', 'answered_by_id')
"""
# Whoever comes to share in the original after the appeal was filed is barred from then on, and
# loses their hold on it.
LATER_APPROVALS = """
CREATE FUNCTION appeals_bar_the_approver() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE appeals_appeal a
       SET barred = array_append(a.barred, NEW.answered_by_id),
           held_by_id = nullif(a.held_by_id, NEW.answered_by_id),
           taken_at = CASE WHEN a.held_by_id = NEW.answered_by_id THEN NULL ELSE a.taken_at END,
           held_until = CASE WHEN a.held_by_id = NEW.answered_by_id THEN NULL ELSE a.held_until END,
           version = a.version + 1
      FROM cases_enforcement e
     WHERE e.id = a.enforcement_id AND e.decision_id = NEW.decision_id AND a.closed_at IS NULL
       AND NOT NEW.answered_by_id = ANY (a.barred);
    RETURN NULL;
END $$;
CREATE TRIGGER appeals_bar_the_approver AFTER INSERT OR UPDATE ON cases_approval
    FOR EACH ROW WHEN (NEW.answer = 'APPROVED' AND NEW.decision_id IS NOT NULL)
    EXECUTE FUNCTION appeals_bar_the_approver()
"""
PROPOSAL = """
CREATE FUNCTION appeals_proposal_refuse_edit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.answered_at IS NOT NULL
       OR (to_jsonb(NEW) - '{answer,answered_by_id,answered_at,words_sealed}'::text[])
          IS DISTINCT FROM
          (to_jsonb(OLD) - '{answer,answered_by_id,answered_at,words_sealed}'::text[])
    THEN
        RAISE EXCEPTION 'UPDATE of % is refused: it is answered, once, and nothing else.',
            TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER appeals_proposal_refuse_edit BEFORE UPDATE ON appeals_proposal
    FOR EACH ROW EXECUTE FUNCTION appeals_proposal_refuse_edit()
"""


class Migration(migrations.Migration):
    dependencies = [("appeals", "0001_appeals")]

    operations = [
        BtreeGistExtension(),
        *(RefSequence(prefix) for prefix in ("AP", "G", "O", "L")),
        *(RefuseChanges(table) for table in APPEND_ONLY),
        *(RefuseChanges(table, update=False) for table in KEPT),
        migrations.RunSQL(
            ONE_RULE_AT_A_TIME, "ALTER TABLE appeals_slarule DROP CONSTRAINT one_rule_at_a_time"
        ),
        migrations.RunSQL(
            HOLDERS,
            "ALTER TABLE appeals_appeal DROP CONSTRAINT nobody_holds_an_appeal_against_their_own",
        ),
        migrations.RunSQL(DECIDERS, "DROP FUNCTION appeals_refuse_the_barred() CASCADE"),
        migrations.RunSQL(LATER_APPROVALS, "DROP FUNCTION appeals_bar_the_approver() CASCADE"),
        migrations.RunSQL(PROPOSAL, "DROP FUNCTION appeals_proposal_refuse_edit() CASCADE"),
    ]
