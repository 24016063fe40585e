"""Intents: our pipeline beside plain ones, all trained on nlu_data/intents in one run.

Columns: macro-F1 of a stratified cross-validation on our own examples, the way `rasa test nlu` counts it (`folds`);
the same over those held-out sentences alone that share few character pairs with any other example of their intent
(`new words`: the harsher measure of the same predictions); accuracy and mean class accuracy on real utterances of
strangers (`utterances_dev.jsonl`, coarse classes; the mapping is the public contract's).
Data: $PEIZHEN_DATA, else ../shared/data; exit 2 when it is missing. Only figures are printed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import yaml

from benchmarks import _nlu_parts as nlu_parts
from bot.nlu import features, lookups, model
from bot.nlu.directory import Directory
from bot.nlu.model import IntentModel
from bot.nlu.reader import read
from bot.nlu.text import clean

ROOT = Path(__file__).parents[1]
DAY = date(2026, 1, 1)
ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")
RIGHT = {
    "symptom": "triage faq_question ask_expert",
    "medical_question": "faq_question ask_expert triage explain_report_item",
    "drug": "price_drug drug_guidance faq_question prescriptions",
    "book": "book book_same_day waitlist doctor_schedule",
    "department": "department_info triage book department_location",
    "report": "reports_list report_ready explain_report_item ask_expert",
    "price": "price_exam price_drug faq_question",
    "address": "hospital_address department_location parking_traffic",
    "hours": "phone_hours doctor_schedule",
    "doctor_info": "doctor_info doctor_schedule book",
    "phone": "phone_hours",
    "admission": "visit_guide inpatient_deposit ask_expert admission",
    "exam_info": "price_exam exam_booking visit_guide faq_question",
    "queue": "queue_position my_questions",
    "facility": "department_info visit_guide price_exam exam_booking hospital_address out_of_scope facilities",
    "hospital_recommend": "out_of_scope hospital_address department_info visit_guide help hospital_intro",
    "chitchat": "chitchat greet thanks bye out_of_scope help affirm deny human_agent",
    "out_of_scope": "out_of_scope chitchat",
}
NOT_RUN = (float("nan"), float("nan"))
FALLBACK = 0.40  # the threshold in config.yml
Predict = Callable[[Sequence[str]], list[tuple[str, float]]]


def main() -> int:
    """Print the table; 2 when the evaluation data is missing."""
    options = arguments()
    path = Path(os.environ.get("PEIZHEN_DATA", ROOT.parent / "shared" / "data")) / "utterances_dev.jsonl"
    if not path.is_file():
        print(f"missing evaluation data: {path}", file=sys.stderr)
        return 2
    texts, labels = examples()
    strangers = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    print(f"{len(texts)} examples, {len(set(labels))} intents; {len(strangers)} real utterances")
    print(f"{'pipeline':44}{'folds':>8}{'new words':>11}{'real':>8}{'macro':>8}{'train s':>9}{'ms/text':>9}")
    scores, folds = {}, {}
    for name, train in PIPELINES.items():
        folds[name] = cross_validate(train, texts, labels, options.folds)
        scores[name] = row(name, train, folds[name], texts, labels, strangers)
    if options.rasa_epochs:  # no folds of its own: one training takes minutes
        name = f"rasa's own: jieba, counts, DIET {options.rasa_epochs} epochs"
        scores[name] = row(name, nlu_parts.rasa_default(options.rasa_epochs), NOT_RUN, texts, labels, strangers)
    ours, best_peer = scores.pop(OURS), max(scores.values())
    print(f"nlu: real={ours:.3f} best_peer={best_peer:.3f} folds={folds[OURS][0]:.3f} examples={len(texts)}")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=5, help="of the cross-validation")
    parser.add_argument("--rasa-epochs", type=int, default=0, help="also train rasa's own pipeline; 100 is its default")
    return parser.parse_args()


def examples() -> tuple[list[str], list[str]]:
    """Texts and intents of nlu_data/intents."""
    texts, labels = [], []
    for path in sorted((ROOT / "nlu_data" / "intents").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            lines = [line[2:].strip() for line in block["examples"].splitlines() if line.startswith("- ")]
            texts += [ANNOTATION.sub(r"\1", line) for line in lines]
            labels += [block["intent"]] * len(lines)
    return texts, labels


def row(
    name: str,
    train: Callable[..., Predict],
    own: tuple[float, float],
    texts: list[str],
    labels: list[str],
    strangers: list[dict[str, str]],
) -> float:
    """One pipeline: its line in the table, for ours the details too. Gives the accuracy on strangers."""
    started = time.perf_counter()
    predict = train(texts, labels)
    trained = time.perf_counter() - started
    started = time.perf_counter()
    guesses = predict([u["text"] for u in strangers])
    took = (time.perf_counter() - started) / len(strangers) * 1000
    right: dict[str, list[bool]] = defaultdict(list)
    for utterance, (intent, _) in zip(strangers, guesses, strict=True):
        right[utterance["intent"]].append(intent in RIGHT[utterance["intent"]].split())
    accuracy = sum(map(sum, right.values())) / len(strangers)
    macro = float(np.mean([np.mean(r) for r in right.values()]))
    print(f"{name:44}{own[0]:8.3f}{own[1]:11.3f}{accuracy:8.3f}{macro:8.3f}{trained:9.1f}{took:9.2f}", flush=True)
    if name == OURS:
        details(right, guesses, strangers)
        entities()
    return accuracy


def details(right: dict[str, list[bool]], guesses: list[tuple[str, float]], strangers: list[dict[str, str]]) -> None:
    """Accuracy per class, the commonest wrong intents, and how confidence and accuracy go together."""
    wrong: dict[str, Counter[str]] = defaultdict(Counter)
    hits = []
    for utterance, (intent, confidence) in zip(strangers, guesses, strict=True):
        hit = intent in RIGHT[utterance["intent"]].split()
        hits.append((confidence, hit))
        if not hit:
            wrong[utterance["intent"]][intent] += 1
    for label, values in sorted(right.items(), key=lambda item: -len(item[1])):
        said = " ".join(f"{i}:{n}" for i, n in wrong[label].most_common(4))
        print(f"    {label:20}{len(values):5}{np.mean(values):8.3f}   {said}")
    asked = [
        hit if confidence >= FALLBACK else "out_of_scope" in RIGHT[utterance["intent"]]
        for (confidence, hit), utterance in zip(hits, strangers, strict=True)
    ]
    print(f"    below {FALLBACK} taken as out_of_scope, as the bot does: {np.mean(asked):.3f}")
    for low in (0.0, 0.2, 0.3, 0.4, 0.5, 0.7):
        kept = [hit for confidence, hit in hits if confidence >= low]
        print(f"    confidence >= {low:.1f}: {len(kept) / len(hits):6.1%} of texts, {np.mean(kept):.3f} right")


def entities() -> None:
    """F1 of each kind of entity on `nlu_entities.txt`."""
    scores = nlu_parts.entity_scores(lookups.load(ROOT / "nlu_data" / "lookups"), DAY)
    for kind, (marked, precision, recall, f1) in scores.items():
        print(f"    entity {kind:13}{marked:5}  precision {precision:.3f}  recall {recall:.3f}  f1 {f1:.3f}")


def cross_validate(
    train: Callable[..., Predict], texts: list[str], labels: list[str], folds: int
) -> tuple[float, float]:
    """Macro-F1 over stratified folds of our own examples: all of them, and those alone in new words."""
    from sklearn.metrics import classification_report, f1_score
    from sklearn.model_selection import StratifiedKFold

    guessed = np.empty(len(texts), dtype=object)
    for fit, test in StratifiedKFold(folds, shuffle=True, random_state=7).split(texts, labels):
        predict = train([texts[i] for i in fit], [labels[i] for i in fit])
        guessed[test] = [guess for guess, _ in predict([texts[i] for i in test])]
    truth, new = np.array(labels), nlu_parts.newness(texts, labels)
    if train is ours:
        print(classification_report(truth, guessed, digits=3))
        print(f"    in new words: {new.sum()} of {len(texts)} sentences")
    macro = float(f1_score(truth, guessed, average="macro"))
    return macro, float(
        f1_score(truth[new], guessed[new], average="macro", labels=sorted(set(labels)), zero_division=0)
    )


def ours(texts: Sequence[str], labels: Sequence[str]) -> Predict:
    """The pipeline of config.yml without the rasa around it."""
    lexicon, directory = lookups.load(ROOT / "nlu_data" / "lookups"), Directory({})

    def count(text: str) -> features.Counted:
        return features.blocks(text, read(text, lexicon, directory, DAY))

    trained = model.fit(texts, [count(t) for t in texts], labels)
    if len(texts) == len(examples()[0]):  # not a fold
        stored(trained)

    def one(text: str) -> tuple[str, float]:
        counted = count(text)
        if not any(counted.values()):
            return "out_of_scope", 0.0
        return trained.rank(text, counted)[0]

    return lambda batch: [one(t) for t in batch]


def stored(trained: IntentModel) -> None:
    """Size on disk and time to load."""
    with tempfile.TemporaryDirectory() as folder:
        trained.save(Path(folder))
        size = sum(path.stat().st_size for path in Path(folder).iterdir())
        began = time.perf_counter()
        IntentModel.load(Path(folder))
        took = time.perf_counter() - began
    print(f"    ours: loads in {took:.2f} s, {size / 1e6:.1f} MB, {len(trained.linear.vocabulary)} features")


def peer(analyzer: str, *, jieba_words: bool) -> Callable[..., Predict]:
    """A common rasa set-up for Chinese: count or tf-idf features into balanced logistic regression."""

    def train(texts: Sequence[str], labels: Sequence[str]) -> Predict:
        from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline

        if jieba_words:
            import jieba

            jieba.setLogLevel("WARNING")
            features_ = CountVectorizer(tokenizer=jieba.lcut, token_pattern=None, min_df=2)
        else:
            features_ = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 4), min_df=2, sublinear_tf=True)
        machine = make_pipeline(features_, LogisticRegression(C=10, max_iter=100, class_weight="balanced"))
        machine.fit([clean(t) for t in texts], labels)

        def predict(batch: Sequence[str]) -> list[tuple[str, float]]:
            chances = machine.predict_proba([clean(t) for t in batch])
            return [(machine.classes_[i], float(p[i])) for p, i in zip(chances, chances.argmax(1), strict=True)]

        return predict

    return train


OURS = "ours: characters, sounds, concepts; SVM, CNN"
PIPELINES: dict[str, Callable[..., Predict]] = {
    OURS: ours,
    "jieba words, counts, logistic regression": peer("word", jieba_words=True),
    "char 1-4 tf-idf, logistic regression": peer("char", jieba_words=False),
}

if __name__ == "__main__":
    sys.exit(main())
