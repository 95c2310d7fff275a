// SPDX-License-Identifier: BSD-3-Clause
#include "worker_end.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "clock.hpp"
#include "futex.hpp"

namespace dumbwaiter::channel {

namespace {

constexpr uint64_t kKeptPages = 256 * 1024;  // of the large area, from one result to the next

uint64_t padded(uint64_t size)
{
    return (size + 7) / 8 * 8;
}

}  // namespace

WorkerEnd::WorkerEnd(Memory& memory, uint32_t worker) : memory_(memory), index_(worker), page_(memory.page(worker)) {}

void WorkerEnd::next_parcel(const std::function<void(uint32_t, const Job&)>& run)
{
    while (page_.posted.load(std::memory_order_acquire) == seen_) {
        page_.asleep.store(1, std::memory_order_seq_cst);
        if (page_.posted.load(std::memory_order_seq_cst) == seen_) futex_wait(page_.posted, seen_);
        page_.asleep.store(0, std::memory_order_relaxed);
    }
    ++seen_;
    const uint32_t count = std::min(page_.cells_posted.load(std::memory_order_acquire), kCells);
    for (uint32_t i = 0; i < count; ++i) {
        Cell& cell = page_.cells[i];
        CellState posted = CellState::kPosted;
        page_.started.store(monotonic_ns(), std::memory_order_relaxed);
        if (!cell.state.compare_exchange_strong(posted, CellState::kTaken)) continue;  // withdrawn
        const Job job{.id = cell.function,
                      .attempt = cell.attempt,
                      .due = cell.due,
                      .due_wall = 0,
                      .sequence = cell.sequence,
                      .anew = cell.anew != 0};
        run(i, job);
    }
    page_.started.store(0, std::memory_order_relaxed);
    give_back_pages();
}

void WorkerEnd::send_result(uint32_t cell, const Returned& returned)
{
    const uint64_t in_ring = sizeof(ResultRecord) + returned.media_type.size();
    const bool is_large = in_ring + returned.bytes.size() > kLargestInRing;
    if (is_large) {
        wait_until_consumed(large_until_);
        std::memcpy(memory_.large(index_), returned.bytes.data(), returned.bytes.size());
    }
    const uint64_t size = padded(in_ring + (is_large ? 0 : returned.bytes.size()));
    char* at = reserve(size);
    const ResultRecord record{.header = {RecordKind::kResult, static_cast<uint32_t>(size)},
                              .cell = cell,
                              .code = returned.code,
                              .started = returned.started,
                              .finished = returned.finished,
                              .late = returned.late,
                              .outcome = static_cast<uint8_t>(returned.outcome),
                              .lost_value = returned.lost_value,
                              .serializer = returned.serializer,
                              .is_large = is_large,
                              .media_type_size = static_cast<uint32_t>(returned.media_type.size()),
                              .payload_size = returned.bytes.size()};
    std::memcpy(at, &record, sizeof record);
    at += sizeof record;
    std::memcpy(at, returned.media_type.data(), returned.media_type.size());
    if (!is_large) std::memcpy(at + returned.media_type.size(), returned.bytes.data(), returned.bytes.size());
    page_.cells[cell].state.store(CellState::kDone, std::memory_order_release);
    publish(size);
    if (!is_large) return;
    large_until_ = written_;
    large_used_ = returned.bytes.size();
}

Expected<WorkerEnd::Stored> WorkerEnd::ask(std::string_view name)
{
    wait_until_consumed(large_until_);
    const uint32_t seen = page_.answers.load(std::memory_order_acquire);
    const uint64_t size = padded(sizeof(ReadRecord) + name.size());
    char* at = reserve(size);
    const ReadRecord record{.header = {RecordKind::kRead, static_cast<uint32_t>(size)},
                            .name_size = static_cast<uint32_t>(name.size()),
                            .reserved = 0};
    std::memcpy(at, &record, sizeof record);
    std::memcpy(at + sizeof record, name.data(), name.size());
    publish(size);
    while (page_.answers.load(std::memory_order_acquire) == seen) futex_wait(page_.answers, seen);
    Answer answer{};
    std::memcpy(&answer, memory_.large(index_), sizeof answer);
    const char* body = memory_.large(index_) + sizeof answer;
    large_used_ = sizeof answer + answer.facts_size + answer.size;
    if (answer.code >= 0) return failure(static_cast<Code>(answer.code), std::string(body, answer.size));
    return Stored{.serializer = static_cast<uint8_t>(answer.serializer),
                  .facts = {body, answer.facts_size},
                  .payload = {body + answer.facts_size, answer.size}};
}

char* WorkerEnd::reserve(uint64_t size)
{
    const uint64_t left = kRingSize - written_ % kRingSize;
    const uint64_t needed = size > left ? left + size : size;
    if (written_ + needed > kRingSize) wait_until_consumed(written_ + needed - kRingSize);
    if (size > left) {
        const RecordHeader skip{RecordKind::kSkip, static_cast<uint32_t>(left)};
        std::memcpy(memory_.ring(index_) + written_ % kRingSize, &skip, sizeof skip);
        written_ += left;  // published with what follows
    }
    return memory_.ring(index_) + written_ % kRingSize;
}

void WorkerEnd::publish(uint64_t size)
{
    written_ += size;
    page_.written.store(written_, std::memory_order_release);
    Front& front = memory_.front();
    front.doorbell.fetch_add(1, std::memory_order_seq_cst);
    if (front.host_asleep.load(std::memory_order_seq_cst) != 0) futex_wake(front.doorbell, 1);
}

void WorkerEnd::wait_until_consumed(uint64_t position)
{
    while (page_.consumed.load(std::memory_order_acquire) < position) {
        const uint32_t seen = page_.drained.load(std::memory_order_seq_cst);
        page_.asleep.store(2, std::memory_order_seq_cst);
        if (page_.consumed.load(std::memory_order_seq_cst) < position) futex_wait(page_.drained, seen);
        page_.asleep.store(0, std::memory_order_relaxed);
    }
}

// One large result must not keep its pages until the next one.
void WorkerEnd::give_back_pages()
{
    if (large_used_ <= kKeptPages) return;
    wait_until_consumed(large_until_);
    ::madvise(memory_.large(index_), memory_.layout().large, MADV_REMOVE);
    large_used_ = 0;
}

}  // namespace dumbwaiter::channel
