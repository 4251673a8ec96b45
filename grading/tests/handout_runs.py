#!/usr/bin/env python3
"""The transcripts in the handout, and some pictures, come from real runs: this makes them, and says which are out of date.

handout_runs.ini tells how each one is made; a comment `<!-- transcript name="..." -->` above a fenced block, where it
stands; a picture has the name of its recipe. `handout_runs.py` compares (numbers and addresses may differ),
`handout_runs.py --write` writes blocks and pictures anew.
"""
from __future__ import annotations

import argparse
import configparser
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Dict, Iterator, List, Tuple

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "handout"), str(TOP / "labs" / "make")]
sys.dont_write_bytecode = True

import listings  # noqa: E402
import tree  # noqa: E402

INI = Path(__file__).with_name("handout_runs.ini")
SCRATCH = Path("build/handout/runs")
PICTURES = TOP / "handout" / "pictures"
PICTURE = re.compile(r"\]\(pictures/([\w-]+)\.svg\)")
REMARK = "strata: "
WIDTH = 104  # what the pages show without scrolling


def recipes() -> Dict[str, configparser.SectionProxy]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(INI, encoding="utf-8")
    return {name: parser[name] for name in parser.sections()}


def command(*words: str) -> str:
    """What a command prints, its messages last: the two streams may meet in the middle of a line. Its exit status is the reader's
    business."""
    done = subprocess.run(words, cwd=TOP, stdin=subprocess.DEVNULL, capture_output=True, timeout=300, check=False)
    return (done.stdout + done.stderr).decode(errors="replace").replace("\r", "")


def edits(recipe: configparser.SectionProxy) -> Iterator[Tuple[str, str, str]]:
    """File, what stands there, what shall stand there."""
    for line in filter(None, recipe.get("edit", "").splitlines()):
        file, old, new = (part.strip() for part in line.split(":::"))
        yield file, old, new.replace("\\n", "\n")


def build(name: str, recipe: configparser.SectionProxy) -> Path:
    """Earlier labs and the exercises up to `upto` from the reference, some files edited; the others are skeletons."""
    lab = tree.lab(int(recipe["upto"].split(".")[0]))
    last = int(recipe["upto"].split(".")[1])
    written = [exercise.file for exercise in tree.exercises() if exercise.lab == lab
               and int(exercise.number.split(".")[1]) <= last]
    changed: Dict[str, str] = {}
    for file, old, new in edits(recipe):
        base = TOP / "solutions" / lab.name if file in written else lab.folder
        text = changed.get(file) or (base / file).read_text(encoding="utf-8")
        if old not in text:
            raise ValueError(f"{INI.name} [{name}]: {file} has no {old!r} any more")
        changed[file] = text.replace(old, new, 1)
    overlay = SCRATCH / name if changed else Path("solutions")
    for file in {*written, *changed} if changed else ():
        text = changed.get(file) or (TOP / "solutions" / lab.name / file).read_text(encoding="utf-8")
        target = TOP / overlay / lab.name / file
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            tree.write_file(target, text.encode())
    take = " ".join(f"{lab.name}/{file}" for file in sorted({*written, *changed}))
    variant, cmdline = f"handout/{name}", recipe.get("cmdline", "")
    earlier = " ".join(str(number) for number in range(1, lab.number)) or "none"
    out = command("make", "-s", "-j2", "kernel", f"STAGE={lab.number}", f"SOLUTIONS={earlier}", f"VARIANT={variant}",
                  f"CMDLINE={cmdline}", *((f"OVERLAY={overlay}", f"TAKE={take}") if take else ()))
    kernel = tree.image(TOP / "build" / f"stage{lab.number}" / variant, "kernel", cmdline)
    if not kernel.is_file():
        raise ValueError(f"[{name}] does not build:\n{out}")
    return kernel


def boot(name: str, recipe: configparser.SectionProxy) -> List[str]:
    """What a student sees; the runner's remarks come last, as they and the console have no common order."""
    kernel = build(name, recipe)
    lines = command("labs/make/run", str(kernel), "--elf", str(kernel.with_name("kernel.elf")), "--stage",
                    recipe["upto"].split(".")[0], *(["--fault"] if "fault" in recipe else [])).replace(
                        f"{SCRATCH}/{name}/", "labs/").splitlines()
    shutil.rmtree(kernel.parent)
    return [line for line in lines if not line.startswith(REMARK)] + [
        line.replace("Ctrl-c ends it", "leave with Ctrl-a x") for line in lines if line.startswith(REMARK)]


def report(_: str, recipe: configparser.SectionProxy) -> List[str]:
    """The grader's block on one test of a submission that is right but for one wrong solution, or for some edits."""
    wrong = recipe.get("wrong", "")
    exercise = tree.exercise(wrong.split("-")[0] or recipe["exercise"])
    submission = TOP / SCRATCH / "submission"
    shutil.rmtree(submission, ignore_errors=True)
    labs = [lab for lab in tree.labs() if lab.number <= exercise.lab.number]
    for lab, file in ((lab, file) for lab in labs for file in lab.exercises):
        text = (TOP / "solutions" / lab.name / file).read_text(encoding="utf-8")
        for edited, old, new in edits(recipe) if lab == exercise.lab else ():
            text = text.replace(old, new, 1) if edited == file else text
        tree.write_file(submission / "labs" / lab.name / file, text.encode())
    for patch in (TOP / "grading" / "mutants").glob(f"lab*/{wrong}.patch") if wrong else ():
        subprocess.run(["patch", "--quiet", "--strip=1", f"--directory={submission / 'labs'}", f"--input={patch}"],
                       check=True)
    text = command("env", f"SAN={recipe.get('san', '')}", "grading/grade", "--exercise", exercise.number, "--seed",
                   recipe["seed"], "--submission", str(submission), "--json", str(TOP / SCRATCH / "grade.json"))
    # What the report of a student's tree, which has neither a submission nor wrong solutions, does not say.
    lines = re.sub(r" SUBMISSION=\S+| \(same symptoms as[^)]+\)", "", text).splitlines()
    start = next(i for i, line in enumerate(lines) if f".{recipe['test']} " in line)
    end = next((i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines))
    return lines[start:end]


def transcript(name: str, recipe: configparser.SectionProxy) -> str:
    """The text of the block: the lines that match `show`, "..." for those between them; remarks are wrapped."""
    lines = boot(name, recipe) if "upto" in recipe else report(name, recipe) if "test" in recipe else \
        command("sh", "-c", recipe["shell"]).splitlines()
    pattern, shown = re.compile(recipe.get("show", "")), []
    for line in lines:
        if pattern.search(line):
            ours = line.startswith(REMARK)
            shown += textwrap.wrap(line, WIDTH, subsequent_indent="    ") if ours else [line.rstrip()]
        elif shown and shown[-1] != "...":
            shown.append("...")
    while shown and shown[-1] in ("...", ""):
        shown.pop()
    return "".join(f"{line}\n" for line in shown)


def masked(text: str) -> str:
    """What must be equal: all but numbers, addresses and the width of tables."""
    return re.sub(r" +", " ", re.sub(r"\b(0x)?[0-9a-f]*[0-9][0-9a-f]*\b", "N", text))


def pictures(text: str) -> List[str]:
    """Those in a page that come from real runs, by name."""
    return [name for name in PICTURE.findall(text) if "picture" in recipes().get(name, ())]


def picture(name: str, recipe: configparser.SectionProxy, write: bool) -> List[str]:
    """What is out of date in a picture: its words, for how many boxes there are depends on where each frame lies."""
    made, kept = TOP / recipe["picture"], PICTURES / f"{name}.svg"
    made.unlink(missing_ok=True)
    said = command("sh", "-c", recipe["shell"])
    if not made.is_file():
        raise ValueError(f"[{name}] draws nothing:\n{said}")
    new = made.read_text(encoding="utf-8")
    old, drawn = (set(re.findall(r">(.*)</", masked(text)))
                  for text in (kept.read_text(encoding="utf-8") if kept.is_file() else "", new))
    if old == drawn:
        return []
    if write:
        kept.write_text(new, encoding="utf-8")
    return [f"{kept.name} is out of date; a run adds {sorted(drawn - old)} and lacks {sorted(old - drawn)}"]


def check(page: Path, write: bool, only: str) -> List[str]:
    """What is out of date in a page."""
    known, wrong = recipes(), []

    def block(match: re.Match) -> str:
        name = listings.attributes(match).get("name", "")
        if match["kind"] != "transcript" or only not in ("", name):
            return match[0]
        if name not in known:
            wrong.append(f"{page.name}: {INI.name} has no [{name}]")
            return match[0]
        body = transcript(name, known[name])
        if masked(body) == masked(match["body"]):
            return match[0]
        wrong.append(f"{page.name}: transcript {name} is out of date; a run gives:\n{body}")
        return match[0].replace(match["fence"] + match["body"], match["fence"] + body)

    text = listings.MARK.sub(block, page.read_text(encoding="utf-8"))
    if write:
        page.write_text(text, encoding="utf-8")
    for name in pictures(text):
        if only in ("", name):
            wrong += picture(name, known[name], write)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description="Compare the handout's transcripts with real runs.")
    parser.add_argument("--write", action="store_true", help="write the blocks anew")
    parser.add_argument("name", nargs="?", default="", help="only this transcript")
    arguments = parser.parse_args()
    wrong = [line for page in sorted((TOP / "handout").glob("*.md"))
             for line in check(page, arguments.write, arguments.name)]
    print("\n".join(wrong) or "all transcripts and pictures are those of real runs")
    return 1 if wrong and not arguments.write else 0


if __name__ == "__main__":
    sys.exit(main())
