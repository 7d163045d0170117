"""Asks for the cheapest of three cities: .venv/bin/python examples/trip_by_celery/client.py"""

import os

from celery import chord
from tasks import cheapest, scout

SECONDS = float(os.environ.get("SCOUT_SECONDS", "1"))

trip = chord((scout.s(city, SECONDS) for city in ("Riga", "Tallinn", "Vilnius")), cheapest.s())
asked = trip.delay()
print(f"asked as {asked.id}", flush=True)
print(asked.get(), flush=True)
