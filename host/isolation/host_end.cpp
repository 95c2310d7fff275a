// SPDX-License-Identifier: BSD-3-Clause
#include "host_end.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "futex.hpp"

namespace dumbwaiter::channel {

namespace {

constexpr uint64_t kMostMediaType = 1024;

template <typename T>
bool take_front(std::string_view bytes, T& out)
{
    if (bytes.size() < sizeof out) return false;
    std::memcpy(&out, bytes.data(), sizeof out);
    return true;
}

bool is_outcome(uint8_t number)
{
    return number <= static_cast<uint8_t>(Outcome::kMalformed);
}

}  // namespace

HostEnd::HostEnd(Memory memory, bool keeps_lookout)
    : memory_(std::move(memory)), consumed_(memory_.layout().workers, 0), lookout_(keeps_lookout)
{}

void HostEnd::post(uint32_t worker, std::span<const Job> jobs)
{
    WorkerPage& page = memory_.page(worker);
    for (size_t i = 0; i < jobs.size(); ++i) {
        Cell& cell = page.cells[i];
        cell.function = jobs[i].id;
        cell.attempt = jobs[i].attempt;
        cell.anew = jobs[i].anew ? 1 : 0;
        cell.due = jobs[i].due;
        cell.sequence = jobs[i].sequence;
        cell.state.store(CellState::kPosted, std::memory_order_release);
    }
    if (lookout_.call()) end_waiting();  // first: else the result is there before who is to meet it
    if (worker >= used_.load(std::memory_order_relaxed)) used_.store(worker + 1, std::memory_order_release);
    page.cells_posted.store(static_cast<uint32_t>(jobs.size()), std::memory_order_release);
    page.posted.fetch_add(1, std::memory_order_seq_cst);
    if (page.asleep.load(std::memory_order_seq_cst) != 0) futex_wake(page.posted, 1);
}

std::vector<uint32_t> HostEnd::withdraw(uint32_t worker, uint32_t cells)
{
    std::vector<uint32_t> withdrawn;
    WorkerPage& page = memory_.page(worker);
    for (uint32_t i = 0; i < std::min(cells, kCells); ++i) {
        CellState expected = CellState::kPosted;
        if (page.cells[i].state.compare_exchange_strong(expected, CellState::kEmpty)) withdrawn.push_back(i);
    }
    return withdrawn;
}

bool HostEnd::has_begun(uint32_t worker, uint32_t cell) const
{
    return memory_.page(worker).cells[cell].state.load(std::memory_order_acquire) != CellState::kPosted;
}

int64_t HostEnd::started(uint32_t worker) const
{
    return memory_.page(worker).started.load(std::memory_order_acquire);
}

void HostEnd::wait(int64_t timeout_ns)
{
    if (lookout_.look([this] { return has_come(); })) return;
    Front& front = memory_.front();
    is_asleep_.store(true, std::memory_order_seq_cst);
    front.host_asleep.store(1, std::memory_order_seq_cst);
    if (front.doorbell.load(std::memory_order_seq_cst) == bell_) futex_wait(front.doorbell, bell_, timeout_ns);
    front.host_asleep.store(0, std::memory_order_relaxed);
    is_asleep_.store(false, std::memory_order_relaxed);
}

void HostEnd::end_waiting()
{
    Front& front = memory_.front();
    front.doorbell.fetch_add(1, std::memory_order_seq_cst);
    if (is_asleep_.load(std::memory_order_seq_cst)) futex_wake(front.doorbell);
}

bool HostEnd::has_come() const
{
    const uint32_t used = used_.load(std::memory_order_acquire);
    for (uint32_t worker = 0; worker < used; ++worker) {
        if (memory_.page(worker).written.load(std::memory_order_acquire) != consumed_[worker]) return true;
    }
    return false;
}

bool HostEnd::drain(const Handler& handler)
{
    bell_ = memory_.front().doorbell.load(std::memory_order_seq_cst);
    const uint32_t used = used_.load(std::memory_order_acquire);
    for (uint32_t worker = 0; worker < used; ++worker) {
        if (!drain_ring(worker, handler)) return false;
    }
    return true;
}

bool HostEnd::drain_ring(uint32_t worker, const Handler& handler)
{
    WorkerPage& page = memory_.page(worker);
    uint64_t& at = consumed_[worker];
    const uint64_t written = page.written.load(std::memory_order_acquire);
    if (written == at) return true;
    if (written - at > kRingSize || written % 8 != 0) return false;
    while (at != written) {
        const uint64_t offset = at % kRingSize;
        const uint64_t most = std::min(kRingSize - offset, written - at);
        RecordHeader header{};
        if (most < sizeof header) return false;
        std::memcpy(&header, memory_.ring(worker) + offset, sizeof header);
        if (header.size < sizeof header || header.size % 8 != 0 || header.size > most) return false;
        record_.assign(memory_.ring(worker) + offset, header.size);
        std::memcpy(record_.data(), &header, sizeof header);  // as it was checked
        if (!take(worker, record_, handler)) return false;
        at += header.size;
        page.consumed.store(at, std::memory_order_release);
    }
    page.drained.fetch_add(1, std::memory_order_seq_cst);
    if (page.asleep.load(std::memory_order_seq_cst) == 2) futex_wake(page.drained);
    return true;
}

bool HostEnd::take(uint32_t worker, std::string_view record, const Handler& handler)
{
    RecordHeader header{};
    take_front(record, header);
    switch (header.kind) {
        case RecordKind::kSkip: return true;
        case RecordKind::kResult: return take_result(worker, record, handler);
        case RecordKind::kRead: return take_read(worker, record, handler);
    }
    return false;
}

bool HostEnd::take_result(uint32_t worker, std::string_view record, const Handler& handler)
{
    ResultRecord result{};
    if (!take_front(record, result) || result.cell >= kCells || !is_outcome(result.outcome)) return false;
    record.remove_prefix(sizeof result);
    if (result.media_type_size > std::min<uint64_t>(kMostMediaType, record.size())) return false;
    Returned returned{.code = result.code,
                      .outcome = static_cast<Outcome>(result.outcome),
                      .lost_value = result.lost_value != 0,
                      .serializer = result.serializer,
                      .started = result.started,
                      .finished = result.finished,
                      .late = result.late,
                      .media_type = std::string(record.substr(0, result.media_type_size)),
                      .bytes = {}};
    record.remove_prefix(result.media_type_size);
    if (result.is_large != 0) {
        if (result.payload_size > memory_.layout().large) return false;
        returned.bytes.assign(memory_.large(worker), result.payload_size);
    } else {
        if (result.payload_size > record.size()) return false;
        returned.bytes.assign(record.substr(0, result.payload_size));
    }
    handler.on_result(worker, result.cell, std::move(returned));
    return true;
}

bool HostEnd::take_read(uint32_t worker, std::string_view record, const Handler& handler)
{
    ReadRecord read{};
    if (!take_front(record, read)) return false;
    record.remove_prefix(sizeof read);
    if (read.name_size > record.size()) return false;
    handler.on_read(worker, record.substr(0, read.name_size));
    return true;
}

void HostEnd::answer(uint32_t worker, uint8_t serializer, std::string_view facts, std::string_view payload)
{
    const Answer answer{.code = -1,
                        .serializer = serializer,
                        .facts_size = static_cast<uint32_t>(facts.size()),
                        .reserved = 0,
                        .size = payload.size()};
    if (sizeof answer + facts.size() + payload.size() > memory_.layout().large) {
        return refuse(worker, Code::kTooLarge, "the value is longer than what a child can be handed over");
    }
    char* at = memory_.large(worker);
    std::memcpy(at, &answer, sizeof answer);
    std::memcpy(at + sizeof answer, facts.data(), facts.size());
    std::memcpy(at + sizeof answer + facts.size(), payload.data(), payload.size());
    WorkerPage& page = memory_.page(worker);
    page.answers.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(page.answers);
}

void HostEnd::refuse(uint32_t worker, Code code, std::string_view text)
{
    text = text.substr(0, memory_.layout().large - sizeof(Answer));
    const Answer answer{
        .code = static_cast<int32_t>(code), .serializer = 0, .facts_size = 0, .reserved = 0, .size = text.size()};
    std::memcpy(memory_.large(worker), &answer, sizeof answer);
    std::memcpy(memory_.large(worker) + sizeof answer, text.data(), text.size());
    WorkerPage& page = memory_.page(worker);
    page.answers.fetch_add(1, std::memory_order_seq_cst);
    futex_wake(page.answers);
}

}  // namespace dumbwaiter::channel
