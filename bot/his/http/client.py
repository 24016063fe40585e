"""HttpHis: HisPort over a hospital's HTTP interface. Every answer is checked before anybody sees it."""

from __future__ import annotations

from bot.his.http.booking import Booking
from bot.his.http.directory import Directory
from bot.his.http.news import News
from bot.his.http.papers import Papers
from bot.his.http.patients import Patients
from bot.his.http.queue import Queue


class HttpHis(Directory, Patients, Booking, Queue, News, Papers):
    """A hospital that implements docs/his-api.yaml, all of it or the core and some parts (`Hospital.offers`)."""
