"""Skeletons from solutions: what the marks mean, and that a wrong one is never passed over in silence."""
from __future__ import annotations

import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOP / "labs" / "make"), str(TOP / "solutions")]

import markers  # noqa: E402

GOOD = """int given();
//@ solution
#include <secret>
//@ end
int f() {
  //@ solution
  return 1;
  //@ skeleton
  // return unimplemented("1.1 f");
  // // a comment stays one
  //@ end
}
"""


def test_blocks_become_skeleton_lines():
    parts = markers.split(GOOD, "f.cpp")
    assert parts.skeleton == ('int given();\nint f() {\n  return unimplemented("1.1 f");\n  // a comment stays one\n}\n')
    assert [line.strip() for line in parts.solution] == ["#include <secret>", "return 1;"]


def test_assembly_uses_its_own_comments():
    text = "entry:\n    #@ solution\n    push %rax\n    #@ skeleton\n    # call unimplemented_1_7\n    #@ end\n"
    assert markers.split(text, "entry.S").skeleton == "entry:\n    call unimplemented_1_7\n"


@pytest.mark.parametrize("text", [
    GOOD.replace("//@ end\nint", "int"),                      # not closed before the next one
    GOOD.replace("  //@ end\n}", "}"),                        # not closed at all
    GOOD.replace("  //@ solution\n", ""),                     # a skeleton without its solution
    GOOD.replace("//@ skeleton", "//@ skeletn"),              # misspelt
    GOOD.replace("  //@ skeleton", "  x(); //@ skeleton"),    # not on a line of its own
    GOOD.replace("  // return", "  return"),                  # code where a comment belongs: would be in both
    "int f();\n",                                             # no block at all
])
def test_wrong_marks_are_errors(text):
    with pytest.raises(markers.MarkerError) as error:
        markers.split(text, "f.cpp")
    assert "f.cpp" in str(error.value)
