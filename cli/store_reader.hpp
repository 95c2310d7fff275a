// SPDX-License-Identifier: BSD-3-Clause
//
// A store opened for reading by a command, and what the reader library's codes mean for the command's exit code.
#pragma once

#include <dumbwaiter/reader.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "document.hpp"
#include "options.hpp"

namespace dumbwaiter {

// Microseconds between looks for a store that has to come first, for which nothing wakes a waiter.
inline constexpr unsigned kStorePause = 20'000;

class StoreReader {
public:
    // Finds and opens the store; on failure says why and leaves the exit code in `code`. One that is not there yet, or
    // not filled, may come until `until` on CLOCK_MONOTONIC.
    static std::optional<StoreReader> open(const Options& options, ExitCode& code, int64_t until = 0);
    // Allows the plugin folders of --plugins. False, with the reason said: one of them is none.
    bool allow_plugins(const Options& options) const;
    // Allows those of the manifest, which is read once more for it. They need not be there.
    void allow_plugins_of_manifest(const Options& options) const;

    dw_reader* get() const { return reader_.get(); }
    const std::filesystem::path& folder() const { return folder_; }

    std::vector<std::string> value_names() const;
    // Names with a document in #functions, in byte order.
    std::vector<std::string> function_names() const;
    // A document of the store's own databases; empty if there is none, or if it is no JSON.
    Document document(const char* database, const std::string& key) const;
    // What the host that runs on this store says of itself; empty if none runs.
    Document live_host() const;
    // "json", ...; "lib.so:symbol" of a plugin's serializer; "plugin 130" where the store does not say whose it is.
    std::string serializer_name(uint32_t serializer) const;

private:
    std::string text(const char* database, const std::string& key) const;
    StoreReader(dw_reader* reader, std::filesystem::path folder);

    std::unique_ptr<dw_reader, void (*)(dw_reader*)> reader_;
    std::filesystem::path folder_;
};

// kDone for DW_OK; else says the library's sentence and gives the exit code for it.
ExitCode exit_code_of(int32_t code);

}  // namespace dumbwaiter
