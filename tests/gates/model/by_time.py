"""Rules of time: minutes and nights pass, jobs run or do not."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bot import clock
from bot.services import booking, news, paid_holds, waitlist_filling
from tests.gates.model.machine import Model
from tests.gates.model.told import IN_DOUBT

JOBS = {
    "settle": booking.settle_open,
    "news": news.hear,
    "waitlist": waitlist_filling.tick,
    "payment": paid_holds.tick,
}


class Time(Model):
    """The clock never stands still; who is to look after things may be late."""

    @rule(minutes=st.sampled_from((2, 2, 5, 5, 12, 31, 65, 130)), worked=st.booleans())
    def minutes(self, minutes: int, worked: bool) -> None:
        """Some time later; the jobs have worked, or nobody has."""
        self.tried("minutes", lambda: self.house.wait(timedelta(minutes=minutes)))
        if worked:
            self.jobs()

    @rule(hour=st.sampled_from((7, 8, 9)))
    def next_morning(self, hour: int) -> None:
        """The night between: clinics are over, who did not come has missed his visit."""
        tomorrow = clock.today() + timedelta(days=1)
        self.tried("next_morning", lambda: self.house.at(clock.utc(datetime.combine(tomorrow, time(hour, 2)))))
        self.jobs()

    @rule(name=st.sampled_from(sorted(JOBS)))
    def one_job(self, name: str) -> None:
        self.tried("one_job", lambda: self.job(name, JOBS[name]))

    @precondition(lambda self: any(row["state"] in IN_DOUBT for row in self.rows.values()))
    @rule()
    def quiet(self) -> None:
        """Everything answers, all jobs run a few times: nothing is open any more."""
        self.tried("quiet", self.settled)
