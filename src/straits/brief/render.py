"""How a document is written down: HTML (self-contained, printable, readable by screen readers), JSON, Markdown."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from straits.brief.document import Block, Document, Figure, Items, Paragraph, Table
from straits.store.store import refusal
from straits.vocabulary.errors import nearest


def parse_formats(text: str) -> list[str]:
    """The formats in ``html,json,md``; an unknown one is refused before any work is done.

    >>> parse_formats("html, md")
    ['html', 'md']
    """
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in RENDERERS:
            raise nearest(name, RENDERERS, "format")
    return names


def write(document: Document, formats: Sequence[str], folder: Path) -> list[Path]:
    """Write the document in each format into ``folder``; returns the paths."""
    written = []
    for name in formats:
        path = folder / f"{document.name}.{name}"
        text = RENDERERS[name](document)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise refusal(error, folder) from error
        written.append(path)
    return written


def to_json(document: Document) -> str:
    """The document as JSON, drawings left out, key figures at full precision under ``facts``."""
    return json.dumps(document.to_dict(), ensure_ascii=False, indent=1) + "\n"


def to_html(document: Document) -> str:
    """One HTML page that loads nothing from anywhere."""
    from jinja2 import Environment, PackageLoader, select_autoescape

    environment = Environment(
        loader=PackageLoader("straits.brief"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    numbers = {source["ref"]: place for place, source in enumerate(document.sources, 1)}
    return environment.get_template("brief.html").render(
        document=document, numbers=numbers, figures=_figures(document), drawn=_drawn
    )


def _figures(document: Document) -> dict[str, str]:
    """Each drawing with names that are unique on the page and a label for screen readers."""
    found: dict[str, str] = {}
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Figure):
                place = f"figure{len(found) + 1}"
                if 'role="img"' in block.svg[: block.svg.find(">")]:
                    found[block.title] = _self_named(block.svg)
                    continue
                inner = block.svg.replace('id="clip', f'id="{place}clip').replace("url(#clip", f"url(#{place}clip")
                found[block.title] = inner.replace("<svg ", f'<svg role="img" aria-labelledby="{place}" ', 1)
    return found


def _self_named(svg: str) -> str:
    """A drawing that holds its own title and description: the one names it for screen readers, the other describes it."""
    head, rest = svg[: svg.find(">")], svg[svg.find(">") :]
    title, *words = re.findall(r'aria-labelledby="([^"]*)"', head)[0].split()
    described = f' aria-describedby="{words[0]}"' if words else ""
    head = re.sub(r' (role|aria-labelledby|style|width)="[^"]*"', "", head)
    return head.replace("<svg ", f'<svg role="img" aria-labelledby="{title}"{described} ', 1) + rest


def _drawn(block: Figure) -> str:
    """The width in CSS pixels at which the smallest letters of a chain (7 units) are 9 pixels high."""
    wide = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ', block.svg[: block.svg.find(">")])
    return f"{float(wide[1]) * 9 / 7:.0f}px" if wide and block.form == "chain" else ""


def to_markdown(document: Document) -> str:
    """Markdown with tables; each drawing is replaced by its text alternative."""
    numbers = {source["ref"]: place for place, source in enumerate(document.sources, 1)}
    parts = [f"# {document.title}", document.subtitle, "## Finding", *document.finding]
    refs = " ".join(f"[{numbers[ref]}]" for ref in document.finding_refs)
    parts.append(f"(computed {refs}; the rows behind each figure are named below)".replace(" ;", ";"))
    parts.append(f"**Certainty: {document.certainty}.** {document.certainty_because}")
    for section in document.sections:
        parts.append(f"## {section.title}")
        parts += [_block(block, numbers) for block in section.blocks]
    parts.append("## Sources and data versions")
    parts += [f"{numbers[source['ref']]}. {source_line(source)}" for source in document.sources]
    return "\n\n".join(parts) + "\n"


def source_line(source: dict[str, Any]) -> str:
    """One source in words."""
    if source.get("version"):
        release = f", release {source['release']}" if source.get("release") else ""
        return (
            f"{source['publisher']}, {source['title']}{release}. {source['citation']} Licence: {source['licence']}. "
            f"Data {source['dataset']} {source['version']}. {source['url']}"
        )
    return str(source["citation"])


def _block(block: Block, numbers: dict[str, int]) -> str:
    if isinstance(block, Items):
        return "\n".join(f"- {_paragraph(entry, numbers)}" for entry in block.entries)
    if isinstance(block, Paragraph):
        return _paragraph(block, numbers)
    if isinstance(block, Figure):
        words = f"\n\n```text\n{block.words}\n```" if block.words else ""
        return f"**Figure: {block.title}** ({_trail(block, numbers)})\n\n{block.alt}{words}"
    head = "| " + " | ".join(block.columns) + " |"
    rule = "|" + "|".join(" ---: " if i in block.numeric else " --- " for i in range(len(block.columns))) + "|"
    rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in block.rows]
    return "\n".join([f"**{block.caption}** ({_trail(block, numbers)})", "", head, rule, *rows])


def _paragraph(block: Paragraph, numbers: dict[str, int]) -> str:
    trail = _trail(block, numbers)
    return f"{block.text} ({trail})" if trail else block.text


def _trail(block: Paragraph | Figure | Table, numbers: dict[str, int]) -> str:
    refs = " ".join(f"[{numbers[ref]}]" for ref in block.refs)
    locator = getattr(block, "locator", None) or ""
    rows = f"rows: `{block.command}`" if block.command else ""
    return "; ".join(part for part in (f"{block.basis} {refs}".strip(), locator, rows) if part)


RENDERERS = {"html": to_html, "json": to_json, "md": to_markdown}
