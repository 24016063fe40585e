from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.system.installation import Installation


@pytest.fixture(scope="session")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One running installation for all tests of processes and browsers."""
    made = Installation(tmp_path_factory.mktemp("installation")).start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()
