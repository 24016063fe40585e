"""The domain in many files: domain.yml for what all skills share, bot/domain/<skill>.yml for the rest."""

from __future__ import annotations

from pathlib import Path

from rasa.shared.core.domain import Domain
from rasa.shared.importers.rasa import RasaFileImporter

FOLDER = Path("bot/domain")  # beside domain.yml


class SplitDomainImporter(RasaFileImporter):
    """Rasa's file importer, reading the skills' domain files too (`importers:` in config.yml names it)."""

    def get_domain(self) -> Domain:
        """Both parts as one; raises InvalidDomain instead of going on with an empty one."""
        if not self._domain_path:
            return Domain.empty()
        main = Path(self._domain_path)
        # File by file: given the folder, rasa would pass over one that it cannot read.
        return Domain.load([str(main), *(str(path) for path in sorted((main.parent / FOLDER).glob("*.yml")))])
