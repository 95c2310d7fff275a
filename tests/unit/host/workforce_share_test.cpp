// SPDX-License-Identifier: BSD-3-Clause
//
// What a workforce leaves to the thread that submits.
#include <doctest/doctest.h>

#include "workforce_scene.hpp"

using namespace workforce_scene;

TEST_CASE("what is left to the caller runs when it comes, on its thread, and wakes no worker before")
{
    Scene scene({{where}}, {.slots = 1});
    scene.settle(0);
    REQUIRE(scene.share({0}));
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    CHECK(scene.home.empty());
    scene.pool->run_share();
    REQUIRE(scene.home.size() == 1);
    CHECK(scene.stage.runner == std::this_thread::get_id());
    CHECK(scene.pool->drained(0));
}

TEST_CASE("of several parcels one is left to the caller")
{
    Scene scene({{brief}, {brief}, {brief}}, {.slots = 3});
    REQUIRE(scene.share({0, 1, 2}));  // each alone, as they never ran
    scene.wait_home(2);
    scene.pool->run_share();
    scene.wait_home(3);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("nothing is left to the caller while all slots are taken")
{
    Scene scene({{held}, {quick}}, {.slots = 1, .patience_ns = kForEver});
    scene.submit({0});
    scene.wait_inside(1);
    CHECK_FALSE(scene.share({1}));
    scene.pool->run_share();
    CHECK(scene.home.empty());
    scene.stage.let_go();
    scene.wait_home(2);
}

TEST_CASE("a caller that hangs in its share gives its slot back, and all the workers stay")
{
    Scene scene({{held}, {quick}}, {.slots = 1, .patience_ns = 20'000'000});
    scene.settle(1);
    REQUIRE(scene.share({0}));
    std::thread caller([&] { scene.pool->run_share(); });
    scene.wait_inside(1);
    scene.submit({1});
    scene.wait_home(1);
    CHECK(scene.home[0].first == 1);
    scene.stage.let_go();
    caller.join();
    scene.settle(1);
    REQUIRE(scene.share({1}));
    scene.pool->run_share();
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
}

TEST_CASE("a share that was cancelled before the caller came is dropped")
{
    Scene scene({{quick}}, {.slots = 1});
    scene.settle(0);
    REQUIRE(scene.share({0}));
    scene.pool->cancel();
    scene.pool->run_share();
    CHECK(scene.home.empty());
    CHECK(scene.pool->drained(0));
}

TEST_CASE("a caller that runs past a timeout in its share is reported, and counts as lost until it returns")
{
    Scene scene({{held}, {quick}}, {.slots = 1});
    scene.set_timeout(0, std::chrono::milliseconds(1));
    scene.settle(1);
    REQUIRE(scene.share({0}));
    std::thread caller([&] { scene.pool->run_share(); });
    scene.wait_home(1);
    CHECK(scene.home[0].second.outcome == Outcome::kTimedOut);
    CHECK(scene.pool->lost_threads() == 1);
    scene.stage.let_go();
    caller.join();
    CHECK(scene.home.size() == 2);
    CHECK(scene.home[1].second.was_reported);
    CHECK(scene.pool->lost_threads() == 0);
}

TEST_CASE("a parcel whose functions have become slow leaves the rest to others")
{
    constexpr FunctionId kSlow = 64;
    Scene scene(std::vector<Scene::Entry>(kSlow, {slowing}), {.slots = 2, .patience_ns = kForEver});
    std::vector<FunctionId> all;
    for (FunctionId id = 0; id < kSlow; ++id) all.push_back(id);
    scene.submit(all);
    scene.wait_home(kSlow);
    scene.pool->drained(monotonic_ns() + kForEver / 4);
    scene.home.clear();
    scene.stage.let_go();  // from now on they take their time
    scene.submit(all);     // one parcel
    scene.wait_home(kSlow);
    CHECK(scene.pool->drained(monotonic_ns() + kForEver / 4));
    CHECK(scene.stage.most_inside == 2);
}
