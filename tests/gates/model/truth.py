"""What must hold after every step, each as a query over both databases that finds whatever breaks it.

`his.…` are the hospital's tables. What the hospital changed by itself may be unknown to us until its news is read,
with the overlap of every reading: `NEWS` is the condition under which word of an appointment `a` may be on its way.
"""

from __future__ import annotations

from tests.factories import RULES

NEWS = f"""(:lag AND EXISTS (
    SELECT 1 FROM his.his_change c WHERE c.subject_id = a.id AND c.at >= coalesce((
        SELECT datetime(min(seen_until), '-{RULES["news_overlap_minutes"]} minutes') FROM change_cursor), '')))"""
STANDING = "('asked', 'unknown', 'booked', 'cancelling', 'moving', 'done', 'missed', 'unpaid', 'paid')"
FLYING_MOVE = """(b.state IN ('asked', 'unknown') AND EXISTS (
    SELECT 1 FROM booking o WHERE o.id = b.instead_of_id AND o.state = 'moving' AND o.back_to = 'booked' AND {same}))"""
MONDAY = "date({0}.day, 'weekday 0', '-6 days')"
HALF = "CASE WHEN strftime('%H', o.start, '+8 hours') < '12' THEN 'am' ELSE 'pm' END"
ALIVE = "a.active = 1 AND NOT (a.state = 'held' AND a.hold_until <= :now)"
# Nobody is to pay for it any more; a hospital that does not answer lets it go by itself.
KEPT_A_WHILE = "(b.prepay AND a.state = 'held')"

ALWAYS = {
    # -- the hospital
    "stock": """
        SELECT s.id, s.capacity, s.taken, s.share_taken, n, w FROM his.his_slot s LEFT JOIN (
            SELECT slot_id, count(*) AS n, sum(door = 'wechat') AS w FROM his.his_appointment
            WHERE active = 1 GROUP BY slot_id) ON slot_id = s.id
        WHERE coalesce(n, 0) > s.capacity OR coalesce(n, 0) <> s.taken OR coalesce(w, 0) <> s.share_taken
            OR (s.share > 0 AND coalesce(w, 0) > s.share)""",
    "one number one patient": """
        SELECT session_id, number FROM his.his_appointment WHERE active = 1
        GROUP BY session_id, number HAVING count(*) > 1""",
    "number of its half hour": """
        SELECT a.id, a.number FROM his.his_appointment a JOIN his.his_slot s ON s.id = a.slot_id
        WHERE a.number NOT BETWEEN s.first_number AND s.first_number + s.capacity - 1""",
    "closed clinic expects nobody": """
        SELECT a.id FROM his.his_appointment a JOIN his.his_session s ON s.id = a.session_id
        WHERE s.closed AND a.active = 1 AND a.state IN ('held', 'booked')""",
    # -- ours beside the hospital's
    "hospital's number is known to us": f"""
        SELECT a.key, a.state FROM his.his_appointment a WHERE {ALIVE} AND a.door = 'wechat'
            AND a.key NOT IN (SELECT key FROM booking) AND a.key NOT IN (SELECT key FROM wait_offer)""",
    "booked stands at the hospital": f"""
        SELECT b.ref, b.state, a.state AS theirs, b.number, a.number AS their_number FROM booking b
        LEFT JOIN his.his_appointment a ON a.id = b.appointment_id
        WHERE b.state IN ('booked', 'done', 'missed') AND (a.id IS NULL OR a.state = 'held'
            OR (a.key, a.patient_id, a.slot_id, a.number) <> (b.key, b.patient_id, b.slot_id, b.number)
            OR (a.active IS NULL AND NOT {NEWS}))""",
    "ended has no number at the hospital": f"""
        SELECT b.ref, b.state, b.refusal, a.state AS theirs FROM booking b
        JOIN his.his_appointment a ON a.key = b.key
        WHERE b.state IN ('cancelled', 'refused', 'moved', 'stopped') AND {ALIVE} AND NOT {KEPT_A_WHILE}""",
    "one number a department and day": f"""
        SELECT b.patient_id, b.department_id, b.day, group_concat(b.ref || ' ' || b.state) FROM booking b
        WHERE b.state IN {STANDING} AND coalesce(b.back_to, '') <> 'stopped'
            AND NOT {FLYING_MOVE.format(same="o.department_id = b.department_id AND o.day = b.day")}
        GROUP BY b.patient_id, b.department_id, b.day HAVING count(*) > 1""",
    "numbers of a week": f"""
        SELECT b.patient_id, {MONDAY.format("b")} AS week, group_concat(b.ref || ' ' || b.state) FROM booking b
        WHERE b.state IN {STANDING} AND coalesce(b.back_to, '') <> 'stopped' AND NOT {FLYING_MOVE.format(same=f"{MONDAY.format('o')} = {MONDAY.format('b')}")}
        GROUP BY b.patient_id, week HAVING count(*) > :most_a_week""",
    "suspended books nothing": """
        SELECT b.ref, s.ref AS suspension FROM booking b JOIN suspension s ON s.patient_id = b.patient_id
        WHERE b.instead_of_id IS NULL AND b.key NOT LIKE 'wait:%' AND b.asked_at > s.begun_at
            AND b.asked_at < s.until AND (s.lifted_at IS NULL OR s.lifted_at > b.asked_at)""",
    # -- moving
    "moving has one new on its way": """
        SELECT o.ref FROM booking o WHERE o.state = 'moving' AND 1 <> (
            SELECT count(*) FROM booking b WHERE b.instead_of_id = o.id AND b.state IN ('asked', 'unknown'))""",
    "new on its way has its old": """
        SELECT b.ref, o.state FROM booking b JOIN booking o ON o.id = b.instead_of_id
        WHERE b.state IN ('asked', 'unknown') AND o.state <> 'moving'""",
    "moved was moved somewhere": """
        SELECT o.ref FROM booking o WHERE o.state = 'moved' AND NOT EXISTS (
            SELECT 1 FROM booking b WHERE b.instead_of_id = o.id AND b.state NOT IN ('asked', 'unknown', 'refused'))""",
    # -- the waitlist
    "offered place is held": f"""
        SELECT o.ref, a.state, a.hold_until FROM wait_offer o LEFT JOIN his.his_appointment a ON a.id = o.appointment_id
        JOIN wait w ON w.id = o.wait_id
        WHERE o.state = 'offered' AND o.until > :now AND (a.id IS NULL OR (
            (a.state <> 'held' OR a.active IS NULL OR a.hold_until <= o.until) AND NOT {NEWS})
            OR (a.key, a.patient_id, a.slot_id) <> (o.key, w.patient_id, o.slot_id))""",
    "ended offer holds nothing": f"""
        SELECT o.ref, a.state FROM wait_offer o JOIN his.his_appointment a ON a.key = o.key
        WHERE o.state = 'ended' AND {ALIVE}""",
    "one open offer an entry": """
        SELECT wait_id FROM wait_offer WHERE state IN ('asked', 'offered', 'accepting', 'ending')
        GROUP BY wait_id HAVING count(*) > 1""",
    "entry and offer agree": """
        SELECT w.ref, w.state, o.ref AS offer, o.state AS offer_state FROM wait w
        LEFT JOIN wait_offer o ON o.wait_id = w.id AND o.state IN ('offered', 'accepting')
        WHERE (w.state = 'offered') <> (o.id IS NOT NULL)
            AND NOT (w.state = 'left' AND o.state = 'accepting')""",  # he said yes before: that stands, and is told
    "offer taken is a booking": """
        SELECT o.ref, o.state, b.state AS booking FROM wait_offer o LEFT JOIN booking b ON b.key = o.key
        WHERE (o.state IN ('accepting', 'accepted') AND b.id IS NULL)
            OR (o.state = 'accepted' AND b.state = 'refused' AND b.id NOT IN (SELECT booking_id FROM pay_order))
            OR (b.id IS NOT NULL AND b.asked_at >= o.until)""",
    "first in line": f"""
        SELECT o.ref, w.ref AS got, e.ref AS passed_over FROM wait_offer o JOIN wait w ON w.id = o.wait_id
        JOIN wait e ON e.department_id = o.department_id AND e.day = o.day AND e.id < w.id AND e.state = 'waiting'
        WHERE o.id > :offers_before AND o.state = 'offered'
            AND coalesce(e.doctor_id, o.doctor_id) = o.doctor_id AND coalesce(e.period, {HALF}) = {HALF}
            AND EXISTS (SELECT 1 FROM card WHERE person_id = e.person_id AND patient_id = e.patient_id AND active)""",
    # -- what people are told
    "stopped is told": """
        SELECT ref FROM booking WHERE state = 'stopped'
            AND 'stopped:' || ref NOT IN (SELECT dedupe_key FROM notice)""",
    "given away at the desk is told": """
        SELECT ref FROM booking WHERE cancelled_by = 'hospital'
            AND 'pay_called_off:' || ref NOT IN (SELECT dedupe_key FROM notice)
            AND 'desk:' || ref NOT IN (SELECT dedupe_key FROM notice)""",
    "who is told so has lost it at the desk": """
        SELECT ref FROM booking WHERE cancelled_by = 'hospital' AND NOT prepay
            AND appointment_id NOT IN (SELECT subject_id FROM his.his_change)""",
    "offer is told": """
        SELECT ref, state FROM wait_offer WHERE state IN ('offered', 'accepting', 'accepted')
            AND 'wait_offer:' || ref NOT IN (SELECT dedupe_key FROM notice)""",
    "suspension is told to all holders": """
        SELECT s.ref, c.person_id FROM suspension s JOIN card c ON c.patient_id = s.patient_id
            AND c.bound_at <= s.begun_at AND coalesce(c.unbound_at, '9') > s.begun_at
        WHERE 'suspended:' || s.ref || ':' || c.person_id NOT IN (SELECT dedupe_key FROM notice)""",
}

# After everything answers again and all jobs have run a few times.
QUIET = {
    "no booking is open": "SELECT ref, state FROM booking WHERE state IN ('asked', 'unknown', 'moving', 'cancelling')",
    "no offer is on its way": """
        SELECT ref, state, until FROM wait_offer
        WHERE state IN ('asked', 'accepting', 'ending') OR (state = 'offered' AND until <= :now)""",
    "nobody waits in vain": """
        SELECT ref FROM wait w WHERE state = 'waiting' AND (day < :today OR NOT EXISTS (
            SELECT 1 FROM card WHERE person_id = w.person_id AND patient_id = w.patient_id AND active))""",
    "visits of past days are known": "SELECT ref FROM booking WHERE state = 'booked' AND day < :today",
    "who missed too often is suspended": """
        SELECT patient_id FROM booking b WHERE state = 'missed' AND day > :since AND day > coalesce(
            (SELECT max(counted_to) FROM suspension WHERE patient_id = b.patient_id), '')
        GROUP BY patient_id HAVING count(*) >= :most_missed""",
    "hospital's number is one of ours": f"""
        SELECT a.key, a.state FROM his.his_appointment a WHERE {ALIVE} AND a.door = 'wechat'
            AND a.key NOT IN (SELECT key FROM booking WHERE state IN ('booked', 'done', 'missed'))
            AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.key = a.key AND {KEPT_A_WHILE})
            AND a.key NOT IN (SELECT key FROM wait_offer WHERE state = 'offered')""",
}

# When a place was sold to a patient just now: places that were kept back for others before he asked are still there.
KEPT_BACK = """
    SELECT s.id, p.pending FROM his.his_slot s JOIN (
        SELECT slot_id, count(*) AS pending FROM returned_place
        WHERE visible_at > :now AND patient_id <> :patient_id AND returned_at < :asked_at GROUP BY slot_id) p ON p.slot_id = s.id
    WHERE s.id = :slot_id AND p.pending > CASE WHEN s.share > 0 THEN s.share - s.share_taken ELSE s.capacity - s.taken END
        + (SELECT count(*) FROM his.his_appointment a WHERE a.slot_id = s.id AND a.state = 'held' AND a.hold_until <= :now)
    """

# Every booking of ours beside what the hospital has under its key.
BESIDE = f"""
    SELECT b.ref, b.key, b.person_id, b.patient_id, b.state, b.slot_id, b.number, b.start, b.day, b.department_id, b.refusal,
        b.prepay, b.pay_until, b.asked_at, b.instead_of_id, o.ref AS instead_of, a.active AND a.state <> 'held' AS stands, a.number AS their_number,
        a.slot_id AS their_slot, {NEWS} AS news,
        EXISTS (SELECT 1 FROM card c WHERE c.person_id = b.person_id AND c.patient_id = b.patient_id AND c.active) AS bound
    FROM booking b LEFT JOIN booking o ON o.id = b.instead_of_id LEFT JOIN his.his_appointment a ON a.key = b.key
    ORDER BY b.id"""
WAITING = """
    SELECT w.*, o.ref AS offer, o.until, o.slot_id,
        EXISTS (SELECT 1 FROM card c WHERE c.person_id = w.person_id AND c.patient_id = w.patient_id AND c.active) AS bound
    FROM wait w LEFT JOIN wait_offer o ON o.wait_id = w.id AND o.state = 'offered'
    WHERE w.state IN ('waiting', 'offered') ORDER BY w.id"""
CARDS = "SELECT id, ref, person_id, patient_id, name_sealed FROM card WHERE active ORDER BY id"
NOTICES = "SELECT id, person_id, kind, dedupe_key, payload_sealed FROM notice WHERE id > :seen ORDER BY id"
