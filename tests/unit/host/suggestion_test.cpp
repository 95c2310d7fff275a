// SPDX-License-Identifier: BSD-3-Clause
//
// Near-miss names: what counts as near, and what is silence.
#include "suggestion.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace dumbwaiter;

TEST_CASE("the edit distance counts a swap of neighbours as one")
{
    struct Row {
        std::string a, b;
        size_t distance;
    };
    for (const Row& row : std::vector<Row>{{"", "", 0},
                                           {"", "abc", 3},
                                           {"abc", "", 3},
                                           {"now", "now", 0},
                                           {"nwo", "now", 1},
                                           {"frequncy", "frequency", 1},
                                           {"kitten", "sitting", 3},
                                           {"abcdef", "badcfe", 3}}) {
        CAPTURE(row.a);
        CAPTURE(row.b);
        CHECK(edit_distance(row.a, row.b) == row.distance);
        CHECK(edit_distance(row.b, row.a) == row.distance);
    }
}

TEST_CASE("a name is near by one edit for three characters, and three at most")
{
    const std::vector<std::string_view> known = {"frequency", "function", "timeout",
                                                 "now",       "args",     "serializer_options"};
    struct Row {
        std::string word, near;
    };
    for (const Row& row : std::vector<Row>{{"frequncy", "frequency"},
                                           {"FREQUENCY", "frequency"},
                                           {"nwo", "now"},
                                           {"Args", "args"},
                                           {"arg", "args"},
                                           {"serialiser_option", "serializer_options"},
                                           {"serial", ""},
                                           {"xyz", ""},
                                           {"no", ""},
                                           {"", ""},
                                           {"colour", ""}}) {
        CAPTURE(row.word);
        CHECK(nearest(row.word, known) == row.near);
    }
}

TEST_CASE("the nearest of several wins, and the first of equals")
{
    const std::vector<std::string_view> known = {"tick", "tock", "tack"};
    CHECK(nearest("tuck", known) == "tick");
    CHECK(nearest("tocks", known) == "tock");
}

TEST_CASE("advice is a clause to append, or nothing")
{
    const std::vector<std::string_view> known = {"now"};
    CHECK(did_you_mean("nwo", known) == "; did you mean \"now\"?");
    CHECK(did_you_mean("later", known).empty());
    CHECK(did_you_mean(std::string(100'000, 'a'), known).empty());
}
