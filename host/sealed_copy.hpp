// SPDX-License-Identifier: BSD-3-Clause
//
// The bytes of a file as nobody can change them any more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "descriptor.hpp"
#include "file_identity.hpp"
#include "status.hpp"

namespace dumbwaiter {

struct SealedCopy {
    // A memory file of this process, sealed: it can be neither written nor cut. From 100 on, out of the way of numbers
    // that a child process or a plugin takes for its own.
    Descriptor descriptor;
    uint64_t size = 0;
    std::string sha256;  // of the copied bytes, 64 lower hex digits
    FileIdentity source;
};

// Copies what the descriptor reads, from its beginning; `name` is what /proc/PID/maps will show. kTooLarge: more than
// 1 GiB; kBusy: the file changed meanwhile; kIo. The message is the rest of a sentence about the file.
Expected<SealedCopy> copy_sealed(const Descriptor& file, const std::string& name);

// The bytes of a sealed copy in memory: seals make it safe to look at them in place.
class SealedBytes {
public:
    explicit SealedBytes(const SealedCopy& copy);
    ~SealedBytes();
    SealedBytes(const SealedBytes&) = delete;
    SealedBytes& operator=(const SealedBytes&) = delete;

    bool is_there() const { return is_there_; }  // false: the system gives no memory
    std::string_view bytes() const { return bytes_; }

private:
    bool is_there_ = true;
    std::string_view bytes_;
};

}  // namespace dumbwaiter
