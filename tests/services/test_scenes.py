"""What scanned codes open, and what they never do."""

from __future__ import annotations

import pytest

from bot.services import scenes


@pytest.mark.parametrize(
    ("key", "opens"),
    [
        ("dept:yh.k01", '/department_info{"department": "yh.k01"}'),
        ("qrscene_dept:yh.k01", '/department_info{"department": "yh.k01"}'),
        ("doctor:yh.p07", '/doctor_info{"doctor": "yh.p07"}'),
        ("qrscene_doctor:yh.p07", '/doctor_info{"doctor": "yh.p07"}'),
        ("last_trade_no_4200001234", "/my_bookings"),
    ],
)
def test_behaviour_12_a_scene_is_a_wish(ports, key, opens):
    assert scenes.wish(ports, key) == opens


@pytest.mark.parametrize(
    "key",
    ["", "dept:", "doctor:", "bed:", "dept:a b", 'dept:"}', "dept:/restart", "checkin:yh.k01", "else:1", "qrscene_"]
    + ["dept:" + "k" * 60, "dept:骨科", "bed:1", "bed:1.x", "bed:.x"],
)
def test_what_is_none_of_ours_opens_nothing(ports, key):
    assert scenes.wish(ports, key) is None


def test_behaviour_12_a_scene_that_names_a_patient_is_sealed(ports):
    scene = scenes.bed(ports, "7A-12")
    assert len(scene) <= 64
    assert scenes.wish(ports, scene) == scenes.wish(ports, f"qrscene_{scene}") == "/admission"
    another = scene.replace("7A-12", "7A-13")
    assert scenes.wish(ports, another) is None


@pytest.mark.parametrize("name", ["", "七号床", "a b", "b" * 49])
def test_a_bed_that_does_not_fit_has_no_scene(ports, name):
    with pytest.raises(ValueError, match="bed"):
        scenes.bed(ports, name)
