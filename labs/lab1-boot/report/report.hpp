// The report: what the grader reads on COM2. Lines carry observations, never verdicts; the host knows the inputs, which
// follow from the run's seed, and judges. Nothing here uses an exercise of the student's.
//
//     <nonce> <sequence> <kind> ...      kinds: entered, test, seen, missing, undefined, panic, resources, done, end
//
// The nonce comes from the host by fw_cfg and is "-" in a run that nobody grades.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/error.hpp"

namespace strata::report {

// Reads the run's nonce, seed and list of tests, arms the watchdog if there are any, and says `entered`.
void start();

// Does somebody wait for test results?
bool graded();
uint64_t seed();
std::string_view test_list();  // names with commas between them

void test_begins(std::string_view name);
void test_ends(std::string_view name);
uint64_t tests_begun();  // 0 before the first
void seen(std::string_view key, uint64_t index, uint64_t value);
void seen(std::string_view key, uint64_t index, std::string_view text);
void resources(uint64_t run, uint64_t frames, uint64_t objects);
void missing(std::string_view exercise);
void undefined(std::string_view finding);  // "file:line:column: what"

// `place` is the instruction at fault, or 0. The kernel may go on afterwards, inside an attempt.
void panic(std::string_view reason, uint64_t place);

// The last line: how many lines came before it.
void end();

}  // namespace strata::report
