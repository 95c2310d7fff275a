// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries of a test, taken and opened.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <memory>

#include "library.hpp"

inline dumbwaiter::SealedLibrary taken(const std::filesystem::path& file)
{
    auto library = dumbwaiter::take_library(file, dumbwaiter::Trust::kOwner);
    REQUIRE_MESSAGE(library.has_value(), library.error().message);
    return std::move(*library);
}

inline dumbwaiter::Expected<std::shared_ptr<const dumbwaiter::Library>> open_library(const std::filesystem::path& file)
{
    const auto library = dumbwaiter::take_library(file, dumbwaiter::Trust::kOwner);
    return library ? dumbwaiter::Library::open(*library) : std::unexpected(library.error());
}
