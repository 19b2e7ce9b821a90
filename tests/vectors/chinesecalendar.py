"""Writes chinesecalendar-2024-2026.json: the working days as the PyPI package `chinesecalendar` has them.

    python3 -m venv venv && venv/bin/pip install chinesecalendar==1.11.0
    venv/bin/python tests/vectors/chinesecalendar.py > tests/vectors/chinesecalendar-2024-2026.json

Run by hand when a year is added; no test needs Python.
"""

import datetime
import importlib.metadata
import json

import chinese_calendar

years = {}
for year in (2024, 2025, 2026):
    first = datetime.date(year, 1, 1)
    days = (datetime.date(year + 1, 1, 1) - first).days
    years[str(year)] = [
        n for n in range(1, days + 1) if chinese_calendar.is_workday(first + datetime.timedelta(days=n - 1))
    ]

head = {
    "package": "chinesecalendar",
    "version": importlib.metadata.version("chinesecalendar"),
    "command": "venv/bin/python tests/vectors/chinesecalendar.py > tests/vectors/chinesecalendar-2024-2026.json",
    "meaning": "day-of-year numbers, from 1, of the working days",
}
print("{")
for key, value in head.items():
    print(f" {json.dumps(key)}: {json.dumps(value)},")
print(' "working_days": {')
print(",\n".join(f"  {json.dumps(year)}: {json.dumps(days, separators=(',', ':'))}" for year, days in years.items()))
print(" }\n}")
