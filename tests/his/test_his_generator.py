"""The made-up hospital: large enough, valid, and the same on every machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from stdnum.cn import ric

from bot import clock
from bot.his.embedded import EmbeddedHis, demo, generator, tables
from bot.his.embedded.generator_labs import limits, panel, subject
from bot.his.embedded.generator_tables import read
from bot.his.embedded.identity import check_digit
from bot.his.port import HisPort

MONDAY = date(2026, 11, 23)
ROOT = Path(__file__).parents[2]
NOW = clock.utc(datetime(2026, 11, 23, 10, 5))
STANDARD_NAMES = 36  # departments in the contract's list


def test_generating_takes_less_than_a_thousand_statements(tmp_path: Path) -> None:
    """Four seconds of a processor; with one statement for each row it would be minutes."""
    his, statements = EmbeddedHis(f"sqlite:///{tmp_path / 'his.db'}"), list[str]()

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    sa.event.listen(his.database.engine, "before_cursor_execute", note)
    with clock.frozen(NOW):
        demo.load(his)
    assert 100 < len(statements) < 1000


def test_the_house_has_departments_and_doctors_enough(his: EmbeddedHis) -> None:
    departments, doctors = his.departments(), his.doctors()
    assert len(departments) >= 30
    assert len({each.standard_name for each in departments if each.standard_name}) == STANDARD_NAMES
    assert all(each.building and each.floor and each.phone and len(each.intro) > 10 for each in departments)
    assert len(doctors) >= 120
    assert len({doctor.name for doctor in doctors}) == len(doctors)
    assert {doctor.department_id for doctor in doctors} == {each.id for each in departments}
    fees = defaultdict(set)
    for doctor in doctors:
        fees[doctor.title].add(doctor.fee_fen)
        assert doctor.specialty
    assert all(len(each) == 1 for each in fees.values())
    assert len(fees) == 3


def test_two_weeks_of_half_hour_slots_some_full_and_every_department_open(his: EmbeddedHis) -> None:
    last = MONDAY + timedelta(days=14)
    with clock.frozen(NOW):
        slots = his.slots(first=MONDAY, last=last)
    assert {slot.day for slot in slots} == {MONDAY + timedelta(days=ahead) for ahead in range(15)}
    assert {slot.end - slot.start for slot in slots} == {timedelta(minutes=30)}
    assert 0.02 < sum(slot.left == 0 for slot in slots) / len(slots) < 0.5
    walk_in = {row["code"] for row in read("departments") if row["clinics"] == "none"}
    for department in his.departments():
        offered = [slot for slot in slots if slot.department_id == department.id and slot.left]
        assert bool(offered) != (department.id.split(".")[1] in walk_in), department.name


def test_most_places_of_a_half_hour_are_wechats_and_the_crowd_bought_at_the_window_first(his: EmbeddedHis) -> None:
    with his.database.reading() as connection:
        slots = connection.execute(sa.select(tables.slot)).all()
    assert all(0.6 <= slot.share / slot.capacity <= 0.8 for slot in slots)
    assert all(slot.share_taken == max(slot.taken - (slot.capacity - slot.share), 0) for slot in slots)
    assert 0.3 < sum(slot.share - slot.share_taken for slot in slots) / sum(slot.capacity for slot in slots) < 0.7


def test_some_doctors_work_at_night_and_on_saturdays(his: EmbeddedHis) -> None:
    with clock.frozen(NOW):
        slots = his.slots(first=MONDAY, last=MONDAY + timedelta(days=13))
    assert any(clock.local(slot.start).hour >= 18 for slot in slots)
    assert any(slot.day.weekday() == 5 for slot in slots)
    assert not any(slot.day.weekday() == 6 and clock.local(slot.start).hour >= 12 for slot in slots)


def test_stock_and_appointments_agree(his: EmbeddedHis) -> None:
    sold = (
        sa.select(sa.func.count())
        .where(tables.appointment.c.slot_id == tables.slot.c.id, tables.appointment.c.active == 1)
        .scalar_subquery()
    )
    with his.database.reading() as connection:
        wrong = connection.execute(sa.select(tables.slot.c.id).where(tables.slot.c.taken != sold)).all()
        rows = connection.execute(
            sa.select(tables.appointment.c.number, tables.slot.c.first_number, tables.slot.c.capacity).join_from(
                tables.appointment, tables.slot
            )
        ).all()
    assert wrong == []
    assert all(row.first_number <= row.number < row.first_number + row.capacity for row in rows)
    assert len(rows) > 10_000


def test_patients_have_valid_numbers_of_all_ages_and_both_sexes() -> None:
    people = demo.demo_facts()["patients"]
    assert len(people) >= 60
    assert all(ric.validate(person["id_number"]) == person["id_number"] for person in people)
    assert len({person["id_number"] for person in people}) == len(people)
    assert len({person["card_no"] for person in people}) == len(people)
    assert len({person["name"] for person in people}) == len(people)
    assert all(re.fullmatch(r"1[3-9]\d{9}", person["phone"]) for person in people)
    assert any(person["id_number"].endswith("X") for person in people)
    ages = [2026 - int(person["id_number"][6:10]) for person in people]
    assert min(ages) < 5
    assert sum(age < 14 for age in ages) >= 6
    assert sum(age >= 70 for age in ages) >= 6
    assert set(Counter(int(person["id_number"][16]) % 2 for person in people)) == {0, 1}


def test_the_crowd_has_valid_numbers_too(his: EmbeddedHis) -> None:
    with his.database.reading() as connection:
        people = connection.execute(sa.select(tables.patient)).all()
    assert len(people) > 2000
    for person in people:
        assert ric.is_valid(person.id_number)
        assert person.birth_date == ric.get_birth_date(person.id_number)
        assert person.sex == ("m" if int(person.id_number[16]) % 2 else "f")


def test_check_digits_are_those_of_the_standard() -> None:
    for person in demo.demo_facts()["patients"]:
        number = person["id_number"]
        assert check_digit(number[:17]) == ric.calc_check_digit(number)


def test_a_child_has_a_parents_phone_and_surname() -> None:
    people = demo.demo_facts()["patients"]
    phones = Counter(person["phone"] for person in people)
    families = [[person for person in people if person["phone"] == phone] for phone, n in phones.items() if n > 1]
    assert len(families) >= 6
    for grown, child in families:
        assert grown["name"][0] == child["name"][0]
        assert int(child["id_number"][6:10]) - int(grown["id_number"][6:10]) > 16


def test_names_are_not_shared_by_doctors_and_patients() -> None:
    facts = demo.demo_facts()
    assert not {doctor["name"] for doctor in facts["doctors"]} & {person["name"] for person in facts["patients"]}


def test_the_facts_are_what_the_hospital_holds(his: EmbeddedHis) -> None:
    facts = demo.demo_facts()
    assert facts["hospital"] == his.hospitals()[0].name
    assert [(each["id"], each["name"]) for each in facts["departments"]] == [(d.id, d.name) for d in his.departments()]
    names = {department.id: department.name for department in his.departments()}
    known = {(doctor.id, doctor.name, names[doctor.department_id], doctor.title) for doctor in his.doctors()}
    assert {(each["id"], each["name"], each["department"], each["title"]) for each in facts["doctors"]} == known
    for person in facts["patients"]:
        found = his.find_patient(name=person["name"], id_number=person["id_number"], phone=person["phone"])
        assert found is not None
        assert found.card_no == person["card_no"]


def test_prices_are_many_and_named_once(his: EmbeddedHis) -> None:
    exams = his.prices(text="", kind="exam", limit=1000)
    drugs = his.prices(text="", kind="drug", limit=1000)
    assert len(exams) + len(drugs) >= 300
    assert min(len(exams), len(drugs)) >= 100
    assert all(price.fen > 0 and price.unit for price in [*exams, *drugs])
    assert len({(price.name, price.spec) for price in [*exams, *drugs]}) == len(exams) + len(drugs)


# --- Reports


def _reports(his: HisPort) -> list[tuple[str, list[str]]]:
    people = demo.demo_facts()["patients"]
    found = (his.find_patient(name=each["name"], id_number=each["id_number"], phone=each["phone"]) for each in people)
    with clock.frozen(NOW):
        return [
            (patient.id, [report.id for report in his.reports(patient.id, since=date(2020, 1, 1))])
            for patient in found
            if patient
        ]


def test_everybody_has_reports_and_some_have_three_years(his: EmbeddedHis) -> None:
    with clock.frozen(NOW):
        spans = []
        for patient_id, reports in _reports(his):
            assert reports, patient_id
            listed = his.reports(patient_id, since=date(2020, 1, 1))
            spans.append((listed[0].ordered_at - listed[-1].ordered_at).days)
            assert len({report.id for report in listed}) == len(listed)
    assert sum(span > 900 for span in spans) >= 10
    assert max(spans) < 3 * 366


def test_values_add_up_and_flags_are_right(his: EmbeddedHis) -> None:
    with his.database.reading() as connection:
        lines = connection.execute(sa.select(tables.observation)).all()
    by_report: dict[str, dict[str, float]] = defaultdict(dict)
    flags: Counter[str] = Counter()
    for line in lines:
        flags[line.flag] += 1
        if not line.value.replace(".", "").isdigit():
            assert (line.low, line.high) == (None, None)
            assert line.flag == ("N" if line.value == line.reference else "H")
            continue
        value = float(line.value)
        by_report[line.report_id][line.code] = value
        low, high = limits(line.reference)
        assert (line.low, line.high) == (low, high)
        outside = (high is not None and (value > high or (low is None and value == high))) or (
            low is not None and (value < low or (high is None and value == low))
        )
        assert (line.flag[0] in "HL") == outside, line
    assert 0.7 < flags["N"] / len(lines) < 0.95
    assert flags["H"] > 200
    assert flags["L"] > 50
    for values in by_report.values():
        if "NEUT%" in values:
            total = sum(values[code] for code in ("NEUT%", "LYMPH%", "MONO%", "EO%", "BASO%"))
            assert total == pytest.approx(100, abs=0.4)
            assert values["HCT"] == pytest.approx(values["MCV"] * values["RBC"] / 10, rel=0.02)
        if "GLB" in values:
            assert values["GLB"] == pytest.approx(values["TP"] - values["ALB"], abs=0.11)
        if "LDL" in values:
            assert 0 < values["LDL"] < values["TC"]


def test_healthy_people_are_mostly_normal_and_the_sick_show_it() -> None:
    _, people = generator.cast(generator.SEED)
    well = next(row for row in people if row["label"] == "adult_well")
    sick = next(row for row in people if row["label"] == "diabetic")
    odd = [
        line for row in people if row["label"] == "adult_well" for line in _panel("血常规", row) if line["flag"] != "N"
    ]
    assert len(odd) < 0.1 * 17 * sum(row["label"] == "adult_well" for row in people)
    assert {line["code"]: line["flag"] for line in _panel("血糖与糖化血红蛋白", sick)} == {
        "GLU": "H",
        "HBA1C": "H",
    }
    assert _panel("血常规", well) == _panel("血常规", well)


def _panel(name: str, row: dict[str, object]) -> list[dict[str, object]]:
    return panel(name, subject(generator.SEED, row, MONDAY, 1.0), MONDAY)


def test_women_do_not_get_mens_reports(his: EmbeddedHis) -> None:
    _, people = generator.cast(generator.SEED)
    men = [row["id"] for row in people if row["sex"] == "m"]
    query = sa.select(tables.report.c.name).where(tables.report.c.patient_id.in_(men))
    with his.database.reading() as connection:
        names = set(connection.execute(query).scalars())
    assert not names & {row["name"] for row in read("imaging") if row["sex"] == "f"}


def test_pending_reports_become_ready_as_the_day_goes_on(his: EmbeddedHis) -> None:
    people = [patient_id for patient_id, _ in _reports(his)]

    def pending(hour: int, minute: int = 0) -> int:
        with clock.frozen(clock.utc(datetime(2026, 11, 23, hour, minute))):
            reports = [report for patient_id in people for report in his.reports(patient_id, since=MONDAY)]
        return sum(report.ready_at is None for report in reports)

    assert pending(7) == 0
    assert pending(11) >= 10
    assert 0 < pending(17, 30) < pending(11)


# --- The same everywhere


def _fingerprint(his: EmbeddedHis) -> dict[str, int]:
    with his.database.reading() as connection:
        return {
            table.name: hash(tuple(sorted(map(repr, connection.execute(sa.select(table)).all()))))
            for table in tables.metadata.sorted_tables
            if table.name not in {"his_session", "his_appointment", "his_call", "his_scheduled_day", "his_change"}
        }


def test_one_seed_and_day_make_one_hospital(his: EmbeddedHis, tmp_path: Path) -> None:
    other = EmbeddedHis(f"sqlite:///{tmp_path / 'other.db'}")
    with clock.frozen(NOW):
        demo.load(other)
        assert _fingerprint(other) == _fingerprint(his)
        demo.load(other)
        assert _fingerprint(other) == _fingerprint(his)


DIGEST = """
import hashlib; from datetime import date
from bot.his.embedded import generator, generator_reports, generator_staff
doctors, people = generator.cast("s")
history = generator_reports.history("s", people[:20], date(2026, 11, 23))
made = (doctors, people, generator_staff.rota("s", doctors), history)
print(hashlib.sha256(repr(made).encode()).hexdigest())
"""


def test_no_hash_seed_or_time_zone_of_a_machine_shows() -> None:
    def digest(seed: str, zone: str) -> str:
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        command = [sys.executable, "-c", DIGEST]
        done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
        return done.stdout

    assert digest("1", "UTC") == digest("2", "America/New_York")


def test_another_seed_makes_another_hospital() -> None:
    assert demo.demo_facts("somewhere else")["doctors"] != demo.demo_facts()["doctors"]
    assert demo.demo_facts("somewhere else")["departments"] == demo.demo_facts()["departments"]


def test_a_day_is_the_same_whenever_it_is_made(his: EmbeddedHis, tmp_path: Path) -> None:
    late = EmbeddedHis(f"sqlite:///{tmp_path / 'late.db'}")
    with clock.frozen(NOW + timedelta(days=9)):
        demo.load(late)
        day = MONDAY + timedelta(days=12)
        assert late.slots(first=day, last=day) == his.slots(first=day, last=day)


def test_the_pregnant_are_spared_rays_and_scopes(his: EmbeddedHis) -> None:
    _, people = generator.cast(generator.SEED)
    mothers = [row["id"] for row in people if row["label"] == "pregnant"]
    query = sa.select(tables.report.c.name).where(
        tables.report.c.patient_id.in_(mothers), tables.report.c.kind == "imaging"
    )
    with his.database.reading() as connection:
        names = set(connection.execute(query).scalars())
    assert names
    assert all("超声" in name or name == "心电图" for name in names)


def test_some_results_are_critical_or_delicate_and_wait_for_a_doctor(his: EmbeddedHis) -> None:
    with his.database.reading() as connection:
        rows = connection.execute(sa.select(tables.report).where(tables.report.c.ready_at <= NOW)).all()
        flags = connection.execute(sa.select(tables.observation.c.report_id, tables.observation.c.flag)).all()
    critical = {row.id for row in rows if row.critical}
    assert critical >= {line.report_id for line in flags if line.flag in {"HH", "LL"}}
    waiting = [row for row in rows if row.released_at is None]
    assert len(critical & {row.id for row in waiting}) >= 3
    assert critical - {row.id for row in waiting}
    for name in ("传染病筛查", "肿瘤标志物", "人绒毛膜促性腺激素", "病理检查"):
        assert {row.released_at is None for row in rows if row.name == name} == {True, False}, name


def test_every_visit_has_its_bill_and_every_drug_its_price(his: EmbeddedHis) -> None:
    with his.database.reading() as connection:
        bills = connection.execute(sa.select(tables.bill)).all()
        items = connection.execute(sa.select(tables.bill_item)).all()
        drugs = {row.name for row in connection.execute(sa.select(tables.prescription_item.c.name))}
        priced = {row.name for row in connection.execute(sa.select(tables.price.c.name))}
    assert {bill.state for bill in bills} == {"open", "paid", "refunded"}
    assert sum(bill.fen for bill in bills) == sum(item.fen for item in items) > 0
    assert drugs <= priced
