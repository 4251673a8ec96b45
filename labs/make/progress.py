"""Which exercise comes next (`make next`): told by the tests, not by a list of what somebody has ticked off."""
from __future__ import annotations

import json
import os
import subprocess
import sys

import tree


def waiting(tests: list[dict], order: list[str]) -> dict[str, list[str]]:
    """Test id -> the later exercises that it needs and that are not done: nothing to do about it now. An exercise is done
    when all its tests pass but those that wait in turn. `order`: the numbers of all exercises."""
    position = {number: at for at, number in enumerate(order)}
    failing = [test for test in tests if test["verdict"] != "pass"]
    open_exercises = {test["exercise"] for test in failing
                      if all(position[number] <= position[test["exercise"]] for number in test["needs"])}
    found = {}
    for test in failing:
        later = [number for number in test["needs"]
                 if number in open_exercises and position[number] > position[test["exercise"]]]
        if later:
            found[test["id"]] = later
    return found


def next_exercise(_: str) -> int:
    """Say which exercise comes next: the first one that has a test which neither passes nor waits for a later one. Labs that
    SOLUTIONS takes from the reference are done."""
    results = tree.root() / "build" / "next.json"
    solutions = os.environ.get("SOLUTIONS", "")
    for lab in tree.labs():
        if str(lab.number) in solutions.split():
            continue
        command = [sys.executable, str(tree.root() / "grading" / "grade"), "--lab", str(lab.number), "--solutions", solutions,
                   "--json", str(results)]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            return done.returncode
        graded, = json.loads(results.read_text(encoding="utf-8"))["labs"]
        exercises = [exercise for exercise in tree.exercises() if exercise.lab.number == lab.number]
        if _say_next([exercise for exercise in exercises if not exercise.challenge], graded["tests"]):
            return 0
        print(f"All exercises of lab {lab.number} pass. Hand in:  make handin LAB={lab.number}")
        unbeaten = {test["exercise"] for test in graded["challenges"]["tests"] if test["verdict"] != "pass"}
        for exercise in exercises:
            if exercise.number in unbeaten:
                print(f"For those who want more, challenge {exercise.number}: {exercise.title}, {exercise.page}")
    return 0


def _say_next(exercises: list[tree.Exercise], tests: list[dict]) -> bool:
    """The same for one lab; False if there is none."""
    waits = waiting(tests, [exercise.number for exercise in exercises])
    later = []
    for exercise in exercises:
        own = [test for test in tests if test["exercise"] == exercise.number]
        passing = sum(test["verdict"] == "pass" for test in own)
        later += [f"later    {test['id'].split('.', 1)[1]} of exercise {exercise.number} waits for "
                  + " and ".join(waits[test["id"]]) for test in own if test["id"] in waits]
        if any(test["verdict"] != "pass" and test["id"] not in waits for test in own):
            print(f"next     exercise {exercise.number}: {exercise.title}  ({passing} of {len(own)} tests pass)")
            print(f"write    {tree.relative(exercise.path)}: {', '.join(exercise.functions)}")
            print(f"read     {exercise.page}")
            print(f"try it   make try EX={exercise.number}", *later, sep="\n")
            return True
    return False
