// Challenge 2.11: objects of any size, in the machine's real frames.
#include <iterator>

#include "slab_objects.hpp"

namespace strata {

namespace {

void observe(TestRun& run, uint64_t index, const Objects& objects) {
  run.seen("misplaced", index, objects.misplaced());
  run.seen("spoilt", index, objects.spoilt());
  run.seen("frames", index, objects.frames());
}

// Two slabs and a bit, given back in any order; half of them come and go once more on the way.
void slab_objects(TestRun& run) {
  Random& random = run.random();
  for (uint64_t i = 0; i < 6; ++i) {
    Objects objects(draw_shape(random));
    uint64_t wanted = 2 * frame_size / objects.shape().stride() + 3, taken = 0, given = 0;
    for (uint64_t n = 0; n < wanted; ++n) taken += objects.take() == Error::Success;
    for (uint64_t n = 0; n < wanted / 2 && objects.count() != 0; ++n) {
      given += objects.give(random.below(objects.count())) == Error::Success;
      if (n % 2 == 0) taken += objects.take() == Error::Success;
    }
    while (objects.count() != 0) given += objects.give(random.below(objects.count())) == Error::Success;
    run.seen("taken", i, taken);
    run.seen("given", i, given);
    observe(run, i, objects);
  }
}

// A frame at a time, no sooner than needed, and back as soon as it is empty.
void slab_frames(TestRun& run) {
  Random& random = run.random();
  for (uint64_t i = 0; i < 4; ++i) {
    Objects objects(draw_shape(random));
    uint64_t fit = objects.per_slab();
    run.seen("per_slab", i, fit);
    run.seen("measured", i, objects.frames());
    while (objects.count() < 3 * fit) {
      if (objects.take() != Error::Success) return;
    }
    run.seen("full", i, objects.frames());
    run.seen("given", i, objects.give(random.below(objects.count())));
    run.seen("taken", i, objects.take());
    run.seen("again", i, objects.frames());
    uint64_t slab = objects.slab_of(random.below(objects.count())), given = 0;
    for (size_t n = objects.count(); n-- > 0;) {
      if (objects.slab_of(n) == slab) given += objects.give(n) == Error::Success;
    }
    run.seen("emptied", i, given);
    run.seen("back", i, objects.frames());
    run.seen("taken_new", i, objects.take());
    run.seen("new", i, objects.frames());
    while (objects.count() != 0) (void)objects.give(0);
    observe(run, i, objects);
  }
}

void slab_refuses(TestRun& run) {
  Random& random = run.random();
  for (uint64_t i = 0; i < 6; ++i) {
    Shape shape = draw_shape(random);
    Objects objects(shape), others(shape, 1);
    for (uint64_t n = 0; n < 3; ++n) {
      if (objects.take() != Error::Success || others.take() != Error::Success) return;
    }
    uint8_t* kept = objects.at(random.below(3));
    run.seen("inner", i, objects.take_back(kept + 1 + random.below(shape.bytes - 1)));
    run.seen("header", i, objects.take_back(kept - reinterpret_cast<uint64_t>(kept) % frame_size));
    run.seen("others", i, objects.take_back(others.at(random.below(3))));
    size_t chosen = random.below(3);
    uint8_t* gone = objects.at(chosen);
    run.seen("given", i, objects.give(chosen));
    run.seen("twice", i, objects.take_back(gone));
    run.seen("taken", i, objects.take());
    run.seen("after", i, objects.take());
    uint64_t given = 0;
    while (objects.count() != 0) given += objects.give(0) == Error::Success;
    while (others.count() != 0) given += others.give(0) == Error::Success;
    run.seen("left", i, given);
    observe(run, i, objects);
  }
}

void slab_out_of_memory(TestRun& run) {
  Random& random = run.random();
  for (uint64_t i = 0; i < 4; ++i) {
    Objects objects(draw_shape(random));
    run.seen("first", i, objects.take(0));
    uint64_t fit = objects.per_slab();
    while (objects.count() < fit) {
      if (objects.take() != Error::Success) return;
    }
    run.seen("full", i, objects.take(0));
    run.seen("given", i, objects.give(random.below(fit)));
    run.seen("room", i, objects.take(0));
    run.seen("again", i, objects.take());
    run.seen("slabs", i, objects.frames());
    while (objects.count() != 0) (void)objects.give(0);
    observe(run, i, objects);
  }
}

// A long life of three caches, with memory that runs out, and objects that are given back by mistake.
class Caches {
 public:
  explicit Caches(TestRun& run)
      : run_(run),
        caches_{Objects(draw_shape(run.random()), 0), Objects(draw_shape(run.random()), 1),
                Objects(draw_shape(run.random()), 2)} {
    for (size_t i = 0; i < 3; ++i) run.seen("per_slab", i, caches_[i].per_slab());
  }

  void step(uint64_t index) {
    Random& random = run_.random();
    size_t which = random.below(3);
    Objects& objects = caches_[which];
    uint64_t what = random.below(8), number = random.next(), count = 1 + random.below(24);
    uint64_t allowed = random.below(4) == 0 ? 0 : 1;
    if (what == 0 && objects.count() != 0) {
      uint8_t* object = objects.at(number % objects.count());
      Objects& other = caches_[(which + 1) % 3];
      run_.seen("inner", index, objects.take_back(object + 1 + number % (objects.shape().bytes - 1)));
      run_.seen("others", index, other.take_back(object));
    } else if (what < (index / 40 % 2 == 0 ? 5 : 3)) {
      for (uint64_t n = 0; n < count && objects.count() < 300; ++n) take(index * 32 + n, objects, allowed);
    } else {
      for (uint64_t n = 0; n < count && objects.count() != 0; ++n) {
        run_.seen("given", index * 32 + n, objects.give((number + n) % objects.count()));
      }
    }
    run_.seen("frames", index, caches_[0].frames());
  }

  void end(uint64_t index) {
    uint64_t wrong = 0;
    for (Objects& objects : caches_) {
      while (objects.count() != 0) (void)objects.give(0);
      wrong += objects.misplaced() + objects.spoilt();
    }
    run_.seen("wrong", index, wrong);
    run_.seen("frames", index, caches_[0].frames());
  }

 private:
  // In which slab it is: the first object there that is held already; the number of objects held before when there is none.
  void take(uint64_t index, Objects& objects, uint64_t allowed) {
    size_t neighbour = 0, count = objects.count();
    run_.seen("outcome", index, objects.take(allowed));
    if (objects.count() == count) return;
    while (neighbour < count && objects.slab_of(neighbour) != objects.slab_of(count)) ++neighbour;
    run_.seen("neighbour", index, neighbour);
  }

  TestRun& run_;
  Objects caches_[3];
};

void slab_model(TestRun& run) {
  Caches caches(run);
  for (uint64_t i = 0; i < 240; ++i) caches.step(i);
  caches.end(240);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.slab_objects", slab_objects}, {"lab2.slab_frames", slab_frames},
    {"lab2.slab_refuses", slab_refuses}, {"lab2.slab_out_of_memory", slab_out_of_memory},
    {"lab2.slab_model", slab_model},
};

}  // namespace
}  // namespace strata
