"""Tests of bot/faq."""
