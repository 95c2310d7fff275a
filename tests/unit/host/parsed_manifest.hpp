// SPDX-License-Identifier: BSD-3-Clause
//
// Manifests of a test: parsed, or refused at the right place.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "manifest.hpp"

inline dumbwaiter::Manifest parsed(const std::string& text, const std::string& folder = "/srv/jobs")
{
    dumbwaiter::ManifestReading reading = dumbwaiter::parse_manifest(text, "dumbwaiter.toml", folder);
    INFO(text);
    REQUIRE_MESSAGE(reading.problems.empty(), dumbwaiter::format_problems("m", reading.problems));
    return std::move(reading.manifest);
}

struct BadManifest {
    std::string text;
    uint32_t line, column;
    std::string fragment;  // of the message
};

// Each of them, between the other two texts, has one problem.
inline void check_all(const std::vector<BadManifest>& rows, const std::string& before, const std::string& after)
{
    for (const BadManifest& row : rows) {
        const auto reading = dumbwaiter::parse_manifest(before + row.text + after, "dumbwaiter.toml", "/srv/jobs");
        CAPTURE(row.text);
        REQUIRE(!reading.problems.empty());
        const dumbwaiter::Problem& problem = reading.problems.front();
        CHECK(problem.at.line == row.line);
        CHECK(problem.at.column == row.column);
        CHECK_MESSAGE(problem.message.find(row.fragment) != std::string::npos, problem.message);
        CHECK_MESSAGE(reading.problems.size() == 1, reading.problems.back().message);
    }
}
