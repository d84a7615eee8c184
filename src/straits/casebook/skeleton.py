"""A new ecosystem to start from: a folder that loads as it is, with one example row a table and words beside it.

CSV knows no comments, so what each column means stands in the README beside the tables, written from the record
types themselves; the YAML files carry their comments.  The example rows are about a made-up widget and say so.
"""

from __future__ import annotations

import csv
import io
import json
import re
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from straits.casebook.load import load
from straits.casebook.records import TABLES, Record
from straits.vocabulary.errors import StraitsError

_SOURCE = "example-source"


def new_ecosystem(name: str, folder: Path | str) -> Path:
    """Write the skeleton of an ecosystem into ``folder/name`` and return that path.

    ``name`` becomes the id of the ecosystem and of its first subject, in lower-case words joined by '-'.
    Nothing is overwritten: a folder that already holds files is an error, and so is a name of the shipped casebook.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")
    if not slug:
        raise StraitsError(f"'{name}' makes no id: give a name with latin letters or digits, such as solar-cells")
    if slug in load().subjects:
        raise StraitsError(f"the shipped casebook has a subject '{slug}': choose another name")
    path = Path(folder) / slug
    if path.exists() and any(path.iterdir()):
        raise StraitsError(f"{path} is not empty: choose another name or folder")
    path.mkdir(parents=True, exist_ok=True)
    for file, text in _files(name.strip(), slug).items():
        (path / file).write_text(text, encoding="utf-8", newline="\n")
    return path


def _files(name: str, slug: str) -> dict[str, str]:
    files = {
        "ecosystem.yaml": _ECOSYSTEM.format(slug=slug, name=json.dumps(name, ensure_ascii=False)),
        "sources.json": json.dumps(_sources(slug), ensure_ascii=False, indent=1) + "\n",
        "judgements.yaml": _JUDGEMENTS.format(slug=slug, source=f"{slug}-{_SOURCE}"),
    }
    for table, model in TABLES.items():
        files[f"{table}.csv"] = _csv(model, _examples(slug)[table])
    files["README.md"] = _readme(name, slug)
    return files


def _csv(model: type[Record], rows: list[dict[str, str]]) -> str:
    """A table with all columns, the example's fields filled in."""
    last = ("source", "locator", "note")
    columns = ["id", *(field for field in model.model_fields if field not in ("id", *last)), *last]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _sources(slug: str) -> list[dict[str, Any]]:
    return [
        {
            "id": f"{slug}-{_SOURCE}",
            "type": "report",
            "title": "An example source: replace it",
            "author": [{"family": "Example", "given": "Eva"}],
            "issued": {"date-parts": [[2024, 1]]},
            "publisher": "Example Institute",
            "custom": {"grade": "think tank"},
        }
    ]


def _examples(slug: str) -> dict[str, list[dict[str, str]]]:
    """One made-up row a table (two where a relation needs numbers); they load and pass the checks."""
    end = {"source": f"{slug}-{_SOURCE}", "locator": "page 1", "note": "Example: replace or delete this row."}
    share = {"subject": slug, "unit": "%", "period": "2023", "basis": "stated", "scope": "share=location"}
    return {
        "evidence": [
            {"id": f"{slug}-e001", **share, "indicator": "share of world production", "value": ">60",
             "statement": "An example country makes more than 60 % of all widgets.", "actors": "CHN",
             "origin": "Example Office 2023", "origin_grade": "official statistics", **end},
            {"id": f"{slug}-e002", **share, "indicator": "share of widgets imported", "value": "unknown:not published",
             "statement": "How many widgets Europe imports is not published.", "actors": "EU27", "unit": "", **end},
        ],
        "dependencies": [
            {"id": f"{slug}-d001", "subject": slug, "dependent": "EU27", "provider": "CHN", "channel": "input",
             "presence": "present", "strength": "high", "degree": ">60", "unit": "%", "period": "2023",
             "statement": "Europe buys most of its widgets from one country.", "basis": "judged",
             "evidence": f"{slug}-e001", **end},
            {"id": f"{slug}-d002", "subject": slug, "dependent": "CHN", "provider": "EU27", "channel": "knowledge",
             "presence": "unknown", "strength": "unknown",
             "statement": "Whether the provider needs European knowledge is not known.", "basis": "stated", **end},
        ],
        "actors": [
            {"id": f"{slug}-actor-example", "name": "Example Widgets", "aliases": "EW", "kind": "firm", "home": "CHN",
             "role": "largest maker of widgets", "priority": "none", "subjects": slug, **end},
        ],
        "events": [
            {"id": f"{slug}-v001", "title": "Export licence for widgets", "kind": "control", "announced": "2023-07",
             "in_force": "2023-08-01", "actors": "CHN", "targets": "world", "subjects": slug,
             "statement": "Exports of widgets need a licence.", **end},
        ],
        "strengths": [
            {"id": f"{slug}-s001", "subject": slug, "holder": "EU27", "sign": "strength",
             "statement": "Europe makes the best widget moulds.", "basis": "judged", **end},
        ],
        "instruments": [
            {"id": f"{slug}-i001", "name": "Joint purchase of widgets", "subject": slug, "kind": "promote",
             "dimensions": "supply_resilience", "by": "EU27", "statement": "Buyers pool their orders.", **end},
        ],
        "lost": [
            {"id": f"{slug}-l001", "subject": slug, "what": "Figure 9: widgets by country",
             "reason": "image without text", **end},
        ],
        "traps": [
            {"id": f"{slug}-t001", "subject": slug, "kind": "ambiguous",
             "statement": "The source does not say whether widgets include spare parts.",
             "records": f"{slug}-e001", "why_not": "The text does not decide it.", **end},
        ],
        "relations": [
            {"id": f"{slug}-r001", "kind": "at_most", "result": f"{slug}-e001", "inputs": "100", **end},
        ],
    }  # fmt: skip


_ECOSYSTEM = """\
# The head of an ecosystem: what it is about, and the subjects that its records may speak of.
id: {slug}
name: {name}
# One sentence of at least twenty characters.
summary: "An example ecosystem about widgets: say here in one sentence what yours is about."
# How many records of each kind your notes hold, to print how many of them are in (optional).
notes_records:
  evidence: 2
subjects:
# The first subject carries the id of the ecosystem.  `names` are aliases, in any script, by which it is found.
- id: {slug}
  name: {name}
  names: []
  # technology, step, component, material, grade, equipment, software, service or policy
  kind: technology
# A step below it: its id begins with that of the subject above, and `parent` names it.
- id: {slug}/example-step
  name: Example step
  kind: step
  parent: {slug}
"""

_JUDGEMENTS = """\
# Published scorecards and risk tables, cell by cell.  A lost cell has `unknown` with the reason and no level.
- id: {slug}-j-dimensions
  scorecard: four_dimensions
  subject: {slug}
  dependent: EU27
  provider: CHN
  source: {source}
  locator: table 1, page 2
  note: "Example: replace or delete this entry."
  cells:
  - outcome: supply_resilience
    level: 3
    concern: one country makes most widgets
  - outcome: national_security
    unknown: the cell is blank in the source
"""

_LESSONS = """\
## How to fill it
- One fact a row, sorted by `id`; an id is unique over the whole casebook, in lower-case words joined by `-`.
- Every row has a `source` (the id of an entry of `sources.json`, CSL-JSON) and a `locator` (page, table, line).
- Several values in one cell are separated by `; `.  Save as CSV with commas, in UTF-8.
- A table that you do not need can be deleted; so can every example row.
- You may use the subjects and sources of the shipped casebook.

## Values
`12.5` a number, `~12.5` about, `>50 >=50 <10 <=70` bounds, `60..70` an interval, `level:high`, `text:mostly imported`,
`unknown:not published`.  Unknown is never zero.  Numbers are plain (`45300000`), percentages run from 0 to 100 with
the unit `%`, money is in whole `USD`, `EUR`, `RMB`.  Known units stand in `checks.yaml` of the package.

## Parties
`CHN`, `NLD` (ISO 3166-1 alpha-3), `EU27`, `EU`, `EU27_UK`, `world`, or `actor:name` for an organisation of actors.csv.

## Relations
`relations.csv` says how numbers hang together, so that the checks recompute them: `sum`, `difference`, `ratio`,
`product`, `growth`, `change`, `equal`, `at_most`, `parts`, and `distinct` for records that only look alike.
"""


def _readme(name: str, slug: str) -> str:
    parts = [
        f"# {name}",
        f"A casebook folder of Straits. Ask it with the shipped casebook: `straits evidence {slug}`, "
        "`straits casebook check`.",
        _LESSONS.rstrip(),
        "## Columns",
    ]
    for table, model in TABLES.items():
        first = (model.__doc__ or "").strip().split("\n")[0].replace("``", "`")
        parts.append(
            f"### {table}.csv\n{first}\n\n"
            + "\n".join(_column(field, info) for field, info in model.model_fields.items())
        )
    return "\n\n".join(parts) + "\n"


def _column(field: str, info: Any) -> str:
    """A line on one column: whether it must be filled in, and the words that it takes."""
    need = "required" if info.is_required() else "may be empty"
    words = _words(info.annotation)
    return f"- `{field}` ({need}){': ' + ', '.join(words) if words else ''}"


def _words(annotation: Any) -> list[str]:
    """The words that a column takes, if they are a fixed list."""
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return [item.value for item in annotation]
    return [str(word) for word in get_args(annotation)] if get_origin(annotation) is Literal else []
