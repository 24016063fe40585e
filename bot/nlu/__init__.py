"""How a patient's sentence is read: folding, entity finders, the intent model, and their rasa components.

Finders are pure (`find(text) -> list[Span]`); each rasa component is a thin doorway to one of them.
"""
