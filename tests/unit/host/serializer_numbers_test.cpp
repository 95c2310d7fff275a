// SPDX-License-Identifier: BSD-3-Clause
//
// serializer_numbers.hpp: the same serializer keeps its number, another gets the next, none is used again.
#include "serializer_numbers.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "scratch_folder.hpp"

using namespace dumbwaiter;

namespace {

struct Starts {
    ScratchFolder folder;
    std::unique_ptr<Store> store = *Store::open(folder.path / "store", {.durability = Durability::kVolatile});
    Manifest manifest;
    Registry registry;

    // A host's start with one function; its number, or the error's text.
    Expected<int> start(const std::string& serializer)
    {
        manifest =
            parse_manifest(
                fmt::format("[dumbwaiter]\nisolation = \"thread\"\nplugin_path = [\"{}\"]\n[functions.a]\nfunction = "
                            "\"tick.so:tick\"\n{}\n",
                            TEST_PLUGINS_DIR, serializer),
                "m", "/")
                .manifest;
        const Resolution resolution = resolve(manifest);
        REQUIRE_MESSAGE(resolution.problems.empty(), format_problems("m", resolution.problems));
        registry = open_registry(manifest, resolution);
        if (const Status given = give_out_numbers(manifest, resolution, registry, *store); !given) {
            return std::unexpected(given.error());
        }
        return static_cast<int>(manifest.functions[0].serializer);
    }
    std::string document(int number) { return (*store->document("#serializers", fmt::to_string(number))).value_or(""); }
};

const std::string kHex = "serializer = \"serializers.so:hex\"\n";

}  // namespace

TEST_CASE("a serializer gets a number for each set of options, and the same again")
{
    Starts starts;
    CHECK(*starts.start("") == 1);
    CHECK(starts.document(128).empty());
    CHECK(*starts.start(kHex) == 128);
    CHECK(starts.document(128) ==
          R"({"number":128,"library":"serializers.so","symbol":"hex","media_type":"text/plain","options":{}})");
    CHECK(*starts.start(kHex + "serializer_options = { a = 1.0, b = [true] }") == 129);
    CHECK(*starts.start(kHex + "serializer_options = { b = [true], a = 1.0 }") == 129);
    CHECK(*starts.start(kHex + "serializer_options = { a = 1, b = [true] }") == 130);
    CHECK(*starts.start("serializer = \"serializers.so:one_way\"") == 131);
    CHECK(*starts.start(kHex) == 128);
    CHECK(starts.registry.functions[0]->serializer->name == "serializers.so:hex");
}

TEST_CASE("serializers that only older values need can be called, or it is known why not")
{
    Starts starts;
    CHECK(*starts.start(kHex) == 128);
    const Store::Put gone{"#serializers", "200", R"({"number":200,"library":"gone.so","symbol":"x","options":{}})"};
    REQUIRE(starts.store->commit({}, std::span(&gone, 1)));
    CHECK(*starts.start("") == 1);
    CHECK(starts.registry.serializers.slots.at(128).plugin->name == "serializers.so:hex");
    CHECK_FALSE(starts.registry.serializers.slots.at(200).plugin);
    CHECK(starts.registry.serializers.slots.at(200).fault.find("gone.so") != std::string::npos);
}

TEST_CASE("no number is given out twice, and when none is left the start says so")
{
    Starts starts;
    const Store::Put last{"#serializers", "253", "this is no JSON"};
    REQUIRE(starts.store->commit({}, std::span(&last, 1)));
    CHECK(*starts.start(kHex) == 254);
    const auto full = starts.start("serializer = \"serializers.so:one_way\"");
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Code::kFull);
    CHECK(full.error().message.find("no number left for the serializer serializers.so:one_way") != std::string::npos);
    CHECK(*starts.start(kHex) == 254);
}
