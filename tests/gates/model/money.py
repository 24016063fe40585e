"""What must hold of money, as the queries of truth.py: over our books, the hospital's, and the platform's (`till.…`)."""

from __future__ import annotations

from tests.gates.model.truth import NEWS

KEEPS = "('paid', 'booked', 'cancelling', 'moving', 'done', 'missed')"  # the money is for a number, or nearly so
PAID_THERE = "t.state IN ('SUCCESS', 'REFUND')"

ALWAYS = {
    "nobody is booked unpaid": """
        SELECT b.ref, b.state, o.no, o.state AS money, o.refunded_fen FROM booking b
        LEFT JOIN pay_order o ON o.booking_id = b.id
        WHERE b.prepay AND (b.state IN ('paid', 'booked', 'done', 'missed') OR (b.state = 'moving' AND b.back_to = 'booked'))
            AND (o.id IS NULL OR o.state <> 'paid' OR o.refunded_fen > 0)""",
    "no money without a number or a refund": f"""
        SELECT o.no, o.refunded_fen, b.ref, b.state FROM pay_order o LEFT JOIN booking b ON b.id = o.booking_id
        WHERE o.state = 'paid' AND NOT (o.refunded_fen = 0 AND coalesce(b.state, '') IN {KEEPS})
            AND NOT (o.refunded_fen = o.paid_fen AND EXISTS (
                SELECT 1 FROM pay_refund r WHERE r.order_id = o.id AND r.amount_fen = o.paid_fen))""",
    "no more goes back than came": """
        SELECT o.no, o.paid_fen, o.refunded_fen, sum(r.amount_fen) AS refunds FROM pay_order o
        LEFT JOIN pay_refund r ON r.order_id = o.id GROUP BY o.id
        HAVING o.refunded_fen > coalesce(o.paid_fen, 0) OR coalesce(sum(r.amount_fen), 0) <> o.refunded_fen
            OR count(r.id) > 1""",
    "what waits to be paid has an order": """
        SELECT b.ref, o.no, o.state FROM booking b LEFT JOIN pay_order o ON o.booking_id = b.id
        WHERE b.state = 'unpaid' AND (o.state IS NULL OR o.state NOT IN ('open', 'closing'))""",
    "what waits to be paid is held": f"""
        SELECT b.ref, b.pay_until, a.state, a.active, a.hold_until FROM booking b
        LEFT JOIN his.his_appointment a ON a.id = b.appointment_id
        WHERE b.state = 'unpaid' AND (a.id IS NULL
            OR (a.key, a.patient_id, a.slot_id, a.number) <> (b.key, b.patient_id, b.slot_id, b.number)
            OR a.hold_until <= b.pay_until
            OR (a.hold_until > :now AND (a.state <> 'held' OR a.active IS NULL) AND NOT {NEWS}))""",
    "what we call paid is paid there": f"""
        SELECT o.no, o.paid_fen, t.state, t.amount FROM pay_order o LEFT JOIN till.till_order t ON t.no = o.no
        WHERE o.state = 'paid' AND (t.no IS NULL OR NOT {PAID_THERE} OR t.amount <> o.paid_fen)""",
    "what goes back there is owed here": """
        SELECT f.no, f.amount, r.amount_fen, r.state FROM till.till_refund f LEFT JOIN pay_refund r ON r.no = f.no
        WHERE r.id IS NULL OR r.amount_fen <> f.amount""",
    "what we call given back is given back": """
        SELECT r.no, f.state FROM pay_refund r LEFT JOIN till.till_refund f ON f.no = r.no
        WHERE r.state = 'done' AND NOT coalesce(f.state = 'SUCCESS' OR (f.state = 'PROCESSING' AND f.ends_at < strftime('%s', :now) + 1), 0)""",
}

# After everything answers again, notices have come and all jobs have run until nothing is due any more.
QUIET = {
    "nobody waits at the cashier": "SELECT ref, state FROM booking WHERE state IN ('unpaid', 'paid')",
    "no order is open": "SELECT no, state FROM pay_order WHERE state NOT IN ('paid', 'closed')",
    "their books are ours": f"""
        SELECT t.no, t.state, t.amount, t.refunded, o.state AS ours, o.paid_fen, o.refunded_fen FROM till.till_order t
        LEFT JOIN pay_order o ON o.no = t.no
        WHERE o.id IS NULL OR (o.state = 'paid') <> ({PAID_THERE}) OR t.refunded <> o.refunded_fen""",
    "every refund is done": "SELECT no, state, tries, error FROM pay_refund WHERE state <> 'done'",
}

FAILED = "SELECT no FROM pay_refund WHERE state = 'failed'"  # each is an alarm
OWED = "SELECT no FROM pay_refund WHERE state = 'owed'"
DUE = """
    SELECT min(at) AS at FROM (
        SELECT look_at AS at FROM pay_order WHERE look_at IS NOT NULL
        UNION ALL SELECT due_at FROM pay_refund WHERE state IN ('owed', 'processing'))"""

ORDER_OF = "SELECT o.no FROM pay_order o JOIN booking b ON b.id = o.booking_id WHERE b.ref = :ref"
