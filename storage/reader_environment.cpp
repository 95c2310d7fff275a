// SPDX-License-Identifier: BSD-3-Clause
//
// Slots, snapshots, and the rare moments in which all threads have to stand aside.
#include "reader_environment.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>

#include "clock.hpp"
#include "data_file.hpp"
#include "documents.hpp"
#include "reader_access.hpp"
#include "reader_registry.hpp"

namespace dumbwaiter {

namespace {

constexpr unsigned kRetryPause = 10'000;  // microseconds

// The one that this thread used last. Apart from the others, as it needs neither a constructor nor a destructor, which
// would be asked for at each use.
struct LastUsed {
    const SharedEnvironment* environment;
    ReaderSlot* slot;
};
constinit thread_local LastUsed last_used{nullptr, nullptr};

// The slots of one thread, an entry an environment.
class ThreadSlots {
public:
    ~ThreadSlots()
    {
        last_used = {};
        for (auto& entry : entries_) ReaderRegistry::instance().give_back(entry.owner, *entry.slot);
    }

    ReaderSlot* find(const SharedEnvironment* environment)
    {
        for (auto& entry : entries_) {
            if (entry.environment == environment) return entry.slot.get();
        }
        return nullptr;
    }

    void add(SharedEnvironment& environment, std::shared_ptr<ReaderSlot> slot)
    {
        entries_.push_back({&environment, environment.weak_from_this(), std::move(slot)});
    }

    void remove(const ReaderSlot* slot)
    {
        last_used = {};
        std::erase_if(entries_, [&](const Entry& entry) { return entry.slot.get() == slot; });
    }

private:
    struct Entry {
        const SharedEnvironment* environment;
        std::weak_ptr<SharedEnvironment> owner;
        std::shared_ptr<ReaderSlot> slot;
    };
    std::vector<Entry> entries_;
};

thread_local ThreadSlots thread_slots;

}  // namespace

void ReaderSlot::wait_and_lock()
{
    while (busy.test_and_set(std::memory_order_acquire)) sched_yield();
}

Glance::Glance(SharedEnvironment& environment) : environment_(environment), slot_(environment.enter()) {}

Moment Glance::moment() const
{
    // What is read between two equal answers is all of that snapshot, also on machines that read out of order.
    std::atomic_thread_fence(std::memory_order_acquire);
    const uint64_t txn = environment_.env_.last_txn();
    std::atomic_thread_fence(std::memory_order_acquire);
    return {environment_.serial_, txn};
}

bool Glance::become(Snapshot& snapshot)
{
    if (environment_.env_.renew_read(slot_->txn) != kLmdbOk) return false;
    snapshot.slot_ = std::exchange(slot_, nullptr);
    snapshot.environment_ = &environment_;
    return true;
}

void Snapshot::end()
{
    if (slot_ == nullptr) return;
    slot_->txn.reset();
    std::exchange(slot_, nullptr)->unlock();
}

Expected<std::shared_ptr<SharedEnvironment>> SharedEnvironment::open(const std::filesystem::path& folder)
{
    auto environment = std::make_shared<SharedEnvironment>();
    environment->folder_ = folder;
    // liblmdb 0.9.26 to 0.9.31 destroy the shared mutexes when the last process leaves, which shows as EINVAL (here
    // kIo) in one that comes in at that moment: it passes.
    int64_t deadline = monotonic_ns() + kSecond;
    for (;;) {
        auto opened = environment->open_here();
        if (opened) return environment;
        environment->env_.close();
        bool may_pass = opened.error().code == Code::kIo || opened.error().code == Code::kBusy;
        if (!may_pass || monotonic_ns() > deadline) return std::unexpected(std::move(opened.error()));
        usleep(kRetryPause);
    }
}

Status SharedEnvironment::open_here()
{
    // The generation first: if it moves while the environment is opened, the next read opens it again.
    if (auto wake = WakeFile::open(folder_)) {
        wake_ = std::move(*wake);
        generation_ = wake_.generation();
    }
    auto access = reader_access(folder_);
    if (!access) return std::unexpected(std::move(access.error()));
    if (auto whole = check_data_file(folder_); !whole) return whole;
    auto env = LmdbEnv::open(folder_, *access);
    if (!env) return std::unexpected(std::move(env.error()));
    has_no_locks_ = access->no_lock;
    env_ = std::move(*env);
    id_ = env_.id();
    return open_databases();
}

Status SharedEnvironment::open_databases()
{
    std::string doing = fmt::format("opening the store in {}", folder_.string());
    LmdbTxn txn;
    int code = begin_opening(txn);
    if (code != kLmdbOk) return std::unexpected(lmdb_error(code, folder_, doing));
    code = databases_.open_first(txn);
    std::string_view json;
    if (code == kLmdbOk) code = txn.get(databases_.info, kInfoKey, json);
    if (code == kLmdbNotFound || code == kLmdbIncompatible) {
        return std::unexpected(lacks_info(folder_.string()));
    }
    if (code != kLmdbOk) return std::unexpected(lmdb_error(code, folder_, doing));
    if (auto info = parse_store_info(json, folder_.string()); !info) return std::unexpected(std::move(info.error()));
    if (code = txn.commit(); code != kLmdbOk) return std::unexpected(lmdb_error(code, folder_, doing));
    return {};
}

int SharedEnvironment::begin_opening(LmdbTxn& txn)
{
    int code = env_.begin_read(txn);
    if (code == kLmdbReadersFull && env_.clear_dead_readers() > 0) code = env_.begin_read(txn);
    return code;
}

Status SharedEnvironment::open_all_databases()
{
    std::lock_guard lock(mutex_);
    if (is_retired_ || has_all_databases()) return {};
    for (auto& slot : slots_) slot->lock();
    LmdbTxn txn;
    int code = begin_opening(txn);
    if (code == kLmdbOk) code = databases_.open(txn, false);
    if (code == kLmdbOk) code = txn.commit();
    txn.abort();
    for (auto& slot : slots_) slot->unlock();
    if (code != kLmdbOk)
        return std::unexpected(lmdb_error(code, folder_, fmt::format("reading the store in {}", folder_.string())));
    has_all_databases_.store(true, std::memory_order_release);
    return {};
}

// Looked at again at once where it is, as more than one step of a read asks.
bool SharedEnvironment::is_replaced_on_disk(int64_t now_unix_ns)
{
    // A copy that was opened without a wake file has a host now.
    if (!wake_.is_open() && WakeFile::open(folder_)) return true;
    if (identity_of(folder_ / "data.mdb") != id_) return true;
    // A host that came up since uses pages again under who holds no lock. Opening anew is refused while it lives.
    if (has_no_locks_ && is_in_use(folder_)) return true;
    looked_ns_.store(now_unix_ns, std::memory_order_relaxed);
    return false;
}

uint64_t SharedEnvironment::next_serial()
{
    static std::atomic<uint64_t> last{0};
    return ++last;
}

std::shared_ptr<ReaderSlot> SharedEnvironment::new_slot()
{
    std::lock_guard lock(mutex_);
    if (is_retired_) return nullptr;
    auto slot = std::make_shared<ReaderSlot>();
    slots_.push_back(slot);
    return slot;
}

ReaderSlot* SharedEnvironment::enter()
{
    for (;;) {
        ReaderSlot* slot = last_used.environment == this ? last_used.slot : thread_slots.find(this);
        if (slot == nullptr) {
            auto made = new_slot();
            if (made == nullptr) return nullptr;
            slot = made.get();
            thread_slots.add(*this, std::move(made));
        }
        last_used = {this, slot};
        slot->lock();
        if (!slot->dead) return slot;
        slot->unlock();
        thread_slots.remove(slot);
    }
}

SharedEnvironment::Begun SharedEnvironment::begin(Snapshot& snapshot, std::optional<Error>& error)
{
    for (int64_t deadline = 0;;) {
        ReaderSlot* slot = enter();
        if (slot == nullptr) return Begun::kGone;
        int code = env_.renew_read(slot->txn);
        if (code == kLmdbOk) {
            snapshot.slot_ = slot;
            snapshot.environment_ = this;
            return Begun::kOk;
        }
        slot->unlock();
        if (code == kLmdbMapResized && (code = remap()) == kLmdbOk) continue;
        if (code == kLmdbReadersFull && wait_for_a_slot(deadline)) continue;
        error = lmdb_error(code, folder_, fmt::format("reading the store in {}", folder_.string()));
        return Begun::kFailed;
    }
}

int SharedEnvironment::remap()
{
    std::lock_guard lock(mutex_);
    if (is_retired_) return kLmdbOk;
    for (auto& slot : slots_) slot->lock();
    int code = env_.set_map_size(0);
    // Two threads may come here one after the other for one transaction, whose places are then somewhere else.
    for (auto& slot : slots_) slot->places.forget();
    for (auto& slot : slots_) slot->unlock();
    if (code != kLmdbOk) retire_locked();  // LMDB has unmapped the file already
    return code;
}

bool SharedEnvironment::wait_for_a_slot(int64_t& deadline_ns)
{
    int64_t now = monotonic_ns();
    if (deadline_ns == 0) deadline_ns = now + kSecond;
    if (now > deadline_ns) return false;
    {
        std::lock_guard lock(mutex_);
        if (!is_retired_ && env_.clear_dead_readers() > 0) return true;
    }
    usleep(kRetryPause);
    return true;
}

void SharedEnvironment::retire()
{
    std::lock_guard lock(mutex_);
    if (!is_retired_) retire_locked();
}

bool SharedEnvironment::is_retired()
{
    std::lock_guard lock(mutex_);
    return is_retired_;
}

void SharedEnvironment::retire_locked()
{
    is_retired_ = true;
    for (auto& slot : slots_) {
        slot->lock();
        slot->txn.abort();
        slot->places.forget();  // the slot itself is its thread's, which may never come here again
        slot->dead = true;
        slot->unlock();
    }
    slots_.clear();
    env_.close();
}

void SharedEnvironment::give_back(ReaderSlot& slot)
{
    std::lock_guard lock(mutex_);
    slot.lock();
    slot.txn.abort();
    slot.dead = true;
    slot.unlock();
    std::erase_if(slots_, [&](const auto& other) { return other.get() == &slot; });
}

void SharedEnvironment::after_fork_in_child()
{
    for (auto& slot : slots_) {
        slot->txn.abandon();
        slot->dead = true;
        slot->busy.clear();  // whoever held it does not exist here
    }
    slots_.clear();
    env_.abandon();
    is_retired_ = true;
    mutex_.unlock();
}

}  // namespace dumbwaiter
