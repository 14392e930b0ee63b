"""Cuts the sample file out of the ECB's own: python3 make.py eurofxref-hist.csv.gz ecb_euro_reference_rates.csv

Keeps the date and the seventeen currencies that have a rate on every day since 4 January 1999, oldest day first. Every figure
stays as the ECB published it, character for character.
"""

import csv
import gzip
import io
import sys

KEPT = "USD JPY CZK DKK GBP HUF PLN SEK CHF NOK AUD CAD HKD KRW NZD SGD ZAR".split()

source, target = sys.argv[1:]
with gzip.open(source, "rt", newline="") as file:
    rows = list(csv.DictReader(file))
out = io.StringIO(newline="")
writer = csv.writer(out, lineterminator="\n")
writer.writerow(["Date", *KEPT])
for row in sorted(rows, key=lambda row: row["Date"]):
    assert all(row[name] not in ("", "N/A") for name in KEPT), row["Date"]
    writer.writerow([row["Date"], *(row[name] for name in KEPT)])
with open(target, "w", newline="") as file:
    file.write(out.getvalue())
