// SPDX-License-Identifier: BSD-3-Clause
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "workforce_scene.hpp"

using namespace workforce_scene;

TEST_CASE("every job that is submitted comes home once")
{
    Scene scene({{quick}, {quick}, {quick}}, {.slots = 2});
    for (int i = 0; i < 100; ++i) scene.submit({0, 1, 2});
    scene.wait_home(300);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    std::map<FunctionId, int> count;
    for (const auto& [id, returned] : scene.home) {
        ++count[id];
        CHECK(returned.bytes == "1");
    }
    CHECK(count == std::map<FunctionId, int>{{0, 100}, {1, 100}, {2, 100}});
}

TEST_CASE("never more invocations at once than slots")
{
    Scene scene(std::vector<Scene::Entry>(8, {brief}), {.slots = 3, .patience_ns = kForEver});
    scene.submit({0, 1, 2, 3, 4, 5, 6, 7});
    scene.wait_home(8);
    CHECK(scene.stage.most_inside <= 3);
    CHECK(scene.stage.most_inside >= 1);
}

TEST_CASE("one slot means one invocation at a time, in due order")
{
    Scene scene(std::vector<Scene::Entry>(6, {brief}), {.slots = 1, .gives_slots_back = false});
    scene.submit({3, 1, 5, 0, 2, 4});
    scene.wait_home(6);
    CHECK(scene.stage.most_inside == 1);
    std::vector<FunctionId> order;
    for (const auto& [id, returned] : scene.home) order.push_back(id);
    CHECK(order == std::vector<FunctionId>{3, 1, 5, 0, 2, 4});
}

TEST_CASE("invocations that hang give their slots back, and the rest goes on")
{
    Scene scene({{held}, {held}, {quick}}, {.slots = 2, .patience_ns = 0});
    scene.submit({0, 1});
    scene.wait_inside(2);
    scene.submit({2});
    scene.wait_home(1);
    CHECK(scene.home[0].first == 2);
    // The quick one may be on its way out still.
    std::set<FunctionId> stuck;
    for (const Stuck& one : scene.pool->stuck()) stuck.insert(one.id);
    CHECK(stuck.contains(0));
    CHECK(stuck.contains(1));

    scene.stage.let_go();
    scene.wait_home(3);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    CHECK(scene.pool->stuck().empty());
    scene.submit({2});
    scene.wait_home(4);
}

TEST_CASE("a library that hangs gets no more slots than can be given back, and others keep theirs")
{
    Scene scene({{held}, {held}, {held}, {quick, 0, 1}}, {.slots = 2, .patience_ns = 0, .extra_of_a_library = 2});
    scene.submit({0, 1});
    scene.wait_inside(2);
    scene.submit({2, 3});
    scene.wait_home(1);
    CHECK(scene.home[0].first == 3);
    CHECK(scene.stage.inside == 2);
    scene.stage.let_go();
    scene.wait_home(4);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("without giving slots back, what hangs keeps its slot")
{
    Scene scene({{held}, {quick}}, {.slots = 1, .gives_slots_back = false, .patience_ns = 0});
    scene.submit({0});
    scene.wait_inside(1);
    scene.submit({1});
    CHECK(scene.pool->running() == 1);
    scene.stage.let_go();
    scene.wait_home(2);
    CHECK(scene.home[0].first == 0);
}

TEST_CASE("DW_SERIAL_LIBRARY keeps a whole library to one invocation, and other libraries free")
{
    Scene scene({{brief, DW_SERIAL_LIBRARY, 0}, {brief, 0, 0}, {brief, 0, 0}, {brief, 0, 0}}, {.slots = 4});
    for (int i = 0; i < 5; ++i) scene.submit({0, 1, 2, 3});
    scene.wait_home(20);
    CHECK(scene.stage.most_inside == 1);
}

TEST_CASE("cancel drops what waits and reaches what runs")
{
    Scene scene({{patient}, {quick}}, {.slots = 1});
    scene.submit({0, 1});
    scene.wait_inside(1);
    scene.pool->cancel();
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    REQUIRE(scene.home.size() == 1);
    CHECK(scene.home[0].second.outcome == Outcome::kCancelled);
    scene.submit({1});
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    CHECK(scene.home.size() == 1);
}

TEST_CASE("what does not end is not drained")
{
    Scene scene({{held}}, {.slots = 1});
    scene.submit({0});
    scene.wait_inside(1);
    scene.pool->cancel();
    CHECK_FALSE(scene.pool->drained(monotonic_ns()));
    scene.stage.let_go();
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("a function's state is made before its first use, kept, made anew when asked, and ended once")
{
    Scene scene({{stateful, 0, 0, true}, {quick, 0, 0, true}}, {.slots = 1});
    scene.submit({0});
    scene.submit({0});
    scene.submit({0}, true);
    scene.wait_home(3);
    CHECK(scene.home[0].second.bytes == "1");
    CHECK(scene.home[1].second.bytes == "2");
    CHECK(scene.home[2].second.bytes == "1");
    CHECK(scene.stage.created == 2);
    CHECK(scene.stage.destroyed == 1);
    scene.pool.reset();
    CHECK(scene.stage.destroyed == 2);
}
