"""What happened at the hospital and not through this port."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

ChangeKind = Literal["appointment", "session_closed", "report_ready", "patient"]


@dataclass(frozen=True)
class Change:
    """Something that happened at the hospital and not through this port: what it is now, the subject itself says.

    `subject_id` is an appointment's, a session's, a report's or a patient's id, as `kind` says. `patient_id` None = it
    is nobody's alone.
    """

    id: str
    at: datetime
    kind: ChangeKind
    subject_id: str
    patient_id: str | None


class News(Protocol):
    """Where news are offered; without them there are none."""

    def changes(self, *, since: datetime, hospital_id: str | None = None) -> list[Change]:
        """What happened at the hospital at or after a moment, oldest first; reaches back at least three days.

        `report_ready`: a report became readable, became final after a preliminary one, or was released by a doctor.
        A change can become visible a little after its `at`: ask with an overlap, and take repeats for one.
        `hospital_id` = of this one alone. Without it all are asked, and one that does not answer is HisUnavailable.
        """
