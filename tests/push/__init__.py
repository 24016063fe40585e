"""Tests of bot/push."""
