"""The directory is kept for seconds; nothing of a patient or a place is kept at all."""

from __future__ import annotations

import pytest

from bot import clock
from bot.errors import HisUnavailable
from bot.host.his_cache import FRESH_SECONDS, KEPT, CachedHis
from tests.factories import NOW, FakeHis, id_number


@pytest.fixture
def his():
    with clock.frozen(NOW):
        yield FakeHis()


@pytest.fixture
def cached(his):
    made = CachedHis(his, monotonic=lambda: made.time)
    made.time = 100.0
    return made


@pytest.mark.parametrize("name", sorted(KEPT - {"hospitals"}))
def test_the_directory_is_asked_for_once_while_it_is_fresh(his, cached, name):
    first = getattr(cached, name)()
    cached.time += FRESH_SECONDS - 0.1
    assert getattr(cached, name)() == first == getattr(FakeHis(), name)()
    assert his.asked == [name]
    cached.time += 0.2
    getattr(cached, name)()
    assert his.asked == [name, name]


def test_a_new_doctor_is_seen_when_the_time_is_over(his, cached):
    assert len(cached.doctors()) == 3
    his.doctors = list
    assert len(cached.doctors()) == 3
    cached.time += FRESH_SECONDS
    assert cached.doctors() == []


def test_a_list_that_a_caller_changes_is_his_own(cached):
    cached.doctors().clear()
    assert len(cached.doctors()) == 3


def test_a_failure_is_not_kept(his, cached):
    his.down = True
    with pytest.raises(HisUnavailable):
        cached.departments()
    his.down = False
    assert cached.departments()


def test_places_and_patients_are_asked_for_every_time(his, cached):
    today = clock.today()
    who = {"name": "李雷", "id_number": id_number(), "phone": "13900000001"}
    patient = his.add_patient(**who)
    for _ in range(2):
        cached.slots(first=today, last=today)
        cached.find_patient(**who)
        cached.reports(patient.id, since=today)
    assert [his.asked.count(name) for name in ("slots", "find_patient", "reports")] == [2, 2, 2]
    assert set(cached._kept) <= KEPT
