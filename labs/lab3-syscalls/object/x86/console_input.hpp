// What arrives on COM1 (TI PC16550D data sheet, section 8): looked at, not waited for.
#pragma once

namespace strata {

bool character_waits();

// Only when one waits.
char take_character();

}  // namespace strata
