#include "object/object.hpp"

namespace strata {

Result<uint64_t> Object::read(UserPtr<char>, uint64_t) { return Error::NotSupported; }
Result<uint64_t> Object::write(UserPtr<const char>, uint64_t) { return Error::NotSupported; }
void Object::slot_cleared(Slot&) {}

}  // namespace strata
