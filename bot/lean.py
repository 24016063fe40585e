"""Import this first in every process but rasa: it keeps TensorFlow out.

rasa shares our environment, so `import spacy` would find TensorFlow and import it (8 s, 466 MB). A `None` in
`sys.modules` makes that import fail at once, and spaCy then does without.
"""

import sys

sys.modules.setdefault("tensorflow", None)  # type: ignore[arg-type]
