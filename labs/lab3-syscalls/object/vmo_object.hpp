// A Vmo that handles name: memory that processes share.
#pragma once

#include "mm/vmo.hpp"
#include "object/object.hpp"

namespace strata {

class VmoObject final : public ObjectOf<VmoObject, ObjectType::Vmo> {
 public:
  // Of so many pages of zeros. Fails as Vmo::create().
  static Result<Ref<VmoObject>> create(uint64_t pages);

  const Ref<Vmo>& vmo() const { return vmo_; }

 private:
  Ref<Vmo> vmo_;
};

}  // namespace strata
