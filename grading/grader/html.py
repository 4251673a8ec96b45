"""The report as one HTML page that needs nothing else: no network, no scripts, readable in a dark room and on paper."""
from __future__ import annotations

from html import escape
from typing import Any, Dict, List

from .report import visible

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; background: #fff }
h1, h2 { line-height: 1.2 } .score { float: right; font-variant-numeric: tabular-nums }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884;
vertical-align: top } td.points { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
.verdict { font-weight: 600; white-space: nowrap } .pass { color: #176f2c } .missing { color: #666 }
.fail, .crash, .hang { color: #b3261e } .error { color: #8a5a00 }
dl { margin: .3rem 0; display: grid; grid-template-columns: 6rem 1fr; gap: .1rem .6rem; font-size: .9rem } dt { color: #666 }
dd { margin: 0; overflow-wrap: anywhere; font-family: ui-monospace, monospace }
svg { max-width: 100%; height: auto }
.bar { height: .6rem; background: #8883; border-radius: .3rem; overflow: hidden } .bar div { height: 100%; background: #176f2c }
footer { margin-top: 2rem; color: #666; font-size: .85rem }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #161616 } .pass { color: #6cc17f }
.fail, .crash, .hang { color: #ff8a80 } dt, .missing, footer { color: #999 } .bar div { background: #6cc17f } }
"""


def page(grade: Dict[str, Any]) -> str:
    """The whole page from the contents of grade.json."""
    title = f"Strata: {grade['score']}/{grade['max']}"
    parts = [f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>",
             "<meta name=viewport content='width=device-width'>", f"<style>{STYLE}</style></head><body>",
             f"<h1>Strata <span class=score>{grade['score']}/{grade['max']}</span></h1>"]
    for lab in grade["labs"]:
        parts += _lab(lab)
    versions = ", ".join(f"{name} {text}" for name, text in grade["versions"].items())
    parts.append(f"<footer>{escape(versions)}</footer></body></html>\n")
    return "\n".join(parts)


def _lab(lab: Dict[str, Any]) -> List[str]:
    share = 100 * lab["score"] / lab["max"] if lab["max"] else 0
    mode = "" if lab["isolated"] else " Everything ran on the whole kernel."
    parts = [f"<h2>Lab {lab['lab']} <span class=score>{lab['score']}/{lab['max']}</span></h2>",
             f"<div class=bar><div style='width:{share:.0f}%'></div></div>", f"<p>Seed {lab['seed']}.{mode}</p>"]
    parts += [f"<p>Note: {escape(visible(note))}</p>" for note in lab["notes"]]
    return parts + _table(lab["tests"]) + _challenges(lab["challenges"])


def _challenges(challenges: Dict[str, Any]) -> List[str]:
    parts = [f"<p>Challenge {number} is not written, and need not be.</p>" for number in challenges["unwritten"]]
    begun = [test for test in challenges["tests"] if test["exercise"] not in challenges["unwritten"]]
    if begun:
        parts.append(f"<h3>Challenges <span class=score>{challenges['score']}/{challenges['max']}, apart</span></h3>")
    return parts + _table(begun)


def _table(tests: List[Dict[str, Any]]) -> List[str]:
    if not tests:
        return []
    return ["<table><tr><th>test<th>exercise<th>verdict<th>points</tr>", *map(_test, tests), "</table>"]


def _test(test: Dict[str, Any]) -> str:
    verdict = test["verdict"]
    rows = [("tests", test["summary"])]
    if verdict != "pass":
        rows += [("expected", test["expected"]), ("seen", test["seen"]), ("likely", test["diagnosis"]), ("read", test["page"])]
    rows += [("undefined", finding) for finding in test["undefined"]]
    details = "".join(f"<dt>{name}<dd>{escape(visible(text))}" for name, text in rows if text)
    return (f"<tr><td>{escape(test['id'])}<dl>{details}</dl><td>{test['exercise']}"
            f"<td class='verdict {verdict.split()[0]}'>{verdict}<td class=points>{test['points']}/{test['max']}</tr>"
            + (f"<tr><td colspan=4>{test['picture']}</tr>" if test["picture"] else ""))
