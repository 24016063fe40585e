"""Write the hospital's directory where rasa's entity component reads it, so that a new doctor is understood."""

from __future__ import annotations

import json
import os
from pathlib import Path

from bot import wiring


def run() -> bool:
    """True when the file changed."""
    return write(Path(os.environ.get("PEIZHEN_DIRECTORY") or wiring.settings().var / "directory.json"))


def write(target: Path) -> bool:
    his = wiring.ports().his
    found = {
        "departments": [{"id": d.id, "name": d.name, "standard_name": d.standard_name} for d in his.departments()],
        "doctors": [
            {"id": d.id, "name": d.name, "department_id": d.department_id, "title": d.title} for d in his.doctors()
        ],
    }
    text = json.dumps(found, ensure_ascii=False, sort_keys=True)
    if target.exists() and target.read_text(encoding="utf-8") == text:
        return False
    draft = target.with_suffix(".tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(target)
    return True
