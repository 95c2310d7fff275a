// SPDX-License-Identifier: BSD-3-Clause
//
// The file `wake`: futex words that tell sleeping readers of new values, and the generation of the environment.
// Layout (FORMAT.md section 7): 0 magic "dwwake\0\0", 8 u32 version, 12 u32 generation, 2048 512 u32 futex words.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <utility>

#include "status.hpp"

namespace dumbwaiter {

inline constexpr uint32_t kWakeWords = 512;
inline constexpr size_t kWakeGenerationAt = 12;

// CRC-32C(name) mod 512.
uint32_t wake_word(std::string_view name);

// The mapped file. Move-only; the functions are thread-safe.
class WakeFile {
public:
    WakeFile() = default;
    ~WakeFile();
    WakeFile(WakeFile&& other) noexcept : map_(std::exchange(other.map_, nullptr)) {}
    WakeFile& operator=(WakeFile&& other) noexcept;

    // For the writer: makes the file if there is none, or none that is whole.
    static Expected<WakeFile> open_or_make(const std::filesystem::path& folder);
    // For readers, read-only. kNoStore if there is none.
    static Expected<WakeFile> open(const std::filesystem::path& folder);

    bool is_open() const { return map_ != nullptr; }
    uint32_t generation() const { return at(kWakeGenerationAt).load(std::memory_order_acquire); }
    uint32_t word(uint32_t index) const;

    // Sleeps while the word is `seen`, at most `nanoseconds`; may return early.
    void wait(uint32_t index, uint32_t seen, uint64_t nanoseconds) const;

    // For the writer only.
    void raise(uint32_t index);
    void next_generation();  // and wakes everyone

private:
    std::atomic<uint32_t>& at(size_t offset) const
    {
        return *reinterpret_cast<std::atomic<uint32_t>*>(static_cast<char*>(map_) + offset);
    }
    void* map_ = nullptr;
};

}  // namespace dumbwaiter
