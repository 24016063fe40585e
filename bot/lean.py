"""Import this first in every process but rasa: it keeps TensorFlow out, and numpy in one thread.

rasa shares our environment, so `import spacy` would find TensorFlow and import it (8 s, 466 MB). A `None` in
`sys.modules` makes that import fail at once, and spaCy then does without.

What we multiply is small: threads of numpy's own would wait for each other longer than they work.
"""

import os
import sys

sys.modules.setdefault("tensorflow", None)  # type: ignore[arg-type]
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
