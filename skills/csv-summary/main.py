"""{csv, separator?} -> {rows, columns: [...]}: what each column of a table holds. Python's own csv and statistics, no more."""
import csv
import io
import json
import re
import statistics
import sys
from collections import Counter

DATE = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}.*)?$")
COLUMNS_MAX = 200


def separator_of(text):
    head = text.split("\n", 1)[0]
    return max(",;\t|", key=head.count)


def to_number(cell, separator):
    text = cell.strip().replace("\u00a0", "").replace("\u202f", "")
    if separator != "," and re.fullmatch(r"[+-]?\d{1,18}(?:\.\d{3})*,\d{1,18}", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d{1,18})?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[+-]?(?:\d{1,300}(?:\.\d{0,300})?|\.\d{1,300})(?:[eE][+-]?\d{1,3})?", text):
        return None
    number = float(text)
    return number if abs(number) != float("inf") else None


def tidy(number):
    rounded = float(f"{number:.10g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def describe(name, cells, separator):
    filled = [cell for cell in cells if cell.strip()]
    numbers = [number for number in (to_number(cell, separator) for cell in filled) if number is not None]
    column = {"name": name, "empty": len(cells) - len(filled), "distinct": len(set(filled))}
    if filled and len(numbers) >= 0.9 * len(filled):
        spread = statistics.stdev(numbers) if len(numbers) > 1 else 0
        figures = {"min": min(numbers), "max": max(numbers), "sum": sum(numbers), "mean": statistics.fmean(numbers), "median": statistics.median(numbers), "deviation": spread}
        return {**column, "type": "number", "other": len(filled) - len(numbers), **{key: tidy(value) for key, value in figures.items()}}
    kind = "empty" if not filled else "date" if all(DATE.match(cell.strip()) for cell in filled) else "text"
    if kind == "date":
        return {**column, "type": kind, "first": min(filled), "last": max(filled)}
    return {**column, "type": kind, "frequent": [{"value": value[:200], "count": count} for value, count in Counter(filled).most_common(5)]}


def main():
    asked = json.load(sys.stdin)
    text = asked["csv"].lstrip("\ufeff")
    separator = asked.get("separator") or separator_of(text)
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=separator) if any(cell.strip() for cell in row)]
    if not rows:
        sys.exit("the table is empty")
    names, body = rows[0], rows[1:]
    if len(names) > COLUMNS_MAX:
        sys.exit(f"at most {COLUMNS_MAX} columns")
    uneven = sum(len(row) != len(names) for row in body)
    columns = [describe(name, [row[index] if index < len(row) else "" for row in body], separator) for index, name in enumerate(names)]
    print(json.dumps({"rows": len(body), "separator": separator, "uneven_rows": uneven, "columns": columns}, ensure_ascii=False))


if __name__ == "__main__":
    csv.field_size_limit(1_000_000)
    main()
