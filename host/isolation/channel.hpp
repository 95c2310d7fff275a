// SPDX-License-Identifier: BSD-3-Clause
//
// The memory that the host shares with one child: parcels of jobs go over in it, and results come back. One page and
// one ring for each worker of the child, so that every word has one writer and no lock is held across processes: a
// child may die at any instruction.
//
// The child runs anyone's code and may write anything here. The host reads each word once and believes none: see
// host_end.hpp.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "descriptor.hpp"
#include "status.hpp"

namespace dumbwaiter::channel {

inline constexpr uint32_t kCells = 64;                 // jobs of a parcel at most
inline constexpr uint64_t kRingSize = 128 * 1024;      // bytes, a power of two
inline constexpr uint64_t kLargestInRing = 16 * 1024;  // a longer text goes through the large area
inline constexpr uint32_t kFrames = 48;
inline constexpr uint32_t kModules = 64;

enum class CellState : uint32_t { kEmpty = 0, kPosted = 1, kTaken = 2, kDone = 3 };

// One job on its way into the child. Written by the host while it is empty or done.
struct alignas(64) Cell {
    std::atomic<CellState> state{CellState::kEmpty};
    uint32_t function = 0, attempt = 0, anew = 0;
    int64_t due = 0;  // CLOCK_BOOTTIME
    uint64_t sequence = 0;
};

// What a thread that dies leaves behind, written by its signal handler.
struct DeathNote {
    std::atomic<uint32_t> cause{0};  // Cause; written last
    int32_t number = 0;              // signal, or exit code
    uint64_t address = 0;            // that it could not reach
};
enum class Cause : uint32_t { kNone = 0, kSignal = 1, kExit = 2, kThreadExit = 3 };

// Where a thread stands. `count` is written last.
struct Stack {
    std::atomic<uint32_t> count{0};
    uint64_t frames[kFrames] = {};
};

struct alignas(4096) WorkerPage {
    // By the host.
    alignas(64) std::atomic<uint32_t> posted{0};    // futex: parcels so far
    std::atomic<uint32_t> cells_posted{0};          // of the newest one
    alignas(64) std::atomic<uint64_t> consumed{0};  // bytes of the ring
    std::atomic<uint32_t> drained{0};               // futex: raised with `consumed`
    std::atomic<uint32_t> answers{0};               // futex: raised for each answer to a read
    // By the child.
    alignas(64) std::atomic<uint64_t> written{0};  // bytes of the ring
    alignas(64) std::atomic<int64_t> started{0};   // CLOCK_MONOTONIC, of the job that runs; 0 = none
    std::atomic<uint32_t> asleep{0};               // 1: until there is a parcel; 2: until the ring is drained
    std::atomic<uint32_t> thread{0};               // its id, 0 = not there yet
    DeathNote note;
    Stack stack;
    Cell cells[kCells];
};

// A piece of the child's address space, so that its stacks can be told after its death.
struct Module {
    uint64_t begin = 0, end = 0;
    char name[112] = {};
};

struct alignas(4096) Front {
    alignas(64) std::atomic<uint32_t> doorbell{0};  // futex: raised after each record in any ring
    std::atomic<uint32_t> host_asleep{0};
    alignas(64) std::atomic<uint32_t> modules_count{0};
    Module modules[kModules];
};

// In the ring, 8-byte aligned, never wrapped: what does not fit before the end begins anew, behind a kSkip.
enum class RecordKind : uint32_t { kSkip = 0, kResult = 1, kRead = 2 };
struct RecordHeader {
    RecordKind kind;
    uint32_t size;  // with this header, a multiple of 8
};

// Followed by the media type, and by the payload unless it is in the large area.
struct ResultRecord {
    RecordHeader header;
    uint32_t cell;
    int32_t code;
    int64_t started, finished, late;
    uint8_t outcome, lost_value, serializer, is_large;
    uint32_t media_type_size;
    uint64_t payload_size;
};

// Followed by the name of the function whose value is asked for. The answer is in the large area.
struct ReadRecord {
    RecordHeader header;
    uint32_t name_size, reserved;
};

// Followed by the facts of its serializer (a #serializers document), and the payload; or by the text of an error.
struct Answer {
    int32_t code;  // Code of the failure, -1 = a value
    uint32_t serializer;
    uint32_t facts_size, reserved;
    uint64_t size;
};

// Where everything is. The large areas are as long as the longest result may be; their pages cost nothing until used.
struct Layout {
    uint32_t workers = 0;
    uint64_t large = 0;  // bytes, a multiple of the page size

    static Layout of(uint32_t workers, uint64_t largest_result);
    uint64_t per_worker() const { return sizeof(WorkerPage) + kRingSize + large; }
    uint64_t size() const { return sizeof(Front) + workers * per_worker(); }
};

// A mapping of the memory in this process. Neither end unmaps before the other is gone.
class Memory {
public:
    // Makes it, zeroed, of a size that nobody can change any more, so that the host can't be cut off (SIGBUS).
    static Expected<Memory> make(const Layout& layout);
    // Maps what make() made, in the child.
    static Expected<Memory> map(int descriptor, const Layout& layout);
    Memory(Memory&& other) noexcept;
    Memory& operator=(Memory&&) = delete;
    ~Memory();

    Front& front() const { return *reinterpret_cast<Front*>(base_); }
    WorkerPage& page(uint32_t worker) const;
    char* ring(uint32_t worker) const;
    char* large(uint32_t worker) const;
    const Layout& layout() const { return layout_; }
    int descriptor() const { return file_.number(); }  // to hand over; negative in the child
    void close_descriptor() { file_ = {}; }

private:
    Memory(char* base, const Layout& layout, Descriptor file) : base_(base), layout_(layout), file_(std::move(file)) {}

    char* base_;
    Layout layout_;
    Descriptor file_;
};

}  // namespace dumbwaiter::channel
