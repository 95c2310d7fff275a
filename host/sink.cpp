// SPDX-License-Identifier: BSD-3-Clause
#include "sink.hpp"

#include <poll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <future>
#include <iterator>
#include <memory>
#include <utility>

#include "clock.hpp"
#include "log.hpp"
#include "superseded.hpp"

namespace dumbwaiter {

namespace {

constexpr auto kFirstPause = std::chrono::milliseconds(50);
constexpr auto kLongestPause = std::chrono::milliseconds(1000);

// Whole where it can be: there may be many.
void take_over(std::vector<Append>& from, std::vector<Append>& to)
{
    if (to.empty()) return to.swap(from);
    std::ranges::move(from, std::back_inserter(to));
    from.clear();
}

}  // namespace

Sink::Sink(Store& store, const Options& options) : store_(store), options_(options)
{
    thread_ = std::thread([this] { write(); });
}

Sink::~Sink()
{
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    event_.raise();
    stop_.notify_one();
    thread_.join();
}

void Sink::push(Append&& append)
{
    std::unique_lock lock(mutex_);
    const bool waits_for_others = options_.commit_interval_ns > 0;
    const bool now = commits_at_once() && is_alone(append);
    waiting_.push_back(std::move(append));
    ++numbers_.pending;
    if (now) return commit_now(lock);
    if (waiting_.size() > 1) return;
    if (waits_for_others) {
        waits_since_ = monotonic_ns();
        due_.set(waits_since_ + patience());
    } else {
        event_.raise();
    }
}

// Who passes comes at the same times as the writer would, give or take that.
int64_t Sink::slack() const
{
    return options_.bringers_commit ? std::min(options_.commit_interval_ns / 10, kMillisecond) : 0;
}

int64_t Sink::patience() const
{
    return options_.commit_interval_ns + slack();
}

void Sink::commit_in_passing(int64_t others_in_ns)
{
    const int64_t interval = options_.commit_interval_ns;
    if (!options_.bringers_commit || interval == 0) return;
    std::unique_lock lock(mutex_);
    if (waiting_.empty() || !is_free()) return;
    const int64_t waited = monotonic_ns() - waits_since_;
    if (waited < interval - slack() && others_in_ns < interval - waited) return;
    due_.disarm();
    commit_now(lock);
}

// Nobody is at the store, and what waits are results alone.
bool Sink::is_free() const
{
    return puts_.empty() && calls_.empty() && batch_.empty() && batch_puts_.empty() && !is_writing_ && !ended_;
}

// Reports may come from who holds locks.
bool Sink::is_alone(const Append& append)
{
    const int64_t now = monotonic_ns();
    const bool is_burst = now - std::exchange(last_push_, now) < options_.burst_ns;
    return append.kind == Append::Kind::kValue && !is_burst && waiting_.empty() && is_free();
}

// What came meanwhile, and what could not be committed, is the writer's.
void Sink::commit_now(std::unique_lock<std::mutex>& lock)
{
    is_writing_ = true;
    take_over(waiting_, batch_);
    lock.unlock();
    commit();
    lock.lock();
    is_writing_ = false;
    if (waits_for_nobody()) return event_.raise();
    if (!waiting_.empty()) due_.set(waits_since_ + patience());  // the writer may have been woken for it, and left it
}

// There is something to be done at once.
bool Sink::waits_for_nobody() const
{
    const bool has_results = options_.commit_interval_ns == 0 && !waiting_.empty();
    return has_results || stopping_ || !puts_.empty() || !calls_.empty() || !batch_.empty() || !batch_puts_.empty();
}

void Sink::put(Store::Put&& document)
{
    const std::lock_guard lock(mutex_);
    puts_.push_back(std::move(document));
    if (puts_.size() == 1) event_.raise();
}

void Sink::watch_commits(OnCommit on_commit)
{
    const std::lock_guard lock(mutex_);
    on_commit_ = std::move(on_commit);
}

void Sink::when_committed(std::function<void()> call)
{
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    if (calls_.size() == 1) event_.raise();
}

std::optional<Sink::Pending> Sink::newest(std::string_view name) const
{
    const std::lock_guard lock(mutex_);
    for (const auto* list : {&waiting_, &batch_}) {
        for (auto append = list->rbegin(); append != list->rend(); ++append) {
            if (append->kind == Append::Kind::kValue && append->name == name) {
                return Pending{append->serializer, append->payload};
            }
        }
    }
    return std::nullopt;
}

// Returns at once while there is something that could not be committed, or the sink ends.
void Sink::await_work(std::unique_lock<std::mutex>& lock)
{
    if (!is_writing_ && (stopping_ || !batch_.empty() || !batch_puts_.empty())) return;
    int timeout = -1;
    if (options_.sync_each_second && next_sync_ != 0) {
        timeout = static_cast<int>(std::max<int64_t>(next_sync_ - monotonic_ns(), 0) / kMillisecond) + 1;
    }
    lock.unlock();
    std::array<pollfd, 2> sources{{{.fd = due_.number(), .events = POLLIN, .revents = 0},
                                   {.fd = event_.number(), .events = POLLIN, .revents = 0}}};
    poll(sources.data(), sources.size(), timeout);
    if ((sources[0].revents & POLLIN) != 0) due_.lower();
    if ((sources[1].revents & POLLIN) != 0) event_.lower();
    lock.lock();
}

void Sink::gather()
{
    take_over(waiting_, batch_);
    batch_puts_.add(puts_);  // what could not be committed is replaced by its newer text
    std::ranges::move(calls_, std::back_inserter(batch_calls_));
    calls_.clear();
}

// Before a failed commit is tried again; the end of the sink cuts it short.
void Sink::pause(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds time)
{
    stop_.wait_for(lock, time, [this, before = stopping_] { return stopping_ != before; });
}

void Sink::write()
{
    std::unique_lock lock(mutex_);
    auto length = kFirstPause;
    for (;;) {
        await_work(lock);
        ++numbers_.rounds;
        if (is_writing_) continue;
        gather();
        const bool has_batch = !(batch_.empty() && batch_puts_.empty());
        if (stopping_ && !has_batch && batch_calls_.empty()) break;
        is_writing_ = true;
        lock.unlock();
        const bool done = !has_batch || commit();
        if (done) {
            for (const auto& call : std::exchange(batch_calls_, {})) call();
        }
        housekeeping();
        lock.lock();
        is_writing_ = false;
        if (done) {
            length = kFirstPause;
            continue;
        }
        const size_t dropped = drop_superseded(batch_);
        numbers_.dropped += dropped;
        numbers_.pending -= dropped;
        pause(lock, stopping_ ? kFirstPause : length);
        length = std::min(length * 2, kLongestPause);
    }
    lock.unlock();
    if (options_.sync_each_second) (void)store_.sync();
    lock.lock();
    ended_ = true;
    finished_.notify_all();
}

// On failure the batch stays as it is, to be tried again with everything behind it.
bool Sink::commit()
{
    const Status stored = store_.commit(batch_, batch_puts_.puts());
    if (stored && !batch_.empty() && on_commit_) on_commit_(batch_);
    const std::lock_guard lock(mutex_);
    if (!stored) {
        // The first of a row of failures tells; the counter tells how many there were.
        if (numbers_.last_error.empty()) {
            log(LogLevel::kError, "sink", "the store cannot be written; results wait in memory",
                {{"error", stored.error().message}});
        }
        ++numbers_.failures;
        numbers_.last_error = stored.error().message;
        return false;
    }
    if (!numbers_.last_error.empty()) {
        log(LogLevel::kInfo, "sink", "the store is written again", {{"results", batch_.size()}});
        numbers_.last_error.clear();
    }
    ++numbers_.commits;
    numbers_.pending -= batch_.size();
    batch_.clear();
    batch_puts_.clear();
    if (next_sync_ == 0) next_sync_ = monotonic_ns() + kSecond;
    return true;
}

void Sink::housekeeping()
{
    if (!options_.sync_each_second || next_sync_ == 0 || monotonic_ns() < next_sync_) return;
    next_sync_ = 0;
    if (const Status synced = store_.sync(); !synced) {
        log(LogLevel::kError, "sink", "the store cannot be synced", {{"error", synced.error().message}});
    }
}

bool Sink::await_commit(int64_t until)
{
    const auto committed = std::make_shared<std::promise<void>>();  // the call may come when nobody waits any more
    when_committed([committed] { committed->set_value(); });
    const auto left = std::chrono::nanoseconds(std::max<int64_t>(until - monotonic_ns(), 0));
    return committed->get_future().wait_for(left) == std::future_status::ready;
}

bool Sink::finish(int64_t until)
{
    std::unique_lock lock(mutex_);
    stopping_ = true;
    event_.raise();
    stop_.notify_one();
    const auto left = std::chrono::nanoseconds(std::max<int64_t>(until - monotonic_ns(), 0));
    if (!finished_.wait_for(lock, left, [&] { return ended_; })) return false;
    lock.unlock();
    thread_.join();
    return true;
}

Sink::Numbers Sink::numbers() const
{
    const std::lock_guard lock(mutex_);
    return numbers_;
}

}  // namespace dumbwaiter
