// SPDX-License-Identifier: BSD-3-Clause
//
// Opening once, sharing, replacing, and what fork() does to all of it.
#include "reader_registry.hpp"

#include <pthread.h>

#include <ctime>

#include "clock.hpp"

namespace dumbwaiter {

namespace {

constexpr int kTries = 3;

}  // namespace

ReaderRegistry& ReaderRegistry::instance()
{
    static ReaderRegistry& registry = *new ReaderRegistry;  // never destroyed: threads end after main too
    return registry;
}

ReaderRegistry::ReaderRegistry()
{
    pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork_in_parent(); },
                   [] { instance().after_fork_in_child(); });
}

Expected<std::unique_ptr<dw_reader>> ReaderRegistry::open(const std::filesystem::path& folder)
{
    auto reader = std::make_unique<dw_reader>();
    std::error_code ignored;
    reader->folder = std::filesystem::absolute(folder, ignored);
    if (ignored) reader->folder = folder;
    if (auto renewed = renew(*reader, nullptr); !renewed) return std::unexpected(std::move(renewed.error()));
    return reader;
}

void ReaderRegistry::close(std::unique_ptr<dw_reader> reader)
{
    std::lock_guard lock(mutex_);
    reader.reset();
}

Expected<std::shared_ptr<SharedEnvironment>> ReaderRegistry::acquire(const std::filesystem::path& folder)
{
    std::erase_if(environments_, [](const auto& environment) { return environment.expired(); });
    if (const FileIdentity id = identity_of(folder / "data.mdb"); id != FileIdentity{}) {
        for (const auto& known : environments_) {
            auto environment = known.lock();
            if (environment == nullptr || environment->id() != id || environment->is_retired()) continue;
            if (!environment->is_replaced(coarse_wall_ns())) return environment;
            environment->retire();
        }
    }
    auto opened = SharedEnvironment::open(folder);
    if (opened) environments_.push_back(*opened);
    return opened;
}

Status ReaderRegistry::renew(dw_reader& reader, SharedEnvironment* seen)
{
    std::lock_guard lock(mutex_);
    if (reader.current.load() != seen) return {};  // another thread has done it
    // Before the new one is opened: it may be the same file again.
    if (seen != nullptr) seen->retire();
    auto acquired = acquire(reader.folder);
    if (!acquired) return std::unexpected(std::move(acquired.error()));
    reader.held.push_back(*acquired);
    reader.current.store(acquired->get(), std::memory_order_release);
    return {};
}

Expected<SharedEnvironment*> ReaderRegistry::current_environment(dw_reader& reader, int64_t now)
{
    for (int attempt = 0;; attempt++) {
        SharedEnvironment* environment = reader.current.load(std::memory_order_acquire);
        if (attempt == kTries || !environment->is_replaced(now)) return environment;
        if (auto renewed = renew(reader, environment); !renewed) return std::unexpected(std::move(renewed.error()));
    }
}

Status ReaderRegistry::begin(dw_reader& reader, Snapshot& snapshot, int64_t now)
{
    for (int attempt = 0;; attempt++) {
        auto current = current_environment(reader, now);
        if (!current) return std::unexpected(std::move(current.error()));
        std::optional<Error> error;
        switch ((*current)->begin(snapshot, error)) {
            case SharedEnvironment::Begun::kOk: return {};
            case SharedEnvironment::Begun::kFailed: return std::unexpected(std::move(*error));
            case SharedEnvironment::Begun::kGone: break;
        }
        if (attempt == kTries)
            return failure(Code::kNoStore, "the store is being replaced again and again; look at its host");
        if (auto renewed = renew(reader, *current); !renewed) return renewed;
    }
}

Status ReaderRegistry::begin_for_all(dw_reader& reader, Snapshot& snapshot)
{
    for (;;) {
        if (auto begun = begin(reader, snapshot); !begun) return begun;
        SharedEnvironment& environment = snapshot.environment();
        if (environment.has_all_databases()) return {};
        snapshot.end();
        if (auto opened = environment.open_all_databases(); !opened) return opened;
    }
}

void ReaderRegistry::give_back(const std::weak_ptr<SharedEnvironment>& owner, ReaderSlot& slot)
{
    // Under the lock, as this may be the last hold on the environment, which then closes: nobody may open it meanwhile.
    std::lock_guard lock(mutex_);
    if (auto environment = owner.lock()) environment->give_back(slot);
}

void ReaderRegistry::before_fork()
{
    mutex_.lock();
    for (const auto& known : environments_) {
        if (auto environment = known.lock()) forking_.push_back(std::move(environment));
    }
    for (const auto& environment : forking_) environment->before_fork();
}

void ReaderRegistry::after_fork_in_parent()
{
    for (const auto& environment : forking_) environment->after_fork_in_parent();
    forking_.clear();
    mutex_.unlock();
}

void ReaderRegistry::after_fork_in_child()
{
    for (const auto& environment : forking_) environment->after_fork_in_child();
    forking_.clear();
    environments_.clear();
    mutex_.unlock();
}

}  // namespace dumbwaiter
