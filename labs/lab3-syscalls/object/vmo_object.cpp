#include "object/vmo_object.hpp"

namespace strata {

Result<Ref<VmoObject>> VmoObject::create(uint64_t pages) {
  Ref<VmoObject> object = TRY(make_object<VmoObject>());
  object->vmo_ = TRY(Vmo::create(pages));
  object->vmo_->share();
  return object;
}

}  // namespace strata
