// SPDX-License-Identifier: BSD-3-Clause
//
// A reader in this process that writes down what it saw committed of one function, while hosts come and go.
#pragma once

#include <dumbwaiter/reader.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <thread>

namespace dumbwaiter::test {

struct SeenRecord {
    std::string value;
    int64_t finished;
    bool operator==(const SeenRecord&) const = default;
};
using SeenHistory = std::map<uint64_t, SeenRecord>;  // by sequence

class StoreReader {
public:
    explicit StoreReader(const std::filesystem::path& store);
    ~StoreReader();
    StoreReader(const StoreReader&) = delete;
    StoreReader& operator=(const StoreReader&) = delete;

    dw_reader* get() { return reader_; }
    dw_reading& reading() { return reading_; }
    uint64_t sequence(const std::string& name);  // of the newest value; 0 if there is none
    SeenHistory history(const std::string& name);

private:
    dw_reader* reader_ = nullptr;
    dw_reading reading_{};
};

class Watcher {
public:
    Watcher(const std::filesystem::path& store, std::string name);
    ~Watcher() { stop(); }
    void stop();
    // After stop().
    const SeenHistory& seen() const { return seen_; }
    const std::string& fault() const { return fault_; }  // "" or what was wrong
    // Everything that was seen is in `history`, which goes from 1 on without a gap. Says so by checks.
    void check(const SeenHistory& history) const;

private:
    void watch();
    void look_back(uint64_t last);
    void keep(const dw_reading& reading);

    StoreReader reader_;
    const std::string name_;
    SeenHistory seen_;
    std::string fault_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;  // last: it uses the rest
};

}  // namespace dumbwaiter::test
